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

namespace {

/// On another thread nothing of a job is touched, be it only to see whether it is still there.
void assert_thread(const std::shared_ptr<schedule::JobStatus>& status, std::string_view what) {
  if (status) status->thread->assert_this(what);
}

/// What a job names, if it is still there, for who asks on the loop's thread.
std::shared_ptr<JobRecord> named_by(const std::weak_ptr<JobRecord>& name,
                                    const std::shared_ptr<schedule::JobStatus>& status,
                                    std::string_view what) {
  assert_thread(status, what);
  return name.lock();
}

}  // namespace

Job::Job(const std::shared_ptr<JobRecord>& record) : record_(record), status_(record->status()) {}

void Job::cancel() {
  if (const auto record = named_by(record_, status_, "Job::cancel")) {
    record->cancel(CancelReason::kRequested);
  }
}

Task<RunResult> Job::run_now(std::source_location where) {
  const auto record = named_by(record_, status_, "Job::run_now");
  if (!record || !record->active()) {
    throw Error("job", fmt::format("job `{}` cannot run now: it {} [{}]", name(),
                                   state() == JobState::kCompleted ? "has had its last time"
                                                                   : "has been cancelled",
                                   run::short_place(where)));
  }
  return JobRecord::run_now(record).at(where);
}

bool Job::active() const {
  const auto record = named_by(record_, status_, "Job::active");
  return record && record->active();
}

JobState Job::state() const {
  assert_thread(status_, "Job::state");
  return status_ ? status_->state : JobState::kCancelled;
}

std::string Job::waits_for() const {
  assert_thread(status_, "Job::waits_for");
  return status_ ? status_->waits_for : std::string();
}

std::optional<TimePoint> Job::next_run() const {
  const auto record = named_by(record_, status_, "Job::next_run");
  return record ? record->next_run() : std::nullopt;
}

std::optional<TimePoint> Job::fires_at() const {
  const auto record = named_by(record_, status_, "Job::fires_at");
  return record ? record->fires_at() : std::nullopt;
}

bool Job::running() const {
  const auto record = named_by(record_, status_, "Job::running");
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
  assert_thread(status_, "Job::counters");
  return status_ ? status_->counters : JobCounters();
}
Durability Job::durability() const {
  const auto record = named_by(record_, status_, "Job::durability");
  const bool is_there = record && record->durable() && !record->cancelled();
  return is_there ? record->durable()->durability() : Durability();
}
std::optional<RunResult> Job::last_run() const {
  assert_thread(status_, "Job::last_run");
  return status_ ? status_->last : std::nullopt;
}

}  // namespace hassette
