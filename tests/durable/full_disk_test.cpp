// Durable jobs on a disk that is full: they run, the fault is told, and nothing is lost by the end.
#include <cstdlib>
#include <filesystem>

#include <hassette/error.hpp>
#include "app/job_ledger.hpp"
#include "crash_disk.hpp"
#include "run/testing.hpp"

namespace hassette::durable {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FullDisk : public run::Observed {
 public:
  FullDisk() {
    std::string name = (fs::temp_directory_path() / "hassette-full-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder = name;
    install_crash_disk(nullptr, -1, Loses::kNothing);
  }
  ~FullDisk() override {
    set_disk_full(false);
    fs::remove_all(folder);
  }
  std::string settle(app::JobLedger& ledger) {
    try {
      run(ledger.settled());
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }
  fs::path folder;
};

TEST_F(FullDisk, is_told_once_and_once_more_when_there_is_room) {
  const app::JobLedgerOptions options{.file = folder / "jobs.db", .vfs = "crash"};
  {
    app::JobLedger ledger(loop, options);
    ledger.put({"app", "a"}, {.trigger = "1"});
    EXPECT_EQ(settle(ledger), "");
    set_disk_full(true);
    for (int i = 0; i < 3; ++i) {
      ledger.put({"app", std::to_string(i)}, {.trigger = "2"});
      EXPECT_THAT(settle(ledger), HasSubstr("is full (database or disk is full): make room on it"));
    }
    EXPECT_EQ(logged().size(), 1u);
    set_disk_full(false);
    EXPECT_EQ(settle(ledger), "");
    EXPECT_EQ(ledger.fault(), "");
    EXPECT_EQ(logged().size(), 2u);
  }
  const app::JobLedger ledger(loop, options);
  EXPECT_EQ(ledger.size(), 4u);
}

TEST_F(FullDisk, at_the_start_keeps_the_jobs_in_memory) {
  set_disk_full(true);
  app::JobLedger ledger(loop, {.file = folder / "jobs.db", .vfs = "crash"});
  EXPECT_THAT(ledger.fault(), HasSubstr("is full"));
  ledger.put({"app", "a"}, {.trigger = "1"});
  EXPECT_THAT(settle(ledger), HasSubstr("is full"));
  EXPECT_TRUE(ledger.find({"app", "a"}));
  set_disk_full(false);
  EXPECT_EQ(settle(ledger), "");
}

TEST_F(FullDisk, what_a_turn_puts_costs_one_sync) {
  app::JobLedger ledger(loop, {.file = folder / "jobs.db", .vfs = "crash"});
  ledger.put({"app", "a"}, {.trigger = "1"});
  EXPECT_EQ(settle(ledger), "");
  const int before = syncs();
  for (int i = 0; i < 100; ++i) ledger.put({"app", std::to_string(i)}, {.trigger = "2"});
  EXPECT_EQ(settle(ledger), "");
  EXPECT_EQ(syncs() - before, 1);
}

}  // namespace
}  // namespace hassette::durable
