#pragma once
// TaskMeter: counts the runs of one handler, job or background task for the board.
//
// Whoever runs the task owns the meter; destroying it takes the row off the board, while what it
// counted stays in its app's totals. Counting is a few relaxed atomics; only a failure takes a
// lock. A meter is used by one thread at a time, and the board, which outlives it, reads from
// another.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "telemetry/event_tape.hpp"
#include "telemetry/facts.hpp"

namespace hassette::telemetry {

class Board;

inline constexpr std::size_t kMaxError = 4096;  // bytes that are kept of one

/// What went wrong last, with the moment and the task where it did.
struct LastError {
  std::string text;
  std::string task;
  TimePoint time;
};

/// Counters that outlive tasks: what an app has done in all.
struct AppTotals {
  std::atomic<std::uint64_t> runs = 0;
  std::atomic<std::uint64_t> failures = 0;
  std::atomic<std::uint64_t> holds = 0;  // of the loop
  std::atomic<std::int64_t> longest_hold_ms = 0;
  mutable std::mutex mutex;
  LastError last_error;  // guarded by mutex
};

struct TaskRecord {
  TaskRecord(TaskFacts its_facts, std::shared_ptr<AppTotals> its_totals, std::uint64_t its_id);

  const TaskFacts facts;
  const async::Label& label;
  const std::shared_ptr<AppTotals> totals;
  const std::uint64_t id;
  std::atomic<std::uint64_t> runs = 0;
  std::atomic<std::uint64_t> failures = 0;
  std::atomic<std::uint64_t> cancelled = 0;
  std::atomic<std::uint64_t> suppressed = 0;
  std::atomic<std::uint64_t> dropped = 0;
  std::atomic<std::uint64_t> throttled = 0;
  std::atomic<std::uint64_t> skipped = 0;
  std::atomic<std::uint64_t> missed = 0;
  std::atomic<std::uint64_t> late = 0;
  std::atomic<std::uint64_t> error_handler_failures = 0;
  std::atomic<std::int64_t> running = 0;
  std::atomic<std::int64_t> waiting = 0;           // tasks, of a wait
  std::atomic<std::int64_t> waiting_since_us = 0;  // when the first of them began
  std::atomic<bool> failing = false;               // the last run that ended failed
  std::atomic<std::int64_t> last_run_us = 0;       // on the home's clock; 0: never
  std::atomic<std::int64_t> next_run_us = 0;       // 0: not known
  std::atomic<std::int64_t> last_duration_us = -1;
  mutable std::mutex mutex;
  LastError last_error;  // guarded by mutex
};

class TaskMeter {
 public:
  TaskMeter() = default;  // counts nothing
  TaskMeter(TaskMeter&& other) noexcept;
  TaskMeter& operator=(TaskMeter&& other) noexcept;
  ~TaskMeter();

  /// A run begins; `event` is what caused it, 0 if none did.
  void started(TimePoint at, EventTape::Number event = 0);
  // How a run that had started ends.
  void succeeded(std::chrono::nanoseconds took);
  void failed(std::chrono::nanoseconds took, TimePoint at, std::string_view error);
  void cancelled(std::chrono::nanoseconds took);
  /// A run that did not begin because an earlier one had not ended.
  void suppressed();
  /// A run that did not begin because too many waited.
  void dropped();
  /// An event that came within `.throttle` of the one before.
  void throttled();
  /// A time at which a job's `.where` or `.window` said no.
  void skipped();
  /// A time that was given up because it came too late.
  void missed();
  /// A run that begins later than it should.
  void late();
  /// A question that is asked before a run threw: a failure without a run.
  void condition_failed(TimePoint at, std::string_view error);
  /// What is told of failures has itself failed.
  void error_handler_failed();
  /// Of a wait: one more task waits, or one less.
  void wait_began(TimePoint at);
  void wait_ended();
  /// When a job is due next.
  void set_next_run(std::optional<TimePoint> at);

 private:
  friend Board;
  TaskMeter(Board& board, std::shared_ptr<TaskRecord> record)
      : board_(&board), record_(std::move(record)) {}
  void ended(std::chrono::nanoseconds took, bool failed);
  void add_failure(TimePoint at, std::string_view error);
  void count(std::atomic<std::uint64_t> TaskRecord::* counter);
  void changed();

  Board* board_ = nullptr;
  std::shared_ptr<TaskRecord> record_;
};

}  // namespace hassette::telemetry
