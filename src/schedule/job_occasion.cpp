// What becomes of a job's times that have come, and of its runs.
#include <fmt/format.h>

#include <algorithm>
#include <hassette/duration.hpp>
#include <hassette/error.hpp>
#include <hassette/logger.hpp>

#include "async/loop.hpp"
#include "schedule/job_record.hpp"
#include "schedule/job_run.hpp"
#include "schedule/timetable.hpp"

namespace hassette::schedule {

std::string_view fate_of(std::optional<run::Submitted> what) {
  if (!what) return kCancelledBefore;
  switch (*what) {
    case run::Submitted::kStarted:
      return "begins now";
    case run::Submitted::kWaits:
      return "waits for an earlier run";
    case run::Submitted::kSuppressed:
      return "is suppressed: an earlier run is under way";
    case run::Submitted::kDropped:
      return "is dropped: too many runs wait or are under way";
  }
  return {};
}

bool JobRecord::too_late(const Occasion& occasion) {
  if (occasion.missed || occasion.late <= options_.late_tolerance.get()) return false;
  const bool skips = options_.late == Late::kSkip;
  if (skips) {
    count_missed();
  } else {
    ++status_->counters.late;
    runner_.observer().late(runner_.number());
  }
  Logger(app()).warning("`{}` {} {} late", name(), skips ? "is skipped, being" : "begins",
                        format_duration(occasion.late));
  return skips;
}

/// What becomes of a time that came: its runs begin, or do not.
void JobRecord::decide(const Occasion& occasion, const std::vector<Occasion>& runs) {
  const bool late = too_late(occasion);
  const std::string_view refused = late ? std::string_view() : refusal();
  if (occasion.missed && runs.empty()) tell_missed(*occasion.missed, kLacksEvent);
  for (const Occasion& run : runs) {
    std::string_view fate = cancelled_ ? kCancelledBefore : refused;
    if (!late && fate.empty()) {
      fate = fate_of(submit(run, nullptr));
    } else if (durable_) {
      durable_->drop(*run.occurrence);
    }
    if (run.missed) tell_missed(*run.missed, fate);
  }
}

/// Why a time that came has no run, as the end of "it was due, and ..."; empty where it has. Asks
/// `.window` and `.where`, which is the author's code: it may throw, and may cancel the job.
std::string_view JobRecord::refusal() {
  bool wants = false;
  std::exception_ptr error;
  {
    const async::Loop::Naming naming(table_.loop(), runner_.label());
    try {
      wants = in_window() && (!options_.where || options_.where());
    } catch (...) {
      error = std::current_exception();
    }
  }
  if (error) {
    ++status_->counters.failed;
    const std::string message = async::describe(error);
    Logger(app()).error("`.where` of `{}` failed, and there is no run: {} [registered at {}]",
                        name(), message, runner_.place());
    runner_.observer().condition_failed(runner_.number(), message);
    tell({.error = error, .cause = status_->trigger, .message = message});
    return "is skipped: its `.where` failed";
  }
  if (!wants) {
    ++status_->counters.skipped;
    runner_.observer().skipped(runner_.number());
    return "is skipped: `.window` or `.where` says no";
  }
  return cancelled_ ? kCancelledBefore : std::string_view();
}

void JobRecord::count_missed() {
  ++status_->counters.missed;
  runner_.observer().missed(runner_.number());
}

/// One line for each time that nobody saw pass, once it is known what becomes of it.
void JobRecord::tell_missed(const Unseen& missed, std::string_view fate) const {
  Logger(app()).warning("`{}` was due at {},{} and {}", name(),
                        table_.zone().to_local(missed.due).str(),
                        missed.how.empty() ? "" : fmt::format(" {},", missed.how), fate);
}

bool JobRecord::in_window() const {
  return !options_.window || options_.window->contains(loop().wall(), table_.place());
}

std::optional<run::Submitted> JobRecord::submit(const Occasion& occasion,
                                                const std::shared_ptr<Ending>& ending) {
  auto run = std::make_unique<JobRun>(shared_from_this(), occasion, ending);
  const std::shared_ptr<JobRun::Fate> fate = run->fate();
  const run::Submitted what = runner_.submit(std::move(run), occasion.lane);
  fate->submitted = true;
  if (what == run::Submitted::kSuppressed) {
    run_never_began(occasion, ending.get(), RunOutcome::kSuppressed);
  } else if (what == run::Submitted::kDropped) {
    run_never_began(occasion, ending.get(), RunOutcome::kDropped);
  } else if (fate->never_began) {
    run_never_began(occasion, ending.get(), RunOutcome::kCancelled);
    return std::nullopt;
  }
  return what;
}

Task<RunResult> JobRecord::run_now(std::shared_ptr<JobRecord> self) {
  const Mode::Kind mode = self->options_.mode.kind();
  if (self->is_caller() && (mode == Mode::kQueued || mode == Mode::kRestart)) {
    throw Error("job", fmt::format("job `{}` cannot await another run of itself from inside a run: "
                                   "in its mode that one begins when this one has ended",
                                   self->name()));
  }
  const auto ending = std::make_shared<Ending>();
  self->submit({.manual = true, .event = self->event_for_now()}, ending);
  co_await ending->ended.wait();
  co_return ending->result;
}

bool JobRecord::is_caller() const {
  const async::Fiber* running = loop().running();
  return running && std::ranges::find(runs_, &running->outermost()) != runs_.end();
}

void JobRecord::run_began(const async::Fiber* fiber) {
  ++status_->counters.runs;
  runs_.push_back(fiber);
}

void JobRecord::run_left(const async::Fiber* fiber) {
  std::erase(runs_, fiber);
}

void JobRecord::run_ended(const async::Fiber* fiber, const Occasion& occasion,
                          const RunResult& result, bool by_stop) {
  run_left(fiber);
  JobCounters& counters = status_->counters;
  switch (result.outcome) {
    case RunOutcome::kSuccess:
      ++counters.succeeded;
      break;
    case RunOutcome::kTimedOut:
      ++counters.timed_out;
      break;
    case RunOutcome::kCancelled:
      ++counters.cancelled;
      break;
    default:
      ++counters.failed;
  }
  status_->last = result;
  if (occasion.occurrence) durable_->ended(*occasion.occurrence, by_stop);
}

void JobRecord::run_never_began(const Occasion& occasion, Ending* ending, RunOutcome why) {
  if (why == RunOutcome::kSuppressed) ++status_->counters.suppressed;
  if (why == RunOutcome::kDropped) ++status_->counters.dropped;
  // What waits when its app stops has not begun, and begins after the next start.
  if (occasion.occurrence && !owner_.bucket->closed()) durable_->drop(*occasion.occurrence);
  if (!ending) return;
  ending->result = {.outcome = why};
  ending->ended.set();
}

void JobRecord::tell(const run::Failure& failure) {
  const std::shared_ptr<run::ErrorSink>& handler = on_error_ ? on_error_ : owner_.on_error;
  if (!handler) return;
  if (!owner_.error_tasks) {
    owner_.error_tasks = std::make_shared<run::ErrorTasks>(*owner_.bucket, table_.observer());
  }
  owner_.error_tasks->start(handler,
                            {.app = app(),
                             .handler = name(),
                             .cause = failure.cause,
                             .message = failure.message,
                             .where = runner_.source().where,
                             .error = failure.error,
                             .timed_out = failure.timed_out},
                            runner_.number());
}

async::Loop& JobRecord::loop() const {
  return table_.loop();
}

}  // namespace hassette::schedule
