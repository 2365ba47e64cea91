#include <hassette/scheduler.hpp>

#include <fmt/format.h>

#include <hassette/error.hpp>

#include "async/loop.hpp"
#include "schedule/check.hpp"
#include "schedule/timetable.hpp"

namespace hassette {

using schedule::JobRecord;
using schedule::Owner;

namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& why,
                         const std::source_location& where) {
  throw Error("registration", fmt::format("job `{}`: {} [{}]", name, why, run::short_place(where)));
}

void refuse_differences(const JobRecord& job, const JobRecord& old,
                        const std::source_location& where) {
  const std::vector<std::string> differences = job.differences(old);
  if (differences.empty()) return;
  refuse(job.name(),
         fmt::format("`.if_exists = IfExists::kSkip` keeps the one registered at {}, but this one "
                     "differs in {}",
                     old.place(), fmt::join(differences, ", ")),
         where);
}

/// What a name that is taken means; the job to give instead, if that is the answer.
std::shared_ptr<JobRecord> find_instead(const JobRecord& job, IfExists if_exists,
                                        const std::source_location& where) {
  auto old = job.owner().timetable->find(job.owner(), job.name());
  if (!old) return nullptr;
  switch (if_exists) {
    case IfExists::kReplace:
      return nullptr;
    case IfExists::kSkip:
      if (old->has_same_trigger(job)) {
        refuse_differences(job, *old, where);
        return old;
      }
      refuse(job.name(),
             fmt::format("there is one of this name that runs {}; `.if_exists = IfExists::kSkip` "
                         "keeps only one that runs at the same times",
                         old->status()->trigger),
             where);
    case IfExists::kError:
      break;
  }
  refuse(job.name(),
         "this app has a job of this name already; give it another name, or say with `.if_exists` "
         "what to do",
         where);
}

Task<Job> enter(std::shared_ptr<JobRecord> job, IfExists if_exists, std::source_location where) {
  if (job->owner().bucket->closed()) {  // it goes on while its app stops
    refuse(job->name(), "its app has stopped", where);
  }
  if (const auto old = find_instead(*job, if_exists, where)) co_return Job(old);
  if (const auto old = job->owner().timetable->find(job->owner(), job->name())) {
    old->cancel(CancelReason::kReplaced);
  }
  job->owner().timetable->add(job);
  job->begin();
  co_await JobRecord::settled(job);
  co_return Job(job);
}

std::vector<Job> as_jobs(const std::vector<std::shared_ptr<JobRecord>>& records) {
  std::vector<Job> jobs;
  jobs.reserve(records.size());
  for (const auto& record : records) jobs.emplace_back(record);
  return jobs;
}

std::size_t cancel_each(const std::vector<std::shared_ptr<JobRecord>>& records) {
  for (const auto& record : records) record->cancel(CancelReason::kRequested);
  return records.size();
}

/// The timetable, for who asks on the loop's thread.
schedule::Timetable& table_of(const schedule::Owner& owner, std::string_view what) {
  schedule::Timetable& table = *owner.timetable;
  table.loop().assert_thread(what);
  return table;
}

}  // namespace

HandlerOwner* Scheduler::self() const {
  return owner_->self;
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): taken by value, as all that authors give
Task<Job> Scheduler::add(Trigger trigger, std::unique_ptr<schedule::Work> work, JobOptions options,
                         std::source_location where) {
  schedule::Timetable& table = *owner_->timetable;
  table.loop().assert_here("scheduler");
  std::string name = std::move(options.name);
  if (const auto fault = schedule::find_fault(name, options, trigger, table.ports())) {
    refuse(name, *fault, where);
  }
  auto rule = schedule::make_rule(
      trigger, {.options = options, .ports = table.ports(), .app = owner_->app}, table.now());
  if (!rule) refuse(name, rule.error(), where);
  const IfExists if_exists = options.if_exists;
  run::Source source{.kind = run::Kind::kJob,
                     .app = owner_->app,
                     .name = std::move(name),
                     .trigger = (*rule)->describe(),
                     .where = where,
                     .durable = options.durable};
  return enter(std::make_shared<JobRecord>(*owner_, JobRecord::Parts{.rule = *std::move(rule),
                                                                     .work = std::move(work),
                                                                     .options = std::move(options),
                                                                     .source = std::move(source)}),
               if_exists, where)
      .at(where);
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): likewise
void Scheduler::on_error(ErrorHandler handler) {
  owner_->timetable->loop().assert_thread("scheduler.on_error");
  owner_->on_error = handler.bind(owner_->self);
}

std::vector<Job> Scheduler::jobs() const {
  return as_jobs(table_of(*owner_, "scheduler.jobs").jobs(*owner_));
}

std::vector<Job> Scheduler::jobs(std::string_view group) const {
  return as_jobs(table_of(*owner_, "scheduler.jobs").jobs(*owner_, std::string(group)));
}

Job Scheduler::find(std::string_view name) const {
  const auto found = table_of(*owner_, "scheduler.find").find(*owner_, std::string(name));
  return found ? Job(found) : Job();
}

bool Scheduler::remembers(std::string_view name) const {
  run::Ledger* const ledger = table_of(*owner_, "scheduler.remembers").ports().ledger;
  return ledger && ledger->remembers({owner_->app, std::string(name)});
}

std::size_t Scheduler::cancel_group(std::string_view group) {
  return cancel_each(table_of(*owner_, "scheduler.cancel_group").jobs(*owner_, std::string(group)));
}

std::size_t Scheduler::cancel_all() {
  return cancel_each(table_of(*owner_, "scheduler.cancel_all").jobs(*owner_));
}

}  // namespace hassette
