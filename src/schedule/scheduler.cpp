#include <hassette/scheduler.hpp>

#include <fmt/format.h>

#include <hassette/error.hpp>

#include "async/loop.hpp"
#include "schedule/timetable.hpp"

namespace hassette {

using schedule::JobRecord;
using schedule::Trigger;

void Job::cancel() {
  if (const auto record = record_.lock()) record->cancel(CancelReason::kRequested);
}

bool Job::active() const {
  const auto record = record_.lock();
  return record && record->active;
}

std::optional<TimePoint> Job::next_run() const {
  const auto record = record_.lock();
  if (!record || !record->active) return std::nullopt;
  return record->next_run();
}

namespace {

[[noreturn]] void refuse(const JobOptions& options, const std::string& why) {
  throw Error("registration", fmt::format("job `{}`: {}", options.name, why));
}

Task<Job> enter(std::shared_ptr<JobRecord> job) {
  if (job->owner.bucket->closed()) {  // it goes on while its app stops
    throw Error("registration",
                fmt::format("job `{}`: its app has stopped", job->runner.source().name));
  }
  // A delay counts from when the registration takes effect, not from when it was written down.
  job->due = schedule::first_due(job->trigger, job->table.loop().now(), job->table.loop().wall(),
                                 job->table.zone());
  job->table.add(job);
  co_return Job(job);
}

[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> add(
    schedule::Owner& owner, const Trigger& trigger, std::unique_ptr<schedule::Work> work,
    JobOptions options, const std::source_location& where) {
  owner.timetable->loop().assert_here("scheduler");
  if (options.name.empty()) {
    refuse(options, ".name is empty; give it a name that the log and the page can show");
  }
  run::Source source{.kind = run::Kind::kJob,
                     .app = owner.app,
                     .name = std::move(options.name),
                     .trigger = describe(trigger),
                     .where = where};
  return enter(std::make_shared<JobRecord>(owner, *owner.timetable, owner.timetable->observer(),
                                           std::move(source), trigger, std::move(work)))
      .at(where);
}

void check_time(TimeOfDay at, const JobOptions& options) {
  if (!at.is_set()) refuse(options, "the time of day is unset");
}

}  // namespace

HandlerOwner* Scheduler::self() const {
  return owner_->self;
}

Task<Job> Scheduler::add_in(std::chrono::nanoseconds delay, std::unique_ptr<schedule::Work> work,
                            JobOptions options, std::source_location where) {
  if (delay < std::chrono::nanoseconds(0)) refuse(options, "the delay is negative");
  return add(*owner_, schedule::After{delay}, std::move(work), std::move(options), where);
}

Task<Job> Scheduler::add_once(TimeOfDay at, std::unique_ptr<schedule::Work> work,
                              JobOptions options, std::source_location where) {
  check_time(at, options);
  return add(*owner_, schedule::NextTimeOfDay{at}, std::move(work), std::move(options), where);
}

Task<Job> Scheduler::add_once(TimePoint at, std::unique_ptr<schedule::Work> work,
                              JobOptions options, std::source_location where) {
  return add(*owner_, schedule::At{at}, std::move(work), std::move(options), where);
}

Task<Job> Scheduler::add_every(std::chrono::nanoseconds interval,
                               std::unique_ptr<schedule::Work> work, JobOptions options,
                               std::source_location where) {
  if (interval < std::chrono::milliseconds(1)) {
    refuse(options, "the interval is shorter than a millisecond");
  }
  return add(*owner_, schedule::Every{interval}, std::move(work), std::move(options), where);
}

Task<Job> Scheduler::add_daily(TimeOfDay at, std::unique_ptr<schedule::Work> work,
                               JobOptions options, std::source_location where) {
  check_time(at, options);
  return add(*owner_, schedule::Daily{at}, std::move(work), std::move(options), where);
}

}  // namespace hassette
