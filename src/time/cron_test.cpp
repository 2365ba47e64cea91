#include "time/cron.hpp"

#include <gtest/gtest.h>

#include "time/testing.hpp"

namespace hassette::time {
namespace {

using namespace testing_model;

Cron cron(const char* expression) {
  auto parsed = Cron::parse(expression);
  if (!parsed) throw std::runtime_error(parsed.error());
  return *std::move(parsed);
}

// The next `count` times, one a line, without the zone's name.
std::string times(const char* expression, const char* after, int count, const Zone& in = Zone()) {
  std::string text;
  TimePoint time = utc(after);
  for (int i = 0; i < count; ++i) {
    const auto next = cron(expression).next(time, in);
    if (!next) return text + "none";
    text += (i > 0 ? " " : "") + local(in, *next).substr(0, 16);
    time = *next;
  }
  return text;
}

TEST(Cron, fires_at_minutes_and_hours) {
  EXPECT_EQ(times("30 7 * * *", "2026-05-03T07:30:00Z", 2), "2026-05-04 07:30 2026-05-05 07:30");
  EXPECT_EQ(times("*/20 * * * *", "2026-05-03T07:30:00Z", 3),
            "2026-05-03 07:40 2026-05-03 08:00 2026-05-03 08:20");
  EXPECT_EQ(times("5/25 22-1 * * *", "2026-05-03T21:30:00Z", 4),
            "2026-05-03 22:05 2026-05-03 22:30 2026-05-03 22:55 2026-05-03 23:05");
  EXPECT_EQ(times("0 0,12 * * *", "2026-05-03T07:30:00Z", 2), "2026-05-03 12:00 2026-05-04 00:00");
}

TEST(Cron, has_its_second_in_front_of_six_fields) {
  const TimePoint after = utc("2026-05-03T07:30:00Z");
  EXPECT_EQ(cron("15,45 * * * * *").next(after, Zone()), after + 15s);
  EXPECT_EQ(cron("15,45 * * * * *").next(after + 15s, Zone()), after + 45s);
  EXPECT_EQ(cron("15,45 * * * * *").next(after + 45s, Zone()), after + 75s);
  EXPECT_EQ(cron("*/10 * * * * *").next(after + 1us, Zone()), after + 10s);
  EXPECT_EQ(cron("30 0 8 * * *").next(after, Zone()), utc("2026-05-03T08:00:30Z"));
}

TEST(Cron, is_strictly_after_its_start) {
  const TimePoint noon = utc("2026-05-03T12:00:00Z");
  EXPECT_EQ(cron("0 12 * * *").next(noon - 1us, Zone()), noon);
  EXPECT_EQ(cron("0 12 * * *").next(noon, Zone()), noon + 24h);
  EXPECT_EQ(cron("0 12 * * *").next(noon + 1us, Zone()), noon + 24h);
}

TEST(Cron, knows_names_and_both_sundays) {
  EXPECT_EQ(times("0 9 * jan MON", "2026-05-03T00:00:00Z", 2), "2027-01-04 09:00 2027-01-11 09:00");
  EXPECT_EQ(times("0 9 * * 0", "2026-05-01T00:00:00Z", 1), "2026-05-03 09:00");
  EXPECT_EQ(times("0 9 * * 7", "2026-05-01T00:00:00Z", 1), "2026-05-03 09:00");
  EXPECT_EQ(times("0 9 * * sunday", "2026-05-01T00:00:00Z", 1), "2026-05-03 09:00");
  EXPECT_EQ(times("0 9 * * fri-mon", "2026-05-01T12:00:00Z", 4),
            "2026-05-02 09:00 2026-05-03 09:00 2026-05-04 09:00 2026-05-08 09:00");
  EXPECT_EQ(times("0 9 1 nov-feb *", "2026-12-01T12:00:00Z", 3),
            "2027-01-01 09:00 2027-02-01 09:00 2027-11-01 09:00");
  EXPECT_EQ(times("0 9 * * 5-7", "2026-05-01T12:00:00Z", 2), "2026-05-02 09:00 2026-05-03 09:00");
}

TEST(Cron, finds_last_days_and_numbered_weekdays) {
  EXPECT_EQ(times("0 0 L * *", "2028-01-31T12:00:00Z", 2), "2028-02-29 00:00 2028-03-31 00:00");
  EXPECT_EQ(times("0 0 L-2 2 *", "2027-01-31T12:00:00Z", 1), "2027-02-26 00:00");
  for (const char* expression : {"0 0 * * 5L", "0 0 * * L5", "0 0 * * friL"}) {
    EXPECT_EQ(times(expression, "2026-05-03T00:00:00Z", 2), "2026-05-29 00:00 2026-06-26 00:00");
  }
  EXPECT_EQ(times("0 0 * * 2#2", "2026-05-03T00:00:00Z", 2), "2026-05-12 00:00 2026-06-09 00:00");
  EXPECT_EQ(times("0 0 * * tue#5", "2026-05-03T00:00:00Z", 2), "2026-06-30 00:00 2026-09-29 00:00");
  EXPECT_EQ(times("0 0 ? * 7#1,3L", "2026-05-03T12:00:00Z", 2),
            "2026-05-27 00:00 2026-06-07 00:00");
}

TEST(Cron, takes_either_day_where_both_are_restricted) {
  EXPECT_EQ(times("0 0 13 * 5", "2026-03-01T00:00:00Z", 4),
            "2026-03-06 00:00 2026-03-13 00:00 2026-03-20 00:00 2026-03-27 00:00");
  // A field that begins with a star restricts together with the other one: odd days that are
  // Mondays.
  EXPECT_EQ(times("0 0 */2 * 1", "2026-05-01T00:00:00Z", 2), "2026-05-11 00:00 2026-05-25 00:00");
}

TEST(Cron, waits_years_for_a_leap_day) {
  EXPECT_EQ(times("0 0 29 2 *", "2096-02-29T00:00:00Z", 1), "2104-02-29 00:00");
  // The 29th as a Monday, which comes every 28 years.
  EXPECT_EQ(times("0 0 */28 2 1", "2044-02-29T00:00:00Z", 1), "2049-02-01 00:00");
  EXPECT_EQ(times("0 0 * 2 mon#5", "2072-02-29T00:00:00Z", 1), "2112-02-29 00:00");
}

TEST(Cron, has_short_names) {
  const char* after = "2026-05-03T07:30:00Z";
  EXPECT_EQ(times("@hourly", after, 1), "2026-05-03 08:00");
  EXPECT_EQ(times("@daily", after, 1), "2026-05-04 00:00");
  EXPECT_EQ(times("@midnight", after, 1), "2026-05-04 00:00");
  EXPECT_EQ(times("@weekly", after, 1), "2026-05-10 00:00");
  EXPECT_EQ(times("@monthly", after, 1), "2026-06-01 00:00");
  EXPECT_EQ(times("@yearly", after, 1), "2027-01-01 00:00");
  EXPECT_EQ(times("@annually", after, 1), "2027-01-01 00:00");
}

TEST(Cron, fires_once_for_times_that_the_clocks_skip) {
  const Zone berlin = zone("Europe/Berlin");
  EXPECT_EQ(times("30 2 * * *", "2026-03-28T12:00:00Z", 2, berlin),
            "2026-03-29 03:00 2026-03-30 02:30");
  EXPECT_EQ(times("*/10 2 * * *", "2026-03-28T12:00:00Z", 2, berlin),
            "2026-03-29 03:00 2026-03-30 02:00");
  EXPECT_EQ(times("0,30 2,3 * * *", "2026-03-28T12:00:00Z", 3, berlin),
            "2026-03-29 03:00 2026-03-29 03:30 2026-03-30 02:00");
}

TEST(Cron, fires_once_for_times_that_the_clocks_repeat) {
  const Zone berlin = zone("Europe/Berlin");
  EXPECT_EQ(cron("30 2 * * *").next(utc("2026-10-24T12:00:00Z"), berlin),
            utc("2026-10-25T00:30:00Z"));
  EXPECT_EQ(cron("30 2 * * *").next(utc("2026-10-25T00:30:00Z"), berlin),
            utc("2026-10-26T01:30:00Z"));
}

TEST(Cron, follows_elapsed_time_where_it_repeats_within_the_hours) {
  const Zone berlin = zone("Europe/Berlin");
  EXPECT_TRUE(cron("*/15 * * * *").follows_elapsed_time());
  EXPECT_TRUE(cron("30 * * * *").follows_elapsed_time());
  EXPECT_TRUE(cron("*/10 */2 * * *").follows_elapsed_time());
  EXPECT_FALSE(cron("0 */2 * * *").follows_elapsed_time());
  EXPECT_FALSE(cron("*/15 8-17 * * *").follows_elapsed_time());
  for (const char* change : {"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"}) {
    TimePoint time = utc(change) - 3h;
    for (int i = 0; i < 24; ++i) {
      const auto next = cron("*/15 * * * *").next(time, berlin);
      EXPECT_EQ(next, time + 15min);
      time += 15min;
    }
  }
}

TEST(Cron, is_nothing_where_its_rule_drops_each_time) {
  // 02:30 on the last Sunday in March never is in Berlin, from 1996 on.
  const Cron never = cron("30 2 * 3 7L");
  EXPECT_EQ(never.next(utc("2026-01-01T00:00:00Z"), zone("Europe/Berlin"),
                       {.skipped = Skipped::kDropped}),
            std::nullopt);
  EXPECT_EQ(local(zone("Europe/Berlin"),
                  never.next(utc("2026-01-01T00:00:00Z"), zone("Europe/Berlin")).value()),
            "2026-03-29 03:00:00 CEST");
}

TEST(Cron, ends_with_the_calendar) {
  EXPECT_EQ(cron("* * * * *").next(TimePoint::max(), zone("Europe/Berlin")), std::nullopt);
  (void)cron("* * * * *").next(TimePoint::min(), zone("Europe/Berlin"));
}

struct Refused {
  const char* expression;
  const char* reason;
};

class BadCron : public testing::TestWithParam<Refused> {};

TEST_P(BadCron, is_refused_with_a_sentence) {
  const auto parsed = Cron::parse(GetParam().expression);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error(), std::string("the cron expression `") + GetParam().expression +
                                "` is wrong: " + GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    Expressions, BadCron,
    testing::Values(
        Refused{"0 0 31 2 *", "it would never fire, for no date has that day in that month"},
        Refused{"0 0 30,31 feb *", "it would never fire, for no date has that day in that month"},
        Refused{"0 0 31 4,6,9,11 *", "it would never fire, for no date has that day in that month"},
        Refused{"0 24 * * *", "`24` is no hour; it takes 0 to 23"},
        Refused{"60 * * * *", "`60` is no minute; it takes 0 to 59"},
        Refused{"0 0 0 * *", "`0` is no day of month; it takes 1 to 31, or L for the last day"},
        Refused{"0 0 * foo *", "`foo` is no month; it takes 1 to 12, or jan to dec"},
        Refused{"0 0 * * 8",
                "`8` is no day of week; it takes 0 to 7, or mon to sun, like 5L or 5#2 too"},
        Refused{"0 0 * * 2#6",
                "`2#6` is no day of the month; write a day of the week, # and 1 to 5, like 2#2 for "
                "the second Tuesday"},
        Refused{"0 0 * * L",
                "an L in the day of week needs its day; write 5L for the last Friday of the month"},
        Refused{"*/60 * * * *",
                "the step in `*/60` of the minute is not allowed; it goes from 1 "
                "to 59"},
        Refused{"*/0 * * * *",
                "the step in `*/0` of the minute is not allowed; it goes from 1 to "
                "59"},
        Refused{"1,,2 * * * *", "an item of the minute is empty; it takes 0 to 59"},
        Refused{"1- * * * *", "`1-` is no minute; it takes 0 to 59"},
        Refused{"-1 * * * *", "`-1` is no minute; it takes 0 to 59"},
        Refused{"? * * * *", "`?` is no minute; it takes 0 to 59"},
        Refused{"99999999999999999999 * * * *",
                "`99999999999999999999` is no minute; it takes 0 to 59"},
        Refused{
            "0 7 * * 1 30",
            "`30` is no day of week; it takes 0 to 7, or mon to sun, like 5L or 5#2 too (of six "
            "fields the first is the second)"},
        Refused{"1 2 3",
                "it has 3 fields; write minute, hour, day of month, month and day of week, "
                "with the second in front if wanted"},
        Refused{"",
                "it has 0 fields; write minute, hour, day of month, month and day of week, "
                "with the second in front if wanted"},
        Refused{"@reboot", "@reboot is no time; do it in on_initialize, which runs at every start"},
        Refused{"@often", "it takes @hourly, @daily, @weekly, @monthly or @yearly"}),
    [](const auto& test) { return "number" + std::to_string(test.index); });

TEST(Cron, reads_as_a_sentence) {
  const auto text = [](const char* expression) { return cron(expression).describe(); };
  EXPECT_EQ(text("30 7 * * mon-fri"), "at 07:30 on Monday to Friday");
  EXPECT_EQ(text("0 7,19 * * *"), "at 07:00 and 19:00");
  EXPECT_EQ(text("* * * * *"), "every minute");
  EXPECT_EQ(text("*/5 * * * *"), "every 5 minutes");
  EXPECT_EQ(text("*/5 8-17 * * *"), "every 5 minutes from 08:00 to 17:59");
  EXPECT_EQ(text("15,45 * * * *"), "at minutes 15 and 45");
  EXPECT_EQ(text("@hourly"), "every hour");
  EXPECT_EQ(text("0 */6 * * *"), "every 6 hours");
  EXPECT_EQ(text("* * * * * *"), "every second");
  EXPECT_EQ(text("*/10 * * * * *"), "every 10 seconds");
  EXPECT_EQ(text("5 * * * * *"), "at second 5, every minute");
  EXPECT_EQ(text("30 0 8 * * *"), "at 08:00:30");
  EXPECT_EQ(text("0 0 1,15 * *"), "at 00:00 on days 1 and 15 of the month");
  EXPECT_EQ(text("0 0 L * *"), "at 00:00 on the last day of the month");
  EXPECT_EQ(text("0 0 * * 2#2"), "at 00:00 on the second Tuesday");
  EXPECT_EQ(text("0 0 * jan,jul 5L"), "at 00:00 on the last Friday in January and July");
  EXPECT_EQ(text("0 0 13 * 5"), "at 00:00 on day 13 of the month or on Friday");
  EXPECT_EQ(text("*/10 */2 * * *"), "every 10 minutes in every 2nd hour");
}

}  // namespace
}  // namespace hassette::time
