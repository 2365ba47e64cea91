#include "schedule/testing.hpp"

namespace hassette::schedule {
namespace {

using namespace std::chrono;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class Triggers : public InTime {};

TEST_F(Triggers, every_may_begin_at_a_moment_and_goes_on_without_drift) {
  start_at(2026y / 1 / 10, "12:00");
  schedule(Every{20min}, noting(), {.name = "later", .start = loop.wall() + 5min});
  schedule(Every{1h}, noting(), {.name = "since", .start = loop.wall() - 90min});
  advance(50min);
  EXPECT_THAT(notes, ElementsAre("01-10 12:05:00 CET", "01-10 12:25:00 CET", "01-10 12:30:00 CET",
                                 "01-10 12:45:00 CET"));
}

TEST_F(Triggers, every_may_begin_in_step_with_midnight) {
  start_at(2026y / 1 / 10, "12:07");
  const Job job = schedule(Every{15min}, noting(), {.name = "quarters", .aligned = true});
  EXPECT_EQ(job.trigger(), "every 15 min, aligned to midnight");
  advance(30min);
  EXPECT_THAT(notes, ElementsAre("01-10 12:15:00 CET", "01-10 12:30:00 CET"));
}

TEST_F(Triggers, minutely_and_hourly_follow_the_clock) {
  start_at(2026y / 1 / 10, "12:07:30");
  schedule(Minutely{20}, noting());
  schedule(Hourly{6}, noting());
  advance(1h);
  EXPECT_THAT(notes, ElementsAre("01-10 12:20:00 CET", "01-10 12:40:00 CET", "01-10 13:00:00 CET"));
  notes.clear();
  schedule(Hourly{6}, noting());
  advance(6h);
  EXPECT_THAT(notes, testing::Contains("01-10 18:00:00 CET").Times(3)) << "and the minutely one";
}

TEST_F(Triggers, weekly_runs_on_its_days) {
  start_at(2026y / 3 / 25, "12:00");  // a Wednesday; the clocks change on Sunday
  const Job job = schedule(Weekly{.days = {Sunday, Monday}, .at = "07:00"}, noting());
  EXPECT_EQ(job.trigger(), "at 07:00 on Sunday and Monday");
  advance(days(8));
  EXPECT_THAT(notes, ElementsAre("03-29 07:00:00 CEST", "03-30 07:00:00 CEST"));
}

TEST_F(Triggers, cron_runs_by_its_expression_also_with_seconds) {
  start_at(2026y / 1 / 9, "12:00");  // a Friday
  const Job job = schedule(CronTimes{"30 7 * * mon-fri"}, noting());
  EXPECT_THAT(job.trigger(), StartsWith("cron 30 7 * * mon-fri: "));
  advance(days(4));
  EXPECT_THAT(notes, ElementsAre("01-12 07:30:00 CET", "01-13 07:30:00 CET"));
  notes.clear();
  schedule(CronTimes{"*/20 0 12 * * *"}, noting());
  advance(1min);
  EXPECT_THAT(notes, ElementsAre("01-13 12:00:20 CET", "01-13 12:00:40 CET"));
}

TEST_F(Triggers, cron_within_the_hour_follows_elapsed_time_through_both_changes) {
  struct Case {
    const char* zone;
    Date day;
    std::size_t quarters;
  };
  for (const Case& c :
       {Case{"Europe/Berlin", 2026y / 10 / 25, 100}, Case{"Europe/Berlin", 2026y / 3 / 29, 92},
        Case{"Australia/Lord_Howe", 2026y / 4 / 5, 98},
        Case{"Australia/Lord_Howe", 2026y / 10 / 4, 94}}) {
    set_zone(c.zone);
    start_at(c.day, "00:00");
    clock.step_wall(-1s);
    notes.clear();
    Job job = schedule(CronTimes{"*/15 * * * *"}, noting());
    advance(1s + 15min * (c.quarters - 1));
    job.cancel();
    EXPECT_THAT(notes, SizeIs(c.quarters)) << c.zone;
    advance(15min);
    EXPECT_THAT(local_time(), HasSubstr("00:00:00")) << c.zone << ": the day is over";
  }
}

TEST_F(Triggers, the_rule_for_skipped_and_repeated_times_can_be_set) {
  start_at(2026y / 3 / 28, "12:00");
  schedule(Daily{"02:30"}, noting(),
           {.name = "shifted", .clock = WallClockRule{.skipped = Skipped::kShifted}});
  schedule(Daily{"02:30"}, noting(),
           {.name = "dropped", .clock = WallClockRule{.skipped = Skipped::kDropped}});
  advance(24h);
  EXPECT_THAT(notes, ElementsAre("03-29 03:30:00 CEST"));
  scheduler.cancel_all();
  notes.clear();
  start_at(2026y / 10 / 24, "12:00");
  schedule(Daily{"02:30"}, noting(),
           {.name = "second", .clock = WallClockRule{.repeated = Repeated::kSecond}});
  schedule(CronTimes{"30 2 * * *"}, noting(),
           {.name = "both", .clock = WallClockRule{.repeated = Repeated::kBoth}});
  advance(24h);
  EXPECT_THAT(notes,
              ElementsAre("10-25 02:30:00 CEST", "10-25 02:30:00 CET", "10-25 02:30:00 CET"));
}

TEST_F(Triggers, the_sun_of_the_home_decides_when_it_sets) {
  start_at(2026y / 6 / 21, "12:00");
  const Job sunset = schedule(AtSun{SunEvent::sunset()}, noting());
  const Job before = run_daily("sunset-30min", noting());
  const Job after = schedule(AtSun{.event = SunEvent::sunset(), .offset = 30min}, noting());
  EXPECT_EQ(*sunset.next_run() - *before.next_run(), 30min);
  EXPECT_EQ(*after.next_run() - *sunset.next_run(), 30min);
  EXPECT_EQ(before.trigger(), "30 min before sunset, daily");
  const TimePoint expected = local(2026y / 6 / 21, "21:33");
  EXPECT_LT(abs(*sunset.next_run() - expected), 3min);
  advance(72h);
  EXPECT_THAT(notes, SizeIs(9));
}

TEST_F(Triggers, the_sun_that_does_not_set_for_months_makes_a_job_wait_without_searching) {
  table.set_place({.zone = *time::Zone::find("Europe/Oslo"),
                   .observer = {.latitude = 69.65, .longitude = 18.96, .elevation = 0}});
  start_at(2026y / 6 / 1, "12:00");
  const Job sunset = schedule(AtSun{SunEvent::sunset()}, noting());
  const LocalTime next = table.zone().to_local(*sunset.next_run());
  EXPECT_EQ(next.month, 7);
  EXPECT_GT(next.day, 20);
  advance(days(30));
  EXPECT_THAT(notes, IsEmpty());
  const Job never = schedule(AtSun{SunEvent::rising_through(80)}, noting());
  EXPECT_EQ(never.state(), JobState::kWaiting);
  EXPECT_THAT(never.waits_for(), HasSubstr("does not happen here within a year"));
  EXPECT_TRUE(never.active());
}

TEST_F(Triggers, another_place_moves_the_jobs_of_the_sun) {
  start_at(2026y / 6 / 21, "12:00");
  const Job sunset = schedule(AtSun{SunEvent::sunset()}, noting());
  const TimePoint before = *sunset.next_run();
  table.set_place({.zone = table.zone(), .observer = {.latitude = 52.52, .longitude = 28.405}});
  EXPECT_LT(abs(before - *sunset.next_run() - 1h), 5min) << "fifteen degrees farther east";
}

TEST_F(Triggers, once_obeys_what_it_is_told_about_the_past) {
  start_at(2026y / 1 / 10, "12:00");
  schedule(Once{"11:00"}, noting(), {.name = "tomorrow"});
  schedule(Once{"11:00"}, noting(), {.name = "now", .if_past = IfPast::kNow});
  schedule(Once{"13:00"}, noting(), {.name = "later", .if_past = IfPast::kNow});
  EXPECT_THAT(refusal(Once{"11:00"}, {.name = "t", .if_past = IfPast::kError}),
              HasSubstr("11:00 has passed today"));
  EXPECT_THAT(refusal(At{loop.wall() - 1s}, {.name = "t", .if_past = IfPast::kError}),
              HasSubstr("has passed"));
  EXPECT_THAT(refusal(At{loop.wall()}, {.name = "t", .if_past = IfPast::kTomorrow}),
              HasSubstr("needs a time of day"));
  advance(24h);
  EXPECT_THAT(notes, ElementsAre("01-10 12:00:00 CET", "01-10 13:00:00 CET", "01-11 11:00:00 CET"));
}

/// Full hours at which the home's clock shows a prime.
struct PrimeHours {
  std::optional<TimePoint> next(TimePoint after, const Place& place) const {
    for (;;) {
      after = floor<hours>(after) + 1h;
      switch (place.to_local(after).hour) {
        case 2:
        case 3:
        case 5:
        case 7:
          return after;
        default:
          continue;
      }
    }
  }
  std::string describe() const { return "at prime hours"; }
};

struct Twice {
  std::optional<TimePoint> next(TimePoint after, const Place&) {
    return left-- > 0 ? std::optional(after + 1h) : std::nullopt;
  }
  int left = 2;
};

struct Backwards {
  std::optional<TimePoint> next(TimePoint after, const Place&) const { return after - 1h; }
};

struct Broken {
  std::optional<TimePoint> next(TimePoint after, const Place&) {
    if (calls++ > 0) throw Error("x", "no idea");
    return after + 1h;
  }
  int calls = 0;
};

TEST_F(Triggers, may_be_the_authors_own) {
  start_at(2026y / 1 / 10, "01:30");
  const Job primes = schedule(PrimeHours(), noting());
  EXPECT_EQ(primes.trigger(), "at prime hours");
  const Job twice = schedule(Twice(), noting());
  EXPECT_EQ(twice.trigger(), "a trigger of the app's own");
  advance(6h);
  EXPECT_THAT(notes, ElementsAre("01-10 02:00:00 CET", "01-10 02:30:00 CET", "01-10 03:00:00 CET",
                                 "01-10 03:30:00 CET", "01-10 05:00:00 CET", "01-10 07:00:00 CET"));
  EXPECT_EQ(twice.state(), JobState::kCompleted);
}

TEST_F(Triggers, that_give_the_past_neither_spin_nor_block) {
  schedule(Backwards(), noting());
  advance(5s);
  EXPECT_THAT(notes, SizeIs(5)) << "once a second";
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("is asked again a second later"))) << "said once";
}

