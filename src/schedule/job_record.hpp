#pragma once
// JobRecord: a registered job: what it runs, when it is due, and what became of its runs.
//
// The timetable owns it while it may still run, each of its runs until that has ended; a Job only
// names it. The next time is fixed before a run starts, so that the run may cancel or replace its
// job. Loop thread only.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hassette/job.hpp>

#include "async/timer.hpp"
#include "run/durable.hpp"
#include "run/runner.hpp"
#include "schedule/owner.hpp"
#include "schedule/random.hpp"
#include "schedule/rule.hpp"

namespace hassette::async {
class LoopThread;
}

namespace hassette::schedule {

class Work;

/// What a Job may still be asked when the record is gone.
struct JobStatus {
  std::shared_ptr<const async::LoopThread> thread;  ///< on which it may be asked
  std::string name;
  std::string group;
  std::string trigger;
  JobState state = JobState::kScheduled;
  std::string waits_for;
  JobCounters counters;
  std::optional<RunResult> last;
};

/// A time that nobody saw pass.
struct Unseen {
  TimePoint due;
  std::string_view how;  ///< "before it was registered again"; empty where that is not known
};

/// A time of the job that came, or a call of `run_now`.
struct Occasion {
  std::chrono::nanoseconds late{0};
  std::optional<Unseen> missed;  ///< `.late` does not apply
  bool manual = false;
  std::optional<TimePoint> occurrence;         ///< in the ledger
  std::shared_ptr<const CalendarEvent> event;  ///< for a handler that asks for one
  /// Runs in one lane are each other's earlier runs, for the mode.
  run::Runner::LaneKey lane = 0;
};

// What became of a time that nobody saw pass, as the end of "it was due, and ...".
std::string_view fate_of(std::optional<run::Submitted> what);
inline constexpr std::string_view kLacksEvent =
    "is skipped: its event of the calendar is not known any more";
inline constexpr std::string_view kCancelledBefore = "is skipped: the job was cancelled before";
/// How the times of earlier lives of the engine passed.
inline constexpr std::string_view kUnregistered = "before it was registered again";

/// How a run ended, for who waits for it.
struct Ending {
  AsyncEvent ended;
  RunResult result;
};

class JobRecord final : public async::Timer, public std::enable_shared_from_this<JobRecord> {
 public:
  struct Parts {
    std::unique_ptr<Rule> rule;
    std::unique_ptr<Work> work;
    JobOptions options;  // the name has moved to the source
    run::Source source;
  };
  JobRecord(Owner& owner, Parts parts);

  /// Takes effect from now: goes on with what the ledger has, listens, and waits for its first
  /// time.
  void begin();
  /// Returns once a durable job's plan is on disk.
  static Task<> settled(std::shared_ptr<JobRecord> self);
  void cancel(CancelReason reason);
  /// The clock was set, or the home is elsewhere: the times may be others.
  void review();
  /// What follows elapsed time stays where it is, which is another moment on a clock that was set.
  void clock_was_set();
  /// Gives the run to the mode. The ending, if given, is told of it. Nothing: it was cancelled
  /// before it could begin.
  std::optional<run::Submitted> submit(const Occasion& occasion,
                                       const std::shared_ptr<Ending>& ending);
  static Task<RunResult> run_now(std::shared_ptr<JobRecord> self);
  void fire() override;

  bool active() const { return active_; }
  std::optional<TimePoint> next_run() const { return on_wall(due_); }
  std::optional<TimePoint> fires_at() const { return on_wall(fires_); }
  bool has_same_trigger(const JobRecord& other) const {
    return status_->trigger == other.status_->trigger;
  }
  /// The options, and the handler, in which they differ, as an author writes them.
  std::vector<std::string> differences(const JobRecord& other) const;

  Owner& owner() const { return owner_; }
  const std::string& app() const { return owner_.app; }
  const std::string& name() const { return status_->name; }
  /// "motion_lights.cpp:31", where it was registered.
  std::string place() const { return runner_.place(); }
  const std::string& group() const { return status_->group; }
  const std::shared_ptr<JobStatus>& status() const { return status_; }
  bool running() const { return !runs_.empty(); }
  Work& work() { return *work_; }
  run::Durable* durable() { return durable_ ? &*durable_ : nullptr; }
  /// Whether the caller runs inside a run of this job.
  bool is_caller() const;

  bool cancelled() const { return cancelled_; }
  async::Loop& loop() const;

  // By the runs.
  void run_began(const async::Fiber* fiber);
  void run_ended(const async::Fiber* fiber, const Occasion& occasion, const RunResult& result,
                 bool by_stop);
  /// Its frame was destroyed before it ended.
  void run_left(const async::Fiber* fiber);
  void run_never_began(const Occasion& occasion, Ending* ending, RunOutcome why);
  void tell(const run::Failure& failure);

  std::uint64_t number = 0;  ///< the timetable's

 private:
  bool resume();
  void go_on_with(const run::Occurrence& open, std::size_t place);
  void plan(std::optional<Due> due);
  bool keeps(TimePoint planned);
  std::optional<Due> instead_of(TimePoint planned);
  bool is_shown_again(TimePoint last, TimePoint next) const;
  std::optional<Due> first_due() { return ask(nullptr); }
  std::optional<Due> ask(const Due* came);
  void arm();
  void disarm();
  void complete();
  bool too_late(const Occasion& occasion);
  void count_missed();
  void tell_missed(const Unseen& missed, std::string_view fate) const;
  bool has_come() const;
  // In job_events.cpp: what a handler that asks for the event of a calendar is given.
  void take_events(TimePoint time);
  void renew_events(const Due& due);
  std::vector<Occasion> runs_of(const Occasion& occasion);
  run::Runner::LaneKey lane_of(std::size_t event) const;
  Occasion occasion_of(const run::Occurrence& open, std::size_t place) const;
  std::shared_ptr<const CalendarEvent> event_for_now() const;
  void decide(const Occasion& occasion, const std::vector<Occasion>& runs);
  std::string_view refusal();
  bool in_window() const;
  bool held_by_clock() const;
  std::optional<TimePoint> on_wall(const std::optional<Due>& due) const;
  void set_state(JobState state, std::string waits_for = {});

  Owner& owner_;
  Timetable& table_;
  std::unique_ptr<Rule> rule_;
  std::unique_ptr<Work> work_;
  JobOptions options_;
  std::shared_ptr<JobStatus> status_;
  Random random_;
  std::optional<run::Durable> durable_;
  std::shared_ptr<run::ErrorSink> on_error_;
  std::optional<Due> due_;         // by the schedule
  std::optional<Due> fires_;       // with jitter
  std::optional<TimePoint> last_;  // on the wall, the last time that came
  std::optional<TimePoint> kept_;  // planned in an earlier life, and still to come
  bool kept_passed_ = false;       // before `known_from_`
  // Since when the job has had a clock that is set, and what is said of times before that.
  std::optional<TimePoint> known_from_;
  std::string_view before_that_;
  Events events_;           // at `due_`, for a handler that asks for one
  Events left_events_;      // the same of an earlier life
  TimePoint left_planned_;  // at which those are
  bool active_ = false;
  bool cancelled_ = false;
  bool rule_failed_ = false;
  std::vector<const async::Fiber*> runs_;  // the fibers of runs that go on
  run::Runner runner_;
};

}  // namespace hassette::schedule
