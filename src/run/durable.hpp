#pragma once
// Durable: the page in the ledger of one job, or of one entity's hold, kept in step with what that
// does.
//
// Owned by the job or listener, and by its runs. Every change puts the whole entry; only `begin`
// waits, until the start of a run is on disk. Where the ledger fails, the run begins all the same,
// and the log says so, once a fault and once when that is over. Loop thread only.
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include <hassette/durability.hpp>
#include <hassette/task.hpp>

#include "run/ledger.hpp"

namespace hassette::run {

class Durable {
 public:
  /// After this many interrupted runs of one occurrence it is given up.
  static constexpr int kMostBegun = 3;

  struct Subject {
    LedgerKey key;
    std::string shown;    ///< for people: "job `wake`"
    std::string trigger;  ///< see LedgerEntry
    bool keeps_past;      ///< what has been must be known also when nothing is planned any more
  };
  Durable(Ledger& ledger, Subject subject);
  Durable(const Durable&) = delete;
  Durable& operator=(const Durable&) = delete;

  /// What an earlier life with the same trigger left; nothing where it is new.
  std::optional<LedgerEntry> resume();
  /// The next time is known, with what its run is given, or there is none.
  void plan(std::optional<TimePoint> next, std::string about = {});
  /// The planned time came; it is open until one of the following. Names the occurrence.
  TimePoint came();
  /// There is no run of it.
  void drop(TimePoint occurrence);
  /// Returns when it is on disk that the run begins.
  [[clang::coro_wrapper]] Task<> begin(TimePoint occurrence);
  /// A run that was cancelled because the app or the engine stops counts as interrupted.
  void ended(TimePoint occurrence, bool by_stop);
  /// From now on nothing new is kept: the engine or the app stops, and the entry is for the next
  /// start.
  void leave() { left_ = true; }
  /// The author cancelled the registration: nothing is kept.
  void forget();
  [[clang::coro_wrapper]] Task<> settled() { return settle(this); }
  Durability durability() const { return {.asked = true, .fault = ledger_.fault()}; }

 private:
  static Task<> settle(Durable* self);
  static Task<> begin_run(Durable* self, TimePoint occurrence);
  void put();
  void write();
  Occurrence* find(TimePoint occurrence);

  Ledger& ledger_;
  Subject subject_;
  LedgerEntry entry_;
  bool left_ = false;
  bool forgotten_ = false;
  bool told_of_fault_ = false;
};

/// Whether a run ended with this because its app or the engine stops.
bool is_stop(const std::exception_ptr& error);
/// Says, and answers, whether an interrupted run begins again.
bool begins_again(const Occurrence& open, Interrupted policy, const std::string& app,
                  const std::string& shown);

}  // namespace hassette::run
