#include "schedule/testing.hpp"

namespace hassette::schedule {
namespace {

using namespace std::chrono;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class OnTheWall : public InTime {};

TEST_F(OnTheWall, once_at_a_time_of_day_runs_at_the_next_such_time) {
  start_at(2026y / 1 / 10, "12:00");
  const Job later = run_once(TimeOfDay("13:00"), noting());
  const Job tomorrow = run_once(TimeOfDay("12:00"), noting());
  EXPECT_EQ(later.next_run(), loop.wall() + 1h);
  advance(72h);
  EXPECT_THAT(notes, ElementsAre("01-10 13:00:00 CET", "01-11 12:00:00 CET"));
  EXPECT_FALSE(tomorrow.active());
}

TEST_F(OnTheWall, once_at_a_moment_runs_then_or_at_once_when_it_has_passed) {
  start_at(2026y / 1 / 10, "12:00");
  run_once(TimePoint(loop.wall() + 36h), noting());
  run_once(TimePoint(loop.wall() - 1h), noting());
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("01-10 12:00:00 CET"));
  advance(48h);
  EXPECT_THAT(notes, ElementsAre("01-10 12:00:00 CET", "01-12 00:00:00 CET"));
}

TEST_F(OnTheWall, daily_runs_once_a_day) {
  start_at(2026y / 1 / 10, "12:00");
  const Job job = run_daily("07:00", noting());
  advance(72h);
  EXPECT_THAT(notes, ElementsAre("01-11 07:00:00 CET", "01-12 07:00:00 CET", "01-13 07:00:00 CET"));
  EXPECT_TRUE(job.active());
  EXPECT_EQ(job.next_run(), loop.wall() + 19h);
}

TEST_F(OnTheWall, daily_runs_once_on_the_day_that_loses_an_hour) {
  start_at(2026y / 3 / 28, "00:00");
  run_daily("02:30", noting());
  run_daily("03:00", noting());
  run_daily("07:00", noting());
  advance(72h);
  EXPECT_THAT(notes,
              ElementsAre("03-28 02:30:00 CET", "03-28 03:00:00 CET", "03-28 07:00:00 CET",
                          "03-29 03:00:00 CEST", "03-29 03:00:00 CEST", "03-29 07:00:00 CEST",
                          "03-30 02:30:00 CEST", "03-30 03:00:00 CEST", "03-30 07:00:00 CEST"));
}

TEST_F(OnTheWall, daily_runs_once_on_the_day_that_gains_an_hour) {
  start_at(2026y / 10 / 24, "00:00");
  run_daily("02:30", noting());
  run_daily("03:00", noting());
  advance(72h);
  EXPECT_THAT(notes,
              ElementsAre("10-24 02:30:00 CEST", "10-24 03:00:00 CEST", "10-25 02:30:00 CEST",
                          "10-25 03:00:00 CET", "10-26 02:30:00 CET", "10-26 03:00:00 CET"));
}

TEST_F(OnTheWall, daily_runs_on_each_day_of_a_year_in_several_zones) {
  table.connect({.clock_steps_are_told = true});
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"}) {
    notes.clear();
    table.set_zone(*time::Zone::find(name));
    start_at(2026y / 1 / 1, "12:00");
    Job midnight = run_daily("00:00", noting());
    Job in_the_gap = run_daily("02:15", noting());
    advance(days(365));
    midnight.cancel();
    in_the_gap.cancel();
    EXPECT_THAT(notes, SizeIs(2 * 365)) << name;
    std::map<std::string, int> a_day;
    for (const std::string& note : notes) ++a_day[note.substr(0, 5)];
    EXPECT_EQ(a_day.size(), 365u) << name;
    for (const auto& [day, runs] : a_day) EXPECT_EQ(runs, 2) << name << " " << day;
  }
}

TEST_F(OnTheWall, intervals_do_not_care_for_the_clock_on_the_wall) {
  run_every(1h, noting());
  advance(30min);
  clock.step_wall(5h);
  advance(29min);
  EXPECT_THAT(notes, IsEmpty());
  advance(1min);
  EXPECT_THAT(notes, SizeIs(1));
}