TEST_F(Triggers, that_throw_have_had_their_last_time) {
  const Job job = schedule(Broken(), noting());
  advance(3h);
  EXPECT_THAT(notes, SizeIs(1)) << "the run that was due is done";
  EXPECT_EQ(job.state(), JobState::kCompleted);
  EXPECT_THAT(logged(), ElementsAre(AllOf(HasSubstr("the trigger of `test` failed"),
                                          HasSubstr("no idea"), HasSubstr("testing.hpp:"))));
}

TEST_F(Triggers, are_refused_with_one_sentence_and_the_place) {
  EXPECT_THAT(refusal(CronTimes{"0 0 31 2 *"}), StartsWith("job `t`: "));
  EXPECT_THAT(refusal(CronTimes{"0 0 31 2 *"}), HasSubstr("[testing.hpp:"));
  EXPECT_THAT(refusal(CronTimes{"61 * * * *"}), HasSubstr("61"));
  EXPECT_THAT(refusal(Minutely{7}), HasSubstr("does not divide into 7 minutes"));
  EXPECT_THAT(refusal(Hourly{0}), HasSubstr("does not divide into 0 hours"));
  EXPECT_THAT(refusal(Weekly{.days = {}, .at = "07:00"}), HasSubstr("no day of the week"));
  EXPECT_THAT(refusal(Weekly{.days = Weekdays::all(), .at = {}}), HasSubstr("unset"));
  EXPECT_THAT(refusal(AtSun{.event = SunEvent::noon(), .offset = 13h}), HasSubstr("offset"));
  EXPECT_THAT(refusal(After{-1s}), HasSubstr("negative"));
  EXPECT_THAT(refusal(After{hours(24 * 365 * 1000)}), HasSubstr("longer than a hundred years"));
  EXPECT_THAT(refusal(Every{std::chrono::years(500)}), HasSubstr("longer than a hundred years"));
  EXPECT_THAT(refusal(At{TimePoint::max()}), HasSubstr("outside the years"));
  EXPECT_THAT(refusal(Every{1h}, {.name = "t", .start = TimePoint::min()}),
              HasSubstr("outside the years"));
  EXPECT_THAT(refusal(EntityTime{.entity = "no id"}), HasSubstr("`no id` is no entity id"));
  EXPECT_THAT(refusal(EntityTime{.entity = "sensor.a"}), HasSubstr("no entities"));
  EXPECT_THAT(refusal(CalendarTime{.calendar = "light.a"}), HasSubstr("is no calendar"));
  EXPECT_THAT(refusal(CalendarTime{.calendar = "calendar.a"}), HasSubstr("no calendars"));
  for (const std::chrono::hours far : {-24h * 7 - 1h, 25h}) {
    EXPECT_THAT(refusal(CalendarTime{.calendar = "calendar.a", .offset = far}),
                HasSubstr("the offset is not within 7 d before and 24 h after"));
  }
}

}  // namespace
}  // namespace hassette::schedule
