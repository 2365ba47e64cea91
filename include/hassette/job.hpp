#pragma once
// layer: schedule
//
// Job: what the scheduler's calls give, and the options that they take.
//
// A Job names a registration; dropping it changes nothing, copies name the same. What only reads is
// plain and also answers after the job's end. Options are designated initialisers in any order; one
// that does not fit the trigger is refused at the call. docs/reference/scheduler.md says exactly
// what each does. Loop thread only.
#include <hassette/callable.hpp>
#include <hassette/durability.hpp>
#include <hassette/error_handler.hpp>
#include <hassette/if_exists.hpp>
#include <hassette/length.hpp>
#include <hassette/mode.hpp>
#include <hassette/task.hpp>
#include <hassette/time.hpp>
#include <hassette/window.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <string>

namespace hassette {

namespace schedule {
class JobRecord;
struct JobStatus;
}  // namespace schedule

/// What `run_once` does when its time of day, or its moment, has passed already.
enum class IfPast : std::uint8_t {
  kTomorrow,  ///< the next such time of day; the default for one
  kNow,       ///< at once; the default for a moment
  kError,     ///< refuse the job
};

/// What becomes of a time that came while the machine slept, the loop was held, or before the clock
/// was set forward over it.
enum class Late : std::uint8_t {
  kRun,   ///< one run, late
  kSkip,  ///< none, if it is later than `.late_tolerance`; counted
};

struct JobOptions {
  std::string name = every_registration_needs_a_name_write_dot_name_equals_text();
  /// Asked when the time has come; on false there is no run this time, which is counted.
  std::function<bool()> where = {};
  /// The same for the time itself: `between("sunset", "23:00") && weekdays()`.
  std::optional<Window> window = {};
  /// Each run begins up to this much later than its time, at random; the schedule does not shift.
  Length jitter = {};
  /// A name that several jobs share, for `cancel_group`.
  std::string group = {};
  IfExists if_exists = IfExists::kError;
  Mode mode = Mode::kSingle;
  /// How long a run may take; then it is cancelled and counts as an error. Default: the app's, 10
  /// minutes.
  MaybeLength timeout = {};
  /// Told of what the handler, or `.where`, throws; instead of the app's `scheduler.on_error`.
  ErrorHandler on_error = {};
  Late late = Late::kRun;
  Length late_tolerance = std::chrono::minutes(1);
  /// What a daylight-saving change means for times of day and cron.
  std::optional<WallClockRule> clock = {};
  /// Of `run_once`.
  std::optional<IfPast> if_past = {};
  /// Of `run_every`: when it runs first; what has passed of it counts as done.
  std::optional<TimePoint> start = {};
  /// Of `run_every`: begins at a whole multiple of the interval since the home's midnight.
  bool aligned = false;
  /// Remembered over a restart or a crash of the engine; the two that follow belong to it.
  bool durable = false;
  std::optional<Missed> missed = {};
  std::optional<Interrupted> interrupted = {};
};

/// How a run ended, or why there was none.
enum class RunOutcome : std::uint8_t {
  kSuccess,
  kError,       ///< it threw
  kCancelled,   ///< the job or its app ended, or a newer run took its place
  kTimedOut,    ///< it took longer than its `.timeout`
  kSuppressed,  ///< not begun: an earlier run goes on (mode `single`, or one that was replaced)
  kDropped,     ///< not begun: too many wait or run already
};
std::string_view to_string(RunOutcome outcome);

struct RunResult {
  RunOutcome outcome = RunOutcome::kSuccess;
  std::string error;  ///< the message, where it failed
  TimePoint began;
  std::chrono::nanoseconds duration{0};
};

/// Counted since the registration.
struct JobCounters {
  std::uint64_t runs = 0;  ///< that began; each ends as one of the four that follow
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t skipped = 0;     ///< times at which `.where` or `.window` said no
  std::uint64_t suppressed = 0;  ///< times at which an earlier run went on
  std::uint64_t dropped = 0;     ///< runs for which there was no room
  std::uint64_t late = 0;        ///< runs that began more than `.late_tolerance` late
  std::uint64_t missed = 0;      ///< times given up because they were too late
};

enum class JobState : std::uint8_t {
  kScheduled,
  kWaiting,    ///< there is no time for now; `waits_for` says why
  kManual,     ///< runs on `run_now` only
  kCompleted,  ///< it has had its last time
  kCancelled,
};

class Job {
 public:
  Job() = default;
  explicit Job(const std::shared_ptr<schedule::JobRecord>& record);

  /// No run begins any more; a running one is cancelled, except the caller's own. A durable job is
  /// forgotten.
  void cancel();
  /// Runs it now and returns when the run has ended, with how. Asks neither `.where` nor `.window`
  /// and leaves the schedule as it is; the mode counts. Throws Error("job") if the job is not
  /// active or would wait for itself.
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<RunResult> run_now(
      std::source_location where = std::source_location::current());

  /// Whether it may still run: scheduled, waiting or manual.
  bool active() const;
  JobState state() const;
  /// "no usable time in input_datetime.wake (unknown)"; empty unless it waits.
  std::string waits_for() const;
  /// When it is due next on the home's clock, if it will be.
  std::optional<TimePoint> next_run() const;
  /// The same with the jitter that was drawn for it.
  std::optional<TimePoint> fires_at() const;
  /// Whether a run goes on now.
  bool running() const;
  std::string name() const;
  std::string group() const;
  /// What it runs at, in words: "daily at 06:30".
  std::string trigger() const;
  JobCounters counters() const;
  std::optional<RunResult> last_run() const;
  /// Whether it is remembered over a restart, and if that fails at present, why.
  Durability durability() const;

  /// Whether both name the same registration.
  friend bool operator==(const Job& a, const Job& b) { return a.status_ == b.status_; }

 private:
  std::weak_ptr<schedule::JobRecord> record_;
  std::shared_ptr<schedule::JobStatus> status_;
};

}  // namespace hassette
