// Many jobs that are not due: what they cost while nothing happens, and while another comes or
// goes.
#include <gtest/gtest.h>

#include <chrono>

#include "schedule/testing.hpp"

namespace hassette::schedule {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class Pending : public InTime {
 public:
  Pending() { table.connect({.clock_steps_are_told = true}); }
  Task<> register_many(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      jobs.push_back(co_await scheduler.schedule(trigger(i), [this] { ++runs; },
                                                 {.name = "pending " + std::to_string(++named)}));
    }
  }
  /// Elapsed time and the wall clock in turns; none is due before an hour has passed.
  static Trigger trigger(std::size_t number) {
    if (number % 2 == 0) return After{hours(1) + minutes(number)};
    return Daily{TimeOfDay::from_midnight(std::chrono::seconds(number % 3600 + 60))};
  }

  std::vector<Job> jobs;
  int runs = 0;
};

TEST_F(Pending, jobs_wake_nobody_before_the_first_is_due) {
  start_at(std::chrono::year(2026) / 5 / 3, "10:00");
  run(register_many(5'000));
  loop.run_ready();
  const async::MonoTime begin = loop.now();
  EXPECT_EQ(loop.timers(), 2'501u) << "those on the wall share one";
  // In virtual time a turn that may wait goes straight to the next time at which the loop wakes.
  loop.turn(true);
  EXPECT_EQ(loop.now() - begin, hours(1));
  loop.run_ready();
  EXPECT_EQ(runs, 1);
  loop.turn(true);
  EXPECT_EQ(loop.now() - begin, hours(1) + minutes(2));
}

/// What it takes to register and cancel some jobs beside so many others.
class Costs : public Pending {
 public:
  std::chrono::nanoseconds beside(std::size_t pending) {
    while (table.size() < pending) run(register_many(pending - table.size()));
    jobs.clear();
    auto best = std::chrono::nanoseconds::max();
    for (int round = 0; round < 4; ++round) {
      const auto begin = std::chrono::steady_clock::now();
      run(register_many(200));
      for (Job& job : jobs) job.cancel();
      best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - begin);
      jobs.clear();
    }
    EXPECT_EQ(table.size(), pending);
    return best;
  }
};

TEST_F(Costs, of_a_job_hardly_grow_with_the_others) {
  const auto few = beside(100);
  EXPECT_LT(beside(20'000), 20 * few) << "two hundred times as many";
}

}  // namespace
}  // namespace hassette::schedule
