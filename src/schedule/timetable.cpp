#include "schedule/timetable.hpp"

#include <algorithm>

#include "async/loop.hpp"

namespace hassette::schedule {

using async::MonoTime;

namespace {

/// How long a wall-clock job sleeps at most before it looks at the clock again.
constexpr std::chrono::seconds kLongestSleep{60};

class JobRun final : public run::Run {
 public:
  explicit JobRun(std::shared_ptr<JobRecord> job) : job_(std::move(job)) {}
  [[clang::coro_wrapper]] Task<> start() override { return job_->work->run(); }
  std::string cause() const override { return describe(job_->trigger); }

 private:
  std::shared_ptr<JobRecord> job_;
};

}  // namespace

JobRecord::JobRecord(Owner& its_owner, Timetable& its_table, run::Observer& observer,
                     run::Source source, Trigger its_trigger, std::unique_ptr<Work> its_work)
    : owner(its_owner),
      table(its_table),
      trigger(its_trigger),
      work(std::move(its_work)),
      due(first_due(trigger, its_table.loop().now(), its_table.loop().wall(), its_table.zone())),
      runner(*its_owner.bucket, observer, std::move(source), Mode::kSingle) {}

void JobRecord::cancel(CancelReason reason) {
  const std::shared_ptr<JobRecord> self = shared_from_this();
  if (std::exchange(active, false)) {
    stop();
    table.remove(*this);
  }
  runner.cancel(reason);  // also the only run of a job that has had its time
}

TimePoint JobRecord::next_run() const {
  if (const auto* moment = std::get_if<TimePoint>(&due)) return *moment;
  const async::Loop& loop = table.loop();
  return loop.wall() + std::chrono::duration_cast<std::chrono::microseconds>(
                           std::get<MonoTime>(due) - loop.now());
}

void JobRecord::arm() {
  async::Loop& loop = table.loop();
  runner.tell_next_run(next_run());
  if (const auto* moment = std::get_if<MonoTime>(&due)) {
    loop.start_timer(*this, *moment);
    return;
  }
  const auto left = std::get<TimePoint>(due) - loop.wall();
  const auto sleep =
      std::clamp<std::chrono::nanoseconds>(left, std::chrono::nanoseconds(0), kLongestSleep);
  loop.start_timer(*this, loop.now() + sleep);
}

void JobRecord::fire() {
  async::Loop& loop = table.loop();
  if (const auto* moment = std::get_if<TimePoint>(&due); moment && loop.wall() < *moment) {
    due = after_clock_step(trigger, *moment, loop.wall(), table.zone());
    arm();
    return;
  }
  const std::shared_ptr<JobRecord> self = shared_from_this();
  // The next time is fixed before this run starts, so that the run may cancel the job.
  if (const auto next = next_due(trigger, due, loop.now(), loop.wall(), table.zone())) {
    due = *next;
    arm();
  } else {
    active = false;
    runner.tell_next_run({});
    table.remove(*this);
  }
  runner.submit(std::make_unique<JobRun>(self));
}

void Timetable::set_zone(const time::Zone& zone) {
  if (zone == zone_) return;
  zone_ = zone;
  for (const auto& job : jobs_) {
    if (!std::holds_alternative<TimePoint>(job->due) || std::holds_alternative<At>(job->trigger))
      continue;
    job->due = first_due(job->trigger, loop_.now(), loop_.wall(), zone_);
    job->arm();
  }
}

void Timetable::add(const std::shared_ptr<JobRecord>& job) {
  jobs_.push_back(job);
  job->active = true;
  job->arm();
}

void Timetable::remove(const JobRecord& job) {
  std::erase_if(jobs_, [&](const auto& entry) { return entry.get() == &job; });
}

void Timetable::remove_all(const Owner& owner, CancelReason reason) {
  const auto jobs = jobs_;
  for (const auto& job : jobs) {
    if (&job->owner == &owner) job->cancel(reason);
  }
}

std::size_t Timetable::count(const Owner& owner) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(jobs_, [&](const auto& job) { return &job->owner == &owner; }));
}

}  // namespace hassette::schedule
