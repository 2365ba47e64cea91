#include "schedule/timetable.hpp"

#include <hassette/duration.hpp>
#include <hassette/logger.hpp>

#include "async/loop.hpp"
#include "time/instant.hpp"

namespace hassette::schedule {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

/// Below this, the two clocks were only not read at the same instant.
constexpr std::chrono::milliseconds kSmallestStep{500};

microseconds wall_ahead(const async::Loop& loop) {
  return loop.wall().time_since_epoch() -
         duration_cast<microseconds>(loop.now().time_since_epoch());
}

}  // namespace

Timetable::Timetable(async::Loop& loop, run::Observer& observer)
    : loop_(loop),
      observer_(observer),
      wall_(loop, [this] { look_at_clock(); }),
      wall_ahead_(wall_ahead(loop)),
      clock_set_(clock_is_set()) {
  wall_.set_watchful(!clock_set_);
}

void Timetable::connect(const Ports& ports) {
  ports_ = ports;
  wall_.set_told(ports.clock_steps_are_told);
}

Now Timetable::now() const {
  return {.mono = loop_.now(), .wall = loop_.wall(), .place = place_};
}

bool Timetable::clock_is_set() const {
  return time::is_set(loop_.wall());
}

void Timetable::start_on_wall(async::Timer& timer, TimePoint due) {
  // While nobody waited nobody looked, and no step that was made then matters.
  if (wall_.size() == 0 && clock_set_) wall_ahead_ = wall_ahead(loop_);
  wall_.start(timer, due);
}

void Timetable::await_clock() {
  clock_set_ = false;
  wall_.set_watchful(true);
}

void Timetable::clock_was_set() {
  wall_.look();
  tell_elapsed();  // also of a step that a job which was added since has hidden from the look
}

void Timetable::look_at_clock() {
  const microseconds ahead = wall_ahead(loop_);
  const microseconds step = ahead - wall_ahead_;
  wall_ahead_ = ahead;
  const bool was_set = std::exchange(clock_set_, clock_is_set());
  wall_.set_watchful(!clock_set_);
  if (was_set && clock_set_ && std::chrono::abs(step) < kSmallestStep) return;
  if (step != microseconds(0) && size() > 0) {
    Logger("engine").info("the clock was set {} by {}; jobs that follow it have moved",
                          step < microseconds(0) ? "back" : "forward",
                          format_duration(std::chrono::abs(step)));
  }
  tell_elapsed();
  // Set forward, what has become due by it comes late, as after a sleep. Set back, or set for the
  // first time, times that were fixed before may mean nothing any more.
  if (step < microseconds(0) || was_set != clock_set_) review_all();
}

void Timetable::review_all() {
  const auto jobs = jobs_;
  for (const auto& [number, job] : jobs) {
    if (job->active()) job->review();
  }
}

void Timetable::tell_elapsed() {
  for (const auto& [number, job] : jobs_) job->clock_was_set();
}

void Timetable::set_zone(const time::Zone& zone) {
  set_place({.zone = zone, .observer = place_.observer});
}

void Timetable::set_place(const time::Place& place) {
  if (place == place_) return;
  place_ = place;
  review_all();
}

std::shared_ptr<JobRecord> Timetable::find(const Owner& owner, const std::string& name) const {
  const auto book = books_.find(&owner);
  if (book == books_.end()) return nullptr;
  const auto found = book->second.names.find(name);
  return found == book->second.names.end() ? nullptr : found->second->shared_from_this();
}

void Timetable::add(const std::shared_ptr<JobRecord>& job) {
  job->number = ++added_;
  jobs_.emplace(job->number, job);
  Book& book = books_[&job->owner()];
  book.jobs.emplace(job->number, job.get());
  book.names.emplace(job->name(), job.get());
  if (!job->group().empty()) book.groups.emplace(std::pair(job->group(), job->number), job.get());
}

void Timetable::remove(const JobRecord& job) {
  const auto found = jobs_.find(job.number);
  if (found == jobs_.end()) return;
  const std::shared_ptr<JobRecord> kept = std::move(found->second);
  jobs_.erase(found);
  const auto book = books_.find(&job.owner());
  book->second.jobs.erase(job.number);
  book->second.names.erase(job.name());
  book->second.groups.erase({job.group(), job.number});
  if (book->second.jobs.empty()) books_.erase(book);
}

std::vector<std::shared_ptr<JobRecord>> Timetable::jobs(const Owner& owner) const {
  std::vector<std::shared_ptr<JobRecord>> found;
  const auto book = books_.find(&owner);
  if (book == books_.end()) return found;
  for (const auto& [number, job] : book->second.jobs) found.push_back(job->shared_from_this());
  return found;
}

std::vector<std::shared_ptr<JobRecord>> Timetable::jobs(const Owner& owner,
                                                        const std::string& group) const {
  std::vector<std::shared_ptr<JobRecord>> found;
  const auto book = books_.find(&owner);
  if (book == books_.end()) return found;
  const auto& groups = book->second.groups;
  for (auto at = groups.lower_bound({group, 0}); at != groups.end() && at->first.first == group;
       ++at) {
    found.push_back(at->second->shared_from_this());
  }
  return found;
}

void Timetable::remove_all(const Owner& owner, CancelReason reason) {
  for (const auto& job : jobs(owner)) job->cancel(reason);
}

std::size_t Timetable::count(const Owner& owner) const {
  const auto book = books_.find(&owner);
  return book == books_.end() ? 0 : book->second.jobs.size();
}

}  // namespace hassette::schedule
