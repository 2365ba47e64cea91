#pragma once
// Timetable: the jobs of all apps, and the clock that they follow.
//
// A job on elapsed time has a timer of the loop; those on wall-clock time share one, so that a step
// of the clock moves them all (see WallQueue) and nothing wakes before the first is due. A clock
// that says a year before 2000 has not been set yet, as on a Raspberry Pi without a battery that
// boots in 1970: jobs on the wall wait until it has been. Registering, firing and cancelling are
// O(log n). Loop thread only.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <hassette/scheduler.hpp>

#include "schedule/job_record.hpp"
#include "schedule/owner.hpp"
#include "schedule/ports.hpp"
#include "schedule/rule.hpp"
#include "schedule/wall_queue.hpp"
#include "time/moment.hpp"

namespace hassette::schedule {

class Timetable {
 public:
  Timetable(async::Loop& loop, run::Observer& observer);
  Timetable(const Timetable&) = delete;
  Timetable& operator=(const Timetable&) = delete;

  /// Before the first job.
  void connect(const Ports& ports);
  void set_zone(const time::Zone& zone);
  void set_place(const time::Place& place);
  /// The wall clock has been set: jobs that follow it look at once, and the others have their
  /// moments on it written anew.
  void clock_was_set();

  const time::Place& place() const { return place_; }
  const time::Zone& zone() const { return place_.zone; }
  const Ports& ports() const { return ports_; }
  async::Loop& loop() { return loop_; }
  run::Observer& observer() { return observer_; }
  /// The timer fires when the home's clock shows this.
  void start_on_wall(async::Timer& timer, TimePoint due);
  void stop_on_wall(async::Timer& timer) { wall_.stop(timer); }
  /// A job waits for the clock to be set.
  void await_clock();
  Now now() const;
  /// False before the year 2000.
  bool clock_is_set() const;

  std::shared_ptr<JobRecord> find(const Owner& owner, const std::string& name) const;
  void add(const std::shared_ptr<JobRecord>& job);
  void remove(const JobRecord& job);
  /// The jobs of an app, or of one of its groups, oldest first.
  std::vector<std::shared_ptr<JobRecord>> jobs(const Owner& owner) const;
  std::vector<std::shared_ptr<JobRecord>> jobs(const Owner& owner, const std::string& group) const;
  void remove_all(const Owner& owner, CancelReason reason);
  std::size_t count(const Owner& owner) const;
  std::size_t size() const { return jobs_.size(); }

 private:
  /// What one app has.
  struct Book {
    std::map<std::uint64_t, JobRecord*> jobs;
    std::map<std::string, JobRecord*, std::less<>> names;
    std::map<std::pair<std::string, std::uint64_t>, JobRecord*> groups;
  };
  void look_at_clock();
  void review_all();
  void tell_elapsed();

  async::Loop& loop_;
  run::Observer& observer_;
  Ports ports_;
  time::Place place_;
  WallQueue wall_;
  std::chrono::microseconds wall_ahead_;  // of elapsed time; a step of the clock changes it
  bool clock_set_;
  std::uint64_t added_ = 0;
  std::map<std::uint64_t, std::shared_ptr<JobRecord>> jobs_;
  std::map<const Owner*, Book> books_;  // looked up, never walked: addresses have no order
};

}  // namespace hassette::schedule
