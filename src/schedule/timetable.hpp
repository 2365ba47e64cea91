#pragma once
// Timetable: the jobs of all apps, each with a timer on the loop.
//
// A job on monotonic time sleeps exactly until it is due. One on wall-clock time looks at the clock
// at least once a minute, since the wall clock may be set while it sleeps: a step forward makes it
// due, a step back makes it wait. Nothing wakes while no job exists. Loop thread only.
#include <memory>
#include <string>
#include <vector>

#include <hassette/scheduler.hpp>
#include "async/timer.hpp"
#include "run/runner.hpp"
#include "schedule/owner.hpp"
#include "schedule/trigger.hpp"

namespace hassette::schedule {

struct JobRecord final : public async::Timer, public std::enable_shared_from_this<JobRecord> {
  JobRecord(Owner& its_owner, Timetable& its_table, run::Observer& observer, run::Source source,
            Trigger its_trigger, std::unique_ptr<Work> its_work);

  void cancel(CancelReason reason);
  void arm();
  /// When it is due on the home's clock.
  TimePoint next_run() const;
  void fire() override;

  Owner& owner;
  Timetable& table;
  Trigger trigger;
  std::unique_ptr<Work> work;
  Due due;
  bool active = false;
  run::Runner runner;
};

class Timetable {
 public:
  Timetable(async::Loop& loop, run::Observer& observer) : loop_(loop), observer_(observer) {}
  Timetable(const Timetable&) = delete;
  Timetable& operator=(const Timetable&) = delete;

  void set_zone(const time::Zone& zone);
  const time::Zone& zone() const { return zone_; }
  async::Loop& loop() { return loop_; }
  run::Observer& observer() { return observer_; }

  void add(const std::shared_ptr<JobRecord>& job);
  void remove(const JobRecord& job);
  void remove_all(const Owner& owner, CancelReason reason);
  std::size_t count(const Owner& owner) const;

 private:
  async::Loop& loop_;
  run::Observer& observer_;
  time::Zone zone_;
  std::vector<std::shared_ptr<JobRecord>> jobs_;
};

}  // namespace hassette::schedule
