// The ledger on real files: what comes back, and what happens where nothing can be written.
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "app/job_ledger_testing.hpp"

namespace hassette::app {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using run::LedgerEntry;
using run::LedgerKey;
using store::Database;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(Jobs, come_back_as_they_were_put) {
  const LedgerEntry full{.trigger = "daily at 07:00",
                         .planned = kSeven + 24h,
                         .last = kSeven,
                         .open = {{.at = kSeven, .begun = 2, .about = "{}"}, {.at = kSeven - 1us}},
                         .about = "{\"new\":1}"};
  {
    JobLedger ledger(loop, options);
    ledger.put(kWake, full);
    ledger.put(kSleep, {.trigger = "once"});
  }
  JobLedger ledger(loop, options);
  EXPECT_EQ(ledger.find(kWake), full);
  EXPECT_EQ(ledger.find(kSleep), LedgerEntry{.trigger = "once"});
  EXPECT_EQ(ledger.find({"lights/hall", "other"}), std::nullopt);
  ledger.erase(kWake);
  ledger.put(kSleep, entry_at(kSeven));
  EXPECT_EQ(ledger.find(kWake), std::nullopt) << "at once, not when it is written";
  EXPECT_EQ(settle(ledger), "");
  EXPECT_THAT(on_disk(), ElementsAre(std::pair(kSleep, entry_at(kSeven))));
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_F(Jobs, are_all_on_disk_when_the_ledger_is_closed) {
  JobLedger ledger(loop, options);
  ledger.put(kWake, entry_at(kSeven));
  loop.turn(false);
  ledger.put(kSleep, entry_at(kSeven));  // the first may be on its way by now
  run(ledger.close());
  EXPECT_EQ(on_disk().size(), 2u);
  run(ledger.close());  // with nothing left to write it does not wait
}

TEST_F(Jobs, that_cannot_be_written_end_the_closing_with_the_reason) {
  JobLedger ledger(loop, options);
  ledger.put(kWake, entry_at(kSeven));
  store::Database locked = other();
  locked.run("BEGIN EXCLUSIVE");
  EXPECT_THROW(run(ledger.close()), Error);
  EXPECT_THAT(ledger.fault(), HasSubstr("jobs.db"));
  locked.run("ROLLBACK");
  run(ledger.close());
  EXPECT_EQ(on_disk().size(), 1u);
}

TEST_F(Jobs, share_the_file_with_the_holds_of_listeners_one_for_each_entity) {
  const auto key = [](const char* name, const char* entity) {
    return LedgerKey{"lights/hall", name, entity};
  };
  {
    JobLedger ledger(loop, options);
    ledger.put(key("clear", "light.a"), entry_at(kSeven));
    ledger.put(key("clear", "light.b"), entry_at(kSeven + 1h));
    ledger.put(key("clear ", "light.c"), entry_at(kSeven));
    ledger.put({"lights/hall", "clear"}, {.trigger = "a job of this name"});
    ledger.put({"lights", "clear", "light.d"}, entry_at(kSeven));
  }
  JobLedger ledger(loop, options);
  EXPECT_THAT(ledger.entities("lights/hall", "clear"), ElementsAre("light.a", "light.b"));
  EXPECT_EQ(ledger.find(key("clear", "light.b")), entry_at(kSeven + 1h));
  ledger.erase(key("clear", "light.a"));
  EXPECT_THAT(ledger.entities("lights/hall", "clear"), ElementsAre("light.b"));
  EXPECT_EQ(ledger.find({"lights/hall", "clear"})->trigger, "a job of this name");
}

TEST_F(Jobs, of_the_first_layout_are_taken_over) {
  {
    constexpr std::string_view kFirst = R"(
      CREATE TABLE job (app TEXT NOT NULL, name TEXT NOT NULL, trigger TEXT NOT NULL,
        planned INTEGER, last INTEGER, PRIMARY KEY (app, name)) STRICT, WITHOUT ROWID;
      CREATE TABLE occurrence (app TEXT NOT NULL, job TEXT NOT NULL, number INTEGER NOT NULL,
        at INTEGER NOT NULL, begun INTEGER NOT NULL, PRIMARY KEY (app, job, number),
        FOREIGN KEY (app, job) REFERENCES job (app, name) ON DELETE CASCADE) STRICT, WITHOUT ROWID;
    )";
    Database old = Database::open({.file = options.file, .content = ""}, std::array{kFirst});
    old.run("INSERT INTO job VALUES ('lights/hall', 'wake', 'daily', 5, NULL)");
    old.run("INSERT INTO occurrence VALUES ('lights/hall', 'wake', 1, 4, 2)");
  }
  JobLedger ledger(loop, options);
  EXPECT_EQ(ledger.fault(), "");
  EXPECT_EQ(ledger.find(kWake), (LedgerEntry{.trigger = "daily",
                                             .planned = TimePoint(5us),
                                             .open = {{.at = TimePoint(4us), .begun = 2}}}));
  ledger.erase(kWake);
  EXPECT_EQ(settle(ledger), "");
  EXPECT_THAT(on_disk(), IsEmpty());
}

TEST_F(Jobs, are_on_disk_when_settled_returns_and_not_waited_for_before) {
  JobLedger ledger(loop, options);
  ledger.put(kWake, entry_at(kSeven));
  EXPECT_THAT(on_disk(), IsEmpty()) << "put does not touch the disk";
  EXPECT_EQ(settle(ledger), "");
  EXPECT_THAT(on_disk(), ElementsAre(std::pair(kWake, entry_at(kSeven))));
}

TEST_F(Jobs, that_many_wait_for_settle_together_and_in_order) {
  JobLedger ledger(loop, options);
  const auto begin = [](JobLedger* jobs, int number, async::Notes* into) -> Task<> {
    for (int round = 0; round < 3; ++round) {
      jobs->put({"app", std::to_string(number)}, {.trigger = std::to_string(round)});
      co_await jobs->settled();
    }
    into->push_back(std::to_string(number));
  };
  async::Notes ended;
  for (int number = 0; number < 50; ++number) spawn(begin(&ledger, number, &ended));
  loop.run_ready();
  EXPECT_EQ(ended.size(), 50u);
  const auto written = on_disk();
  EXPECT_EQ(written.size(), 50u);
  for (const auto& [key, entry] : written) EXPECT_EQ(entry.trigger, "2");
}

TEST_F(Jobs, of_a_locked_file_are_told_once_and_written_when_it_is_free) {
  JobLedger ledger(loop, options);
  std::optional<Database> holder(other());
  std::optional<store::Transaction> transaction(*holder);
  ledger.put(kWake, entry_at(kSeven));
  EXPECT_THAT(settle(ledger), HasSubstr("jobs.db is locked by another program"));
  EXPECT_THAT(settle(ledger), HasSubstr("locked"));
  EXPECT_THAT(ledger.fault(), HasSubstr("locked"));
  EXPECT_EQ(ledger.find(kWake), entry_at(kSeven));
  ASSERT_EQ(logged().size(), 1u);
  EXPECT_THAT(logged()[0], HasSubstr("engine: durable jobs and holds cannot be kept: "));
  EXPECT_THAT(logged()[0], HasSubstr("They run all the same"));
  transaction.reset();
  holder.reset();
  ledger.put(kSleep, entry_at(kSeven));
  EXPECT_EQ(settle(ledger), "");
  EXPECT_EQ(ledger.fault(), "");
  EXPECT_EQ(on_disk().size(), 2u);
  ASSERT_EQ(logged().size(), 2u);
  EXPECT_THAT(logged()[1], HasSubstr("durable jobs and holds are kept again in "));
}

TEST_F(Jobs, tell_of_a_fault_when_it_begins_and_when_it_is_over) {
  std::vector<std::string> told;
  options.on_fault = [&told](const std::string& fault) { told.push_back(fault); };
  options.file = folder / "data" / "jobs.db";
  {
    JobLedger ledger(loop, options);
    ASSERT_THAT(told, ElementsAre(ledger.fault())) << "at once: apps start with what it says";
    ledger.put(kWake, entry_at(kSeven));
    settle(ledger);
    EXPECT_EQ(told.size(), 1u) << "each attempt that fails says the same";
    fs::create_directory(folder / "data");
    settle(ledger);
    EXPECT_THAT(told, ElementsAre(HasSubstr("has no usable folder"), ""));
  }
  EXPECT_EQ(told.size(), 2u);
}

TEST_F(Jobs, are_tried_again_although_none_begins) {
  options.retry = 20ms;
  JobLedger ledger(loop, options);
  {
    Database holder = other();
    const store::Transaction transaction(holder);
    ledger.put(kWake, entry_at(kSeven));
    EXPECT_THAT(settle(ledger), HasSubstr("locked"));
  }
  while (!ledger.fault().empty()) loop.turn(true);
  EXPECT_EQ(on_disk().size(), 1u);
}

TEST_F(Jobs, of_a_damaged_file_begin_anew) {
  std::ofstream(options.file) << std::string(5000, 'x');
  JobLedger ledger(loop, options);
  EXPECT_EQ(ledger.fault(), "");
  EXPECT_EQ(ledger.size(), 0u);
  EXPECT_TRUE(fs::exists(folder / "jobs.db.damaged-1"));
  ASSERT_EQ(logged().size(), 1u);
  EXPECT_THAT(logged()[0], HasSubstr("and the durable jobs and holds begin anew"));
  ledger.put(kWake, entry_at(kSeven));
  EXPECT_EQ(settle(ledger), "");
}

TEST_F(Jobs, of_a_newer_file_go_on_in_memory_and_leave_it_alone) {
  {
    JobLedger(loop, options).put(kWake, entry_at(kSeven));
  }
  other().run("PRAGMA user_version = 7");
  {
    JobLedger ledger(loop, options);
    EXPECT_THAT(ledger.fault(), HasSubstr("was written by a newer hassette (its layout is 7"));
    ledger.put(kWake, entry_at(kSeven + 1h));
    EXPECT_THAT(settle(ledger), HasSubstr("newer"));
    EXPECT_EQ(ledger.find(kWake), entry_at(kSeven + 1h));
  }
  Database::open({.file = options.file, .content = ""}, std::vector<std::string_view>(7))
      .run("PRAGMA user_version = 3");
  EXPECT_THAT(on_disk(), ElementsAre(std::pair(kWake, entry_at(kSeven))));
}

/// Root may write anything: while this lives, the test is another user, who owns the folder.
class NotRoot {
 public:
  explicit NotRoot(const fs::path& folder) {
    if (!is_root_) return;
    for (const auto& entry : fs::directory_iterator(folder)) give_away(entry.path());
    give_away(folder);
    EXPECT_EQ(::seteuid(kNobody), 0);
  }
  NotRoot(const NotRoot&) = delete;
  NotRoot& operator=(const NotRoot&) = delete;
  ~NotRoot() {
    if (!is_root_) return;
    EXPECT_EQ(::seteuid(0), 0);
    // Another user takes that away, and whoever looks for leaks at the end needs it.
    EXPECT_EQ(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
  }

 private:
  static constexpr uid_t kNobody = 65534;
  static void give_away(const fs::path& path) {
    EXPECT_EQ(::chown(path.c_str(), kNobody, static_cast<gid_t>(-1)), 0);
  }
  const bool is_root_ = ::geteuid() == 0;
};

TEST_F(Jobs, of_a_file_that_may_only_be_read_are_known_and_the_fault_is_told_at_the_start) {
  {
    JobLedger ledger(loop, options);
    ledger.put(kWake, entry_at(kSeven));
  }
  const NotRoot user(folder);
  fs::permissions(options.file, fs::perms::owner_read);
  {
    JobLedger ledger(loop, options);
    EXPECT_THAT(ledger.fault(), HasSubstr("jobs.db cannot be written"));
    EXPECT_TRUE(ledger.remembers(kWake));
    EXPECT_THAT(logged(), ElementsAre(HasSubstr("durable jobs and holds cannot be kept")));
    ledger.put(kSleep, entry_at(kSeven));
    EXPECT_THAT(settle(ledger), HasSubstr("jobs.db cannot be written"));
    EXPECT_THAT(logged(), testing::SizeIs(1)) << "said once";
  }
  JobFile file({.file = options.file, .content = ""});
  EXPECT_TRUE(file.open().read);
  EXPECT_THAT(file.write({}, 1ms).error, HasSubstr("cannot be written")) << "nor may it seem well";
}

TEST_F(Jobs, of_a_folder_that_cannot_be_used_are_written_once_it_can) {
  options.file = folder / "data" / "jobs.db";
  JobLedger ledger(loop, options);
  EXPECT_THAT(ledger.fault(), HasSubstr("has no usable folder"));
  ledger.put(kWake, entry_at(kSeven));
  EXPECT_THAT(settle(ledger), HasSubstr("has no usable folder"));
  fs::create_directory(folder / "data");
  EXPECT_EQ(settle(ledger), "");
  EXPECT_EQ(ledger.fault(), "");
  EXPECT_THAT(on_disk(), ElementsAre(std::pair(kWake, entry_at(kSeven))));
}

TEST_F(Jobs, are_written_anew_when_the_file_was_removed_or_spoilt) {
  JobLedger ledger(loop, options);
  ledger.put(kWake, entry_at(kSeven));
  EXPECT_EQ(settle(ledger), "");
  fs::rename(options.file, folder / "moved");
  ledger.put(kSleep, entry_at(kSeven));
  EXPECT_EQ(settle(ledger), "");
  EXPECT_EQ(on_disk().size(), 2u);

  fs::remove(options.file);
  std::ofstream(options.file) << std::string(5000, 'x');
  ledger.erase(kSleep);
  EXPECT_EQ(settle(ledger), "");
  EXPECT_THAT(on_disk(), ElementsAre(std::pair(kWake, entry_at(kSeven))));
  EXPECT_EQ(ledger.fault(), "");
}

TEST_F(Jobs, of_an_older_copy_that_was_put_back_do_not_rise_again) {
  JobLedger ledger(loop, options);
  ledger.put(kWake, entry_at(kSeven));
  ledger.put(kSleep, entry_at(kSeven));
  EXPECT_EQ(settle(ledger), "");
  {
    const JobLedger copy(loop, {.file = folder / "copy.db"});
  }
  {
    JobLedger copy(loop, {.file = folder / "copy.db"});
    copy.put(kSleep, entry_at(kSeven - 24h));
    copy.put({"gone", "long ago"}, entry_at(kSeven));
  }
  ledger.erase(kWake);
  EXPECT_EQ(settle(ledger), "");
  fs::rename(folder / "copy.db", options.file);
  fs::remove(options.file.string() + "-wal");
  fs::remove(options.file.string() + "-shm");
  ledger.put({"app", "new"}, entry_at(kSeven));
  EXPECT_EQ(settle(ledger), "");
  EXPECT_THAT(on_disk(), ElementsAre(std::pair(LedgerKey{"app", "new"}, entry_at(kSeven)),
                                     std::pair(kSleep, entry_at(kSeven))));
}

TEST_F(Jobs, that_could_not_be_read_at_the_start_are_found_later) {
  {
    JobLedger ledger(loop, options);
    ledger.put(kWake, entry_at(kSeven));
    ledger.put(kSleep, entry_at(kSeven));
    ledger.put({"app", "cancelled"}, entry_at(kSeven));
  }
  fs::rename(options.file, folder / "away");
  fs::create_directory(options.file);
  JobLedger ledger(loop, options);
  EXPECT_THAT(ledger.fault(), HasSubstr("is no file"));
  ledger.put(kWake, entry_at(kSeven + 1h));
  ledger.erase({"app", "cancelled"});
  fs::remove(options.file);
  fs::rename(folder / "away", options.file);
  EXPECT_EQ(settle(ledger), "");
  EXPECT_EQ(ledger.find(kSleep), entry_at(kSeven));
  EXPECT_THAT(on_disk(), ElementsAre(std::pair(kSleep, entry_at(kSeven)),
                                     std::pair(kWake, entry_at(kSeven + 1h))));
}

TEST_F(Jobs, whose_wait_is_cancelled_are_written_all_the_same) {
  JobLedger ledger(loop, options);
  ledger.put(kWake, entry_at(kSeven));
  const std::uint64_t number = spawn(ledger.settled());
  bucket.cancel(number, CancelReason::kShutdown);
  loop.run_ready();
  EXPECT_EQ(on_disk().size(), 1u);
}

TEST_F(Jobs, in_memory_last_as_long_as_the_ledger) {
  MemoryLedger ledger;
  ledger.put(kWake, entry_at(kSeven));
  run(ledger.settled());
  EXPECT_EQ(ledger.find(kWake), entry_at(kSeven));
  ledger.erase(kWake);
  EXPECT_EQ(ledger.find(kWake), std::nullopt);
}

}  // namespace
}  // namespace hassette::app
