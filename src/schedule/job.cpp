#include <hassette/job.hpp>

#include <fmt/format.h>

#include <hassette/error.hpp>

#include "async/loop.hpp"
#include "schedule/job_record.hpp"

namespace hassette {

using schedule::JobRecord;

std::string_view to_string(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::kSuccess:
      return "succeeded";
    case RunOutcome::kError:
      return "failed";
    case RunOutcome::kCancelled:
      return "cancelled";
    case RunOutcome::kTimedOut:
      return "timed out";
    case RunOutcome::kSuppressed:
      return "suppressed";
    case RunOutcome::kDropped:
      return "dropped";
  }
  return "unknown";
}

Job::Job(const std::shared_ptr<JobRecord>& record) : record_(record), status_(record->status()) {}

void Job::cancel() {
  if (const auto record = record_.lock()) record->cancel(CancelReason::kRequested);
}

Task<RunResult> Job::run_now(std::source_location where) {
  const auto record = record_.lock();
  if (!record || !record->active()) {
    throw Error("job", fmt::format("job `{}` cannot run now: it {} [{}]", name(),
                                   state() == JobState::kCompleted ? "has had its last time"
                                                                   : "has been cancelled",
                                   run::short_place(where)));
  }
  return JobRecord::run_now(record).at(where);
}

bool Job::active() const {
  const auto record = record_.lock();
  return record && record->active();
}

JobState Job::state() const {
  return status_ ? status_->state : JobState::kCancelled;
}

std::string Job::waits_for() const {
  return status_ ? status_->waits_for : std::string();
}

std::optional<TimePoint> Job::next_run() const {
  const auto record = record_.lock();
  return record ? record->next_run() : std::nullopt;
}

std::optional<TimePoint> Job::fires_at() const {
  const auto record = record_.lock();
  return record ? record->fires_at() : std::nullopt;
}

bool Job::running() const {
  const auto record = record_.lock();
  return record && record->running();
}

std::string Job::name() const {
  return status_ ? status_->name : std::string();
}
std::string Job::group() const {
  return status_ ? status_->group : std::string();
}
std::string Job::trigger() const {
  return status_ ? status_->trigger : std::string();
}
JobCounters Job::counters() const {
  return status_ ? status_->counters : JobCounters();
}
Durability Job::durability() const {
  const auto record = record_.lock();
  if (record && record->durable()) return record->durable()->durability();
  return {.asked = status_ && status_->durable};
}
std::optional<RunResult> Job::last_run() const {
  return status_ ? status_->last : std::nullopt;
}

}  // namespace hassette
