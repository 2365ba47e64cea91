#include "schedule/testing.hpp"

namespace hassette::schedule {
namespace {

using namespace std::chrono;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ClockSteps : public InTime {
 public:
  void told() { table.connect({.clock_steps_are_told = true}); }
  void step(microseconds by) {
    clock.step_wall(by);
    table.clock_was_set();
    loop.run_ready();
  }
};

TEST_F(ClockSteps, nothing_wakes_before_a_job_is_due) {
  told();
  start_at(2026y / 1 / 10, "12:00");
  run_daily("07:00", noting());
  run_daily("19:00", noting());
  EXPECT_EQ(loop.timers(), 1u) << "one timer for all jobs on the wall";
  while (loop.turn(false)) {
  }
  loop.turn(true);  // one wait
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("01-10 19:00:00 CET"));
}

TEST_F(ClockSteps, nothing_wakes_for_a_job_that_was_cancelled) {
  told();
  Job job = run_daily("07:00", noting());
  job.cancel();
  EXPECT_EQ(loop.timers(), 0u);
}

TEST_F(ClockSteps, that_are_told_move_jobs_at_once) {
  told();
  start_at(2026y / 1 / 10, "06:00");
  run_daily("07:00", noting());
  run_every(90min, noting());
  step(2h);
  EXPECT_THAT(notes, ElementsAre("01-10 08:00:00 CET"));
  step(-90min);
  advance(90min);
  EXPECT_THAT(notes, ElementsAre("01-10 08:00:00 CET", "01-10 08:00:00 CET"))
      << "the day's run has been, and the interval follows elapsed time";
  EXPECT_THAT(logged(), testing::Contains(HasSubstr("the clock was set forward by 2 h")));
}

TEST_F(ClockSteps, of_fifty_six_years_start_what_waits_once_and_do_not_spin) {
  start_at(1970y / 1 / 1, "01:00");
  const Job minutely = schedule(Minutely{1}, noting());
  const Job daily = run_daily("07:00", noting());
  const Job sunset = schedule(AtSun{SunEvent::sunset()}, noting());
  const Job interval = run_every(1h, [] {});
  EXPECT_EQ(minutely.state(), JobState::kWaiting);
  EXPECT_THAT(minutely.waits_for(), HasSubstr("the clock has not been set"));
  EXPECT_EQ(interval.state(), JobState::kScheduled);
  advance(20h);
  EXPECT_THAT(notes, IsEmpty()) << "what the clock shows is not the time";
  start_at(2026y / 5 / 3, "12:00:30");
  advance(90s);
  EXPECT_THAT(notes, ElementsAre("05-03 12:02:00 CEST")) << "none is late by 56 years";
  EXPECT_EQ(interval.counters().runs, 20u);
  EXPECT_EQ(daily.next_run(), local(2026y / 5 / 4, "07:00"));
  EXPECT_EQ(table.zone().date_of(*sunset.next_run()), 2026y / 5 / 3);
  advance(24h);
  EXPECT_THAT(notes, SizeIs(1 + 24 * 60 + 2));
}

TEST_F(ClockSteps, forward_by_years_run_each_job_once) {
  start_at(2003y / 1 / 1, "12:00");
  schedule(Minutely{1}, noting());
  run_daily("07:00", noting());
  clock.step_wall(days(365 * 23));
  advance(1min);
  EXPECT_THAT(notes, SizeIs(testing::AllOf(testing::Ge(2u), testing::Le(3u))));
}

TEST_F(ClockSteps, back_by_an_hour_do_not_silence_a_job_of_every_minute) {
  told();
  start_at(2026y / 1 / 10, "12:00");
  schedule(Minutely{1}, noting());
  run_daily("12:05", noting());
  advance(10min);
  notes.clear();
  step(-1h);
  advance(10min);
  EXPECT_THAT(notes, SizeIs(10)) << "each minute, and 12:05 not again";
  advance(1h);
  EXPECT_THAT(notes, SizeIs(70));
}

TEST_F(ClockSteps, back_by_a_second_repeat_nothing) {
  told();
  start_at(2026y / 1 / 10, "12:00");
  schedule(Minutely{1}, noting());
  advance(1min);
  step(-1s);
  advance(30s);
  EXPECT_THAT(notes, SizeIs(1));
}

/// A timer that counts.
struct Counting final : async::Timer {
  void fire() override { ++*count; }
  std::size_t* count = nullptr;
};

TEST_F(ClockSteps, a_million_timers_wait_on_the_wall) {
  constexpr std::size_t kMany = 1'000'000;
  WallQueue queue(loop, [] {});
  queue.set_told(true);
  std::size_t fired = 0;
  std::vector<Counting> timers(kMany);
  const TimePoint begin = loop.wall();
  for (std::size_t i = 0; i < kMany; ++i) {
    timers[i].count = &fired;
    queue.start(timers[i], begin + seconds(1 + i * 7919 % kMany));
  }
  EXPECT_EQ(queue.size(), kMany);
  EXPECT_EQ(loop.timers(), 1u);
  for (std::size_t i = 0; i < kMany; i += 2) queue.stop(timers[i]);
  advance(seconds(kMany / 2));
  EXPECT_NEAR(static_cast<double>(fired), kMany / 4, kMany / 100);
  advance(seconds(kMany / 2 + 1));
  EXPECT_EQ(fired, kMany / 2);
  EXPECT_EQ(loop.timers(), 0u);
}

TEST_F(ClockSteps, many_jobs_of_one_app_come_and_go) {
  constexpr int kJobs = 20'000;
  std::size_t runs = 0;
  const auto fill = [](InTime* test, std::size_t* count) -> Task<> {
    for (int i = 0; i < kJobs; ++i) {
      co_await test->scheduler.schedule(
          Every{1h + i * 1ms}, [count] { ++*count; },
          {.name = std::to_string(i), .group = i % 2 == 0 ? "even" : "odd"});
    }
  };
  run(fill(this, &runs));
  EXPECT_EQ(table.count(owner), static_cast<std::size_t>(kJobs));
  EXPECT_EQ(scheduler.cancel_group("even"), static_cast<std::size_t>(kJobs / 2));
  advance(1h + 30s);
  EXPECT_EQ(runs, static_cast<std::size_t>(kJobs / 2));
  EXPECT_EQ(scheduler.cancel_all(), static_cast<std::size_t>(kJobs / 2));
  EXPECT_EQ(loop.timers(), 0u);
  EXPECT_EQ(table.size(), 0u);
}

}  // namespace
}  // namespace hassette::schedule
