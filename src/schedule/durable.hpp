#pragma once
// Durable: one job's page in the ledger, kept in step with what the job does.
//
// Owned by the job. Every change puts the whole entry; only `begin` waits, until the start of a run
// is on disk. A ledger that fails is logged, and the job goes on. Loop thread only.
#include <optional>
#include <string>
#include <vector>

#include <hassette/task.hpp>

#include "schedule/ledger.hpp"

namespace hassette::schedule {

class Durable {
 public:
  /// After this many interrupted runs of one occurrence it is given up.
  static constexpr int kMostBegun = 3;

  /// `keeps_past`: what has been must be known also when nothing is planned any more.
  Durable(Ledger& ledger, LedgerKey key, std::string trigger, bool keeps_past);

  /// What was left by an earlier life of the job with the same trigger; nothing where it is new.
  std::optional<LedgerEntry> resume();
  /// The next time is known, or there is none.
  void plan(std::optional<TimePoint> next);
  /// The planned time came; it is open until one of the following. Names the occurrence.
  TimePoint came();
  /// There is no run of it.
  void drop(TimePoint occurrence);
  /// Returns when it is on disk that the run begins.
  [[clang::coro_wrapper]] Task<> begin(TimePoint occurrence);
  /// A run that was cancelled because the app or the engine stops counts as interrupted.
  void ended(TimePoint occurrence, bool cancelled);
  /// From now on nothing is changed: the engine or the app stops, and the entry is for the next
  /// start.
  void leave() { left_ = true; }
  /// The author cancelled the job: nothing is kept.
  void forget();
  [[clang::coro_wrapper]] Task<> settled() { return settle(this); }

 private:
  static Task<> settle(Durable* self);
  static Task<> begin_run(Durable* self, TimePoint occurrence);
  void put();
  void write();
  Occurrence* find(TimePoint occurrence);

  Ledger& ledger_;
  LedgerKey key_;
  LedgerEntry entry_;
  bool keeps_past_;
  bool left_ = false;
  bool forgotten_ = false;
};

}  // namespace hassette::schedule