TEST_F(OnTheWall, a_clock_that_is_set_forward_makes_a_job_due_within_a_minute) {
  start_at(2026y / 1 / 10, "06:00");
  run_daily("07:00", noting());
  advance(10min);
  clock.step_wall(2h);
  advance(1min);
  EXPECT_THAT(notes, SizeIs(1));
  advance(24h);
  EXPECT_THAT(notes, SizeIs(2)) << "and the next is tomorrow's";
  EXPECT_EQ(notes[1], "01-11 07:00:00 CET");
}

TEST_F(OnTheWall, a_clock_that_is_set_forward_by_days_makes_up_for_one_run) {
  start_at(2026y / 1 / 10, "06:00");
  run_daily("07:00", noting());
  clock.step_wall(days(5));
  advance(2h);
  EXPECT_THAT(notes, ElementsAre("01-15 06:01:00 CET", "01-15 07:00:00 CET"));
}

TEST_F(OnTheWall, a_clock_that_is_set_back_makes_a_job_wait) {
  start_at(2026y / 1 / 10, "06:00");
  run_daily("07:00", noting());
  advance(59min + 30s);
  clock.step_wall(-1h);
  advance(1h);
  EXPECT_THAT(notes, IsEmpty());
  advance(30s);
  EXPECT_THAT(notes, ElementsAre("01-10 07:00:00 CET"));
}

TEST_F(OnTheWall, a_clock_that_is_set_back_over_a_run_does_not_repeat_it) {
  start_at(2026y / 1 / 10, "06:59");
  run_daily("07:00", noting());
  advance(2min);
  clock.step_wall(-30min);
  advance(24h);
  EXPECT_THAT(notes, ElementsAre("01-10 07:00:00 CET"));
  advance(30min);
  EXPECT_THAT(notes, ElementsAre("01-10 07:00:00 CET", "01-11 07:00:00 CET"));
}

TEST_F(OnTheWall, a_clock_that_was_years_ahead_does_not_keep_a_job_waiting_for_years) {
  start_at(2036y / 1 / 10, "12:00");
  run_daily("07:00", noting());
  run_once(TimeOfDay("08:00"), noting());
  advance(1min);
  start_at(2026y / 5 / 1, "12:00");
  advance(24h);
  EXPECT_THAT(notes, ElementsAre("05-02 07:00:00 CEST", "05-02 08:00:00 CEST"));
}

TEST_F(OnTheWall, a_moment_is_that_moment_whatever_the_clock_said_before) {
  start_at(2026y / 1 / 10, "12:00");
  run_once(TimePoint(loop.wall() + 1h), noting());
  clock.step_wall(-days(10));
  advance(days(10));
  EXPECT_THAT(notes, IsEmpty());
  advance(1h);
  EXPECT_THAT(notes, ElementsAre("01-10 13:00:00 CET"));
}

TEST_F(OnTheWall, another_zone_moves_the_jobs_that_follow_it) {
  start_at(2026y / 1 / 10, "12:00");
  const Job daily = run_daily("07:00", noting());
  const Job once = run_once(TimeOfDay("08:00"), noting());
  const Job moment = run_once(TimePoint(loop.wall() + 24h), [] {});
  const Job every = run_every(1h, [] {});
  const TimePoint before = *daily.next_run();
  table.set_zone(*time::Zone::find("America/New_York"));
  EXPECT_EQ(*daily.next_run(), before - 18h) << "seven in New York is one in the afternoon here";
  EXPECT_EQ(*moment.next_run(), loop.wall() + 24h);
  EXPECT_EQ(*every.next_run(), loop.wall() + 1h);
  advance(3h);
  EXPECT_THAT(notes, ElementsAre("01-10 07:00:00 EST", "01-10 08:00:00 EST"));
  EXPECT_FALSE(once.active());
}

}  // namespace
}  // namespace hassette::schedule
