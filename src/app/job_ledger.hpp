#pragma once
// JobLedger: what durable jobs and holds are remembered by, on disk; and MemoryLedger, in memory
// alone.
//
// All entries are in memory; changes are written behind them by a thread of the ledger's own, many
// in one transaction, and `settled` waits for the one that has the last of them. On an SD card that
// takes 1 to 30 ms, now and then a second: on the loop it would be a hold, on the thread it only
// delays the run that asked for it. Durability is never in the way of an automation: where nothing
// can be written (no room, no permission, a locked or damaged file) `settled` throws soon, the log
// says so once, and once more when it is over. Nothing is lost by then: what could not be written
// is written when it can be. Owned by the composition root; outlived by the loop, outlives the
// timetable. Loop thread only.
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <hassette/async.hpp>
#include "app/job_file.hpp"
#include "async/bucket.hpp"
#include "async/pool.hpp"
#include "async/timer.hpp"
#include "run/ledger.hpp"

namespace hassette::app {

struct JobLedgerOptions {
  std::filesystem::path file;
  /// How long a run waits for the disk before it begins all the same, and how long once the disk is
  /// known to be at fault.
  std::chrono::milliseconds patience{10'000};
  std::chrono::milliseconds patience_in_fault{1000};
  /// The same for another program that has the file locked.
  std::chrono::milliseconds lock_patience{2000};
  std::chrono::milliseconds lock_patience_in_fault{100};
  /// After a fault it is tried again this often, besides whenever a run begins.
  std::chrono::nanoseconds retry = std::chrono::seconds(30);
  /// Told what `fault` says, whenever that has become something else; also by the constructor.
  std::function<void(const std::string& fault)> on_fault = {};
  std::string vfs = {};  ///< for tests
};

class JobLedger final : public run::Ledger, private async::Timer {
 public:
  /// How long the memory of a job or listener outlives it.
  static constexpr std::chrono::hours kKeptFor{30 * 24};
  /// How long after the start what nobody has registered is told.
  static constexpr std::chrono::minutes kTimeToRegister{1};
  /// How long after the start a story may come to its first durable job.
  static constexpr std::chrono::hours kTimeToAsk{1};

  /// Reads the file, which it makes where it is missing. A file that cannot be used ends nothing:
  /// see `fault`.
  JobLedger(async::Loop& loop, JobLedgerOptions options);
  /// Tries once more to write what has not been, and waits for the disk as long as it takes:
  /// `close` comes first where somebody is to see how long that is.
  ~JobLedger() override;

  std::optional<run::LedgerEntry> find(const run::LedgerKey& key) override;
  bool remembers(const run::LedgerKey& key) const override { return known_.contains(key); }
  std::vector<std::string> entities(const std::string& app, const std::string& name) const override;
  void put(const run::LedgerKey& key, const run::LedgerEntry& entry) override;
  void erase(const run::LedgerKey& key) override;
  using Running = std::function<std::vector<std::string>()>;
  /// The instances that are configured and do not run; nothing where nobody knows.
  using NotRunning = std::function<std::optional<std::vector<std::string>>()>;
  /// From the start of the apps until it is cancelled: says soon what is remembered and was
  /// registered by nobody, writes down once a day what is still there, and removes what is stale;
  /// first when apps have had `kTimeToAsk`.
  [[clang::coro_wrapper]] Task<> keep_tidy(Running running, NotRunning not_running) {
    return tidy(this, std::move(running), std::move(not_running));
  }
  /// What no job or listener has asked for in this life, and what belongs to an app that is not
  /// configured any more, is removed `kKeptFor` after it was there last. What belongs to the
  /// instances in `waiting` stays.
  void remove_stale(const std::vector<std::string>& waiting);
  [[clang::coro_wrapper]] Task<> settled() override { return settle(this); }

  /// For the end, when nothing is put any more: writes what has not been, and that what was asked
  /// for was there. Waits for the disk as long as it takes; throws Error where it cannot be
  /// written.
  [[clang::coro_wrapper]] Task<> close() { return write_the_rest(this); }

  /// Why nothing is durable at present, as a sentence; empty while it is.
  const std::string& fault() const override { return fault_; }
  std::size_t size() const { return known_.size(); }

 private:
  /// One transaction, for who waits for it.
  struct Round {
    AsyncEvent over;
    std::string error;
    std::shared_ptr<Round> before;  ///< was not over when this one began, and ends with it
    void end(const std::string& why_not);
  };
  static Task<> settle(JobLedger* self);
  static Task<> write_the_rest(JobLedger* self);
  std::shared_ptr<Round> round_of_the_last_change() const;
  static Task<> tidy(JobLedger* self, Running running, NotRunning not_running);
  void tell_of_unregistered(const std::vector<std::string>& running,
                            const std::vector<std::string>& waiting) const;
  void see_who_is_there();
  void see(const run::LedgerKey& key, LedgerRow& row, TimePoint now);
  static Task<> write_behind(JobLedger* self);
  void fire() override { start_writing(); }
  void start_writing();
  void take_changes();
  bool finish(JobFile::Result result);
  void adopt(const LedgerRows& read);
  void put_back();
  void set_fault(std::string why);
  void end_fault();
  std::chrono::milliseconds lock_patience() const;

  async::Loop& loop_;
  JobLedgerOptions options_;
  LedgerRows known_;
  std::set<run::LedgerKey> asked_;  // for, in this life
  LedgerChanges changed_;           // and not being written
  LedgerChanges writing_;           // by the thread, which reads it meanwhile
  bool was_read_ = false;
  bool is_writing_ = false;
  std::string fault_;
  std::shared_ptr<Round> next_ = std::make_shared<Round>();  // of what has changed
  std::shared_ptr<Round> now_;                               // of what is being written
  JobFile file_;
  async::Pool thread_{1};
  std::optional<async::Bucket> fibers_;
};

/// For tests and where nothing is to be kept: it survives what destroys jobs, but not its process.
class MemoryLedger final : public run::Ledger {
 public:
  std::optional<run::LedgerEntry> find(const run::LedgerKey& key) override;
  bool remembers(const run::LedgerKey& key) const override { return entries_.contains(key); }
  std::vector<std::string> entities(const std::string& app, const std::string& name) const override;
  void put(const run::LedgerKey& key, const run::LedgerEntry& entry) override;
  void erase(const run::LedgerKey& key) override { entries_.erase(key); }
  [[clang::coro_wrapper]] Task<> settled() override { return settle(); }
  const std::string& fault() const override { return none_; }

 private:
  static Task<> settle() { co_return; }
  const std::string none_;
  std::map<run::LedgerKey, run::LedgerEntry> entries_;
};

}  // namespace hassette::app
