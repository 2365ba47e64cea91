#include "time/zone.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "time/iso8601.hpp"

namespace hassette::time {
namespace {

using namespace std::chrono_literals;

TimePoint utc(const char* text) {
  return parse_iso8601(text).value();
}
Zone zone(const char* name) {
  return Zone::find(name).value();
}
Date day(int year, unsigned month, unsigned number) {
  return {std::chrono::year(year), std::chrono::month(month), std::chrono::day(number)};
}
std::string local(const Zone& in, TimePoint time) {
  return in.to_local(time).str();
}

TEST(Zone, finds_the_offset_in_summer) {
  const LocalTime time = zone("Europe/Berlin").to_local(utc("2026-07-01T10:20:30.000007Z"));
  EXPECT_EQ(time.hour, 12);
  EXPECT_EQ(time.utc_offset, 2h);
  EXPECT_EQ(time.zone, "CEST");
  EXPECT_EQ(time.microsecond, 7);
}

TEST(Zone, finds_the_offset_in_winter) {
  EXPECT_EQ(local(zone("Europe/Berlin"), utc("2026-01-01T10:20:30Z")), "2026-01-01 11:20:30 CET");
}

TEST(Zone, is_utc_by_default) {
  EXPECT_EQ(local(Zone(), utc("2026-07-01T10:20:30Z")), "2026-07-01 10:20:30 UTC");
  EXPECT_EQ(Zone::find("UTC"), Zone::utc());
  EXPECT_EQ(Zone().name(), "UTC");
  EXPECT_EQ(Zone().resolve(day(2026, 7, 1), "10:00"), utc("2026-07-01T10:00:00Z"));
}

TEST(Zone, shows_times_before_1970_rightly) {
  EXPECT_EQ(local(Zone(), utc("1969-12-31T23:59:59.5Z")), "1969-12-31 23:59:59 UTC");
}

TEST(Zone, names_the_nearest_when_it_is_unknown) {
  EXPECT_EQ(Zone::find("Europe/Berln").error(),
            "there is no time zone `Europe/Berln`; did you mean `Europe/Berlin`?");
  EXPECT_EQ(Zone::find("Amsterdam").error(),
            "there is no time zone `Amsterdam`; did you mean `Europe/Amsterdam`?");
  EXPECT_EQ(Zone::find("New York").error(),
            "there is no time zone `New York`; did you mean `America/New_York`?");
  EXPECT_EQ(Zone::find("Atlantis/Capital").error(),
            "there is no time zone `Atlantis/Capital`; write an IANA name such as `Europe/Berlin`");
  EXPECT_FALSE(Zone::find(""));
  EXPECT_FALSE(Zone::find("../../etc/passwd"));
}

TEST(Zone, moves_a_skipped_time_to_the_first_moment_after) {
  const Zone berlin = zone("Europe/Berlin");
  EXPECT_EQ(local(berlin, berlin.resolve(day(2026, 3, 29), "02:30")), "2026-03-29 03:00:00 CEST");
  EXPECT_EQ(local(berlin, berlin.resolve(day(2026, 3, 29), "02:30", SkipRule::kShiftForward)),
            "2026-03-29 03:30:00 CEST");
}

TEST(Zone, takes_the_first_of_a_repeated_time) {
  const Zone berlin = zone("Europe/Berlin");
  EXPECT_EQ(berlin.resolve(day(2026, 10, 25), "02:30"), utc("2026-10-25T00:30:00Z"));
  EXPECT_EQ(berlin.resolve(day(2026, 10, 25), "02:30", SkipRule::kFirstAfter, RepeatRule::kLater),
            utc("2026-10-25T01:30:00Z"));
}

TEST(Zone, knows_the_half_hour_of_lord_howe) {
  const Zone howe = zone("Australia/Lord_Howe");
  EXPECT_EQ(howe.to_local(utc("2026-07-01T00:00:00Z")).utc_offset, 10h + 30min);
  EXPECT_EQ(howe.to_local(utc("2026-12-01T00:00:00Z")).utc_offset, 11h);
  // 02:00 becomes 02:30 on 4 October.
  EXPECT_EQ(howe.resolve(day(2026, 10, 4), "02:15"), howe.resolve(day(2026, 10, 4), "02:30"));
}

TEST(Zone, knows_the_day_that_apia_never_had) {
  const Zone apia = zone("Pacific/Apia");
  EXPECT_TRUE(apia.has_day(day(2011, 12, 29)));
  EXPECT_FALSE(apia.has_day(day(2011, 12, 30)));
  EXPECT_TRUE(apia.has_day(day(2011, 12, 31)));
  const TimePoint before = apia.resolve(day(2011, 12, 29), "07:30");
  const TimePoint after = apia.next_daily(before, "07:30");
  EXPECT_EQ(apia.date_of(after), day(2011, 12, 31));
  EXPECT_EQ(after - before, 24h);
}

TEST(NextDaily, is_after_and_never_at_its_start) {
  const Zone berlin = zone("Europe/Berlin");
  const TimePoint due = berlin.resolve(day(2026, 5, 3), "07:30");
  EXPECT_EQ(berlin.next_daily(due - 1us, "07:30"), due);
  EXPECT_EQ(berlin.next_daily(due, "07:30"), berlin.resolve(day(2026, 5, 4), "07:30"));
}

TEST(NextDaily, does_not_come_twice_in_a_repeated_hour) {
  const Zone berlin = zone("Europe/Berlin");
  const TimePoint first = berlin.next_daily(utc("2026-10-24T12:00:00Z"), "02:30");
  EXPECT_EQ(first, utc("2026-10-25T00:30:00Z"));
  // Asked again between both 02:30s, and after the second one.
  EXPECT_EQ(berlin.next_daily(utc("2026-10-25T01:10:00Z"), "02:30"), utc("2026-10-26T01:30:00Z"));
  EXPECT_EQ(berlin.next_daily(first, "02:30"), utc("2026-10-26T01:30:00Z"));
}

struct Year {
  const char* zone;
  int year;
  int days;  // that the local calendar had
};

class SimulatedYear : public testing::TestWithParam<Year> {};

// Follows a daily job through a year, and counts its days by looking at the local calendar in steps
// of ten minutes, which knows nothing about gaps and repeats.
TEST_P(SimulatedYear, fires_exactly_once_on_every_local_day) {
  const Zone in = zone(GetParam().zone);
  const TimePoint start = in.resolve(day(GetParam().year, 1, 1), "00:00");
  const TimePoint end = in.resolve(day(GetParam().year + 1, 1, 1), "00:00");
  std::map<std::chrono::sys_days, int> days;
  for (TimePoint time = start; time < end; time += 10min) {
    days.emplace(std::chrono::sys_days(in.date_of(time)), 0);
  }
  EXPECT_EQ(static_cast<int>(days.size()), GetParam().days);

  for (const TimeOfDay at : {TimeOfDay("00:00"), TimeOfDay("00:30"), TimeOfDay("01:59:59"),
                             TimeOfDay("02:00"), TimeOfDay("02:15"), TimeOfDay("02:30"),
                             TimeOfDay("03:00"), TimeOfDay("12:00"), TimeOfDay("23:59:59")}) {
    for (const RepeatRule rule : {RepeatRule::kEarlier, RepeatRule::kLater}) {
      auto fired = days;
      TimePoint time = start - 1us;
      while ((time = in.next_daily(time, at, SkipRule::kFirstAfter, rule)) < end) {
        const LocalTime shown = in.to_local(time);
        ++fired[std::chrono::sys_days(shown.date())];
        // It shows the time that was asked for, or else the first one after a gap.
        if (shown.time_of_day() != at) {
          const LocalTime before = in.to_local(time - 1us);
          EXPECT_TRUE(before.date() < shown.date() || before.time_of_day() < at) << shown;
          EXPECT_GT(shown.utc_offset, before.utc_offset) << shown;
        }
      }
      for (const auto& [date, count] : fired) {
        EXPECT_EQ(count, 1) << in.name() << ' ' << at << " on day "
                            << date.time_since_epoch().count();
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Zones, SimulatedYear,
    testing::Values(Year{"UTC", 2026, 365}, Year{"Europe/Berlin", 2026, 365},
                    Year{"America/New_York", 2028, 366}, Year{"Australia/Lord_Howe", 2026, 365},
                    Year{"Pacific/Apia", 2011, 364}, Year{"Africa/Casablanca", 2026, 365},
                    Year{"America/Santiago", 2026, 365}, Year{"Africa/Cairo", 2026, 365},
                    Year{"Asia/Kathmandu", 2026, 365}, Year{"America/Scoresbysund", 2024, 366}),
    [](const auto& test) {
      std::string name = test.param.zone;
      for (char& c : name) c = c == '/' ? '_' : c;
      return name;
    });

}  // namespace
}  // namespace hassette::time
