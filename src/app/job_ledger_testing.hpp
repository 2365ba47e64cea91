#pragma once
// For tests only: a ledger's file in a folder of its own, and what another program sees in it.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <hassette/error.hpp>
#include "app/job_ledger.hpp"
#include "run/testing.hpp"

namespace hassette::app {

inline const run::LedgerKey kWake{"lights/hall", "wake"};
inline const run::LedgerKey kSleep{"lights/hall", "sleep \xe2\x98\xbe"};
inline constexpr TimePoint kSeven{std::chrono::seconds(1'767'679'200) +
                                  std::chrono::microseconds(1)};

inline run::LedgerEntry entry_at(TimePoint planned) {
  return {.trigger = "daily at 07:00", .planned = planned};
}

/// Of the file, as it is now.
inline constexpr std::size_t kLayouts = 3;

class Jobs : public run::Observed {
 public:
  ~Jobs() override { std::filesystem::remove_all(folder); }
  static std::filesystem::path make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "hassette-jobs-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    return name;
  }
  /// What another process would find in the file.
  std::map<run::LedgerKey, run::LedgerEntry> on_disk() const {
    std::map<run::LedgerKey, run::LedgerEntry> entries;
    for (const auto& [key, row] : rows()) entries[key] = row.entry;
    return entries;
  }
  LedgerRows rows() const {
    return JobFile({.file = options.file, .content = "the durable jobs"}).open().read.value();
  }
  std::string settle(JobLedger& ledger) {
    try {
      run(ledger.settled());
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }
  /// Another program on the same file.
  store::Database other() const {
    return store::Database::open(
        {.file = options.file, .content = "", .busy_timeout = std::chrono::milliseconds(0)},
        std::vector<std::string_view>(kLayouts));
  }

  std::filesystem::path folder = make_folder();
  JobLedgerOptions options{.file = folder / "jobs.db",
                           .lock_patience = std::chrono::milliseconds(1),
                           .lock_patience_in_fault = std::chrono::milliseconds(1),
                           .retry = std::chrono::hours(1)};
};

}  // namespace hassette::app
