#include "time/wall_clock.hpp"

#include <gtest/gtest.h>

#include "time/testing.hpp"

namespace hassette::time {
namespace {

using namespace testing_model;

struct Year {
  const char* zone;
  int year;
};

class WallClockYear : public testing::TestWithParam<Year> {
 protected:
  WallClockYear()
      : in(zone(GetParam().zone)),
        begin(in.start_of(day(GetParam().year, 1, 1))),
        end(in.start_of(day(GetParam().year + 1, 1, 1))),
        clock(walked(in, begin, end)) {}

  // Reading a clock for a year takes a while: once for all tests of a zone.
  static const WallClock& walked(const Zone& in, TimePoint begin, TimePoint end) {
    static std::map<std::pair<std::string, TimePoint>, WallClock> known;
    return known.try_emplace({std::string(in.name()), begin}, in, begin, end, 15min).first->second;
  }

  Zone in;
  TimePoint begin;
  TimePoint end;
  const WallClock& clock;
};

// Each local time fires once a day, or as the rule says, against a clock that is read every
// quarter of an hour of the year, at which all of these zones change theirs.
TEST_P(WallClockYear, daily_times_fire_as_a_clock_on_the_wall_shows_them) {
  for (const TimeOfDay at : {TimeOfDay("00:00"), TimeOfDay("00:15"), TimeOfDay("01:30"),
                             TimeOfDay("02:00"), TimeOfDay("02:15"), TimeOfDay("02:45"),
                             TimeOfDay("03:00"), TimeOfDay("07:30"), TimeOfDay("23:45")}) {
    for (const WallClockRule rule : kAllRules) {
      const auto expected = clock.firings(
          [at](local_seconds shown) {
            return shown - std::chrono::floor<std::chrono::days>(shown) == at.since_midnight();
          },
          rule);
      std::set<TimePoint> fired;
      for (auto time = next_local(begin - 1us, at, Weekdays::all(), in, rule); *time < end;
           time = next_local(*time, at, Weekdays::all(), in, rule)) {
        EXPECT_TRUE(fired.insert(*time).second);
      }
      ASSERT_EQ(list(in, fired), list(in, expected)) << at;
    }
  }
}

TEST_P(WallClockYear, weekly_times_fire_on_their_days_only) {
  using namespace std::chrono;
  for (const Weekdays on : {Weekdays::weekend(), Weekdays{Monday, Wednesday}, Weekdays(Sunday)}) {
    const auto expected = clock.firings(
        [on](local_seconds shown) {
          const auto date = floor<days>(shown);
          return shown - date == 2h + 30min && on.contains(Weekday(date));
        },
        {});
    std::set<TimePoint> fired;
    for (auto time = next_local(begin - 1us, "02:30", on, in); *time < end;
         time = next_local(*time, "02:30", on, in)) {
      fired.insert(*time);
    }
    ASSERT_EQ(list(in, fired), list(in, expected)) << on.str();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Zones, WallClockYear,
    testing::Values(Year{"UTC", 2026}, Year{"Europe/Berlin", 2026}, Year{"America/New_York", 2028},
                    Year{"Australia/Lord_Howe", 2026}, Year{"Africa/Casablanca", 2025},
                    Year{"Africa/Casablanca", 2026}, Year{"Pacific/Apia", 2011},
                    Year{"America/Santiago", 2026}, Year{"Africa/Cairo", 2026},
                    Year{"America/Scoresbysund", 2024}, Year{"Europe/Berlin", 2050}),
    [](const auto& test) {
      std::string name = test.param.zone + std::to_string(test.param.year);
      for (char& c : name) c = c == '/' ? '_' : c;
      return name;
    });

TEST(WallClock, never_comes_on_no_day) {
  EXPECT_EQ(next_local(utc("2026-01-01T00:00:00Z"), "07:00", Weekdays(), zone("Europe/Berlin")),
            std::nullopt);
}

TEST(WallClock, drops_a_skipped_time_where_the_rule_says_so) {
  const Zone berlin = zone("Europe/Berlin");
  const WallClockRule rule{.skipped = Skipped::kDropped};
  EXPECT_EQ(berlin.next_daily(utc("2026-03-28T12:00:00Z"), "02:30", rule),
            utc("2026-03-30T00:30:00Z"));
}

TEST(Weekdays, are_read_and_written) {
  EXPECT_EQ(Weekdays::parse("mon-fri"), Weekdays::working());
  EXPECT_EQ(Weekdays::parse("weekdays, sunday")->str(), "Sunday to Friday");
  EXPECT_EQ(Weekdays::parse("sat-mon,WED")->str(), "Wednesday and Saturday to Monday");
  EXPECT_EQ(Weekdays::parse("daily"), Weekdays::all());
  EXPECT_EQ(Weekdays::all().str(), "every day");
  EXPECT_EQ(Weekdays::weekend().str(), "Saturday and Sunday");
  EXPECT_EQ(Weekdays(std::chrono::Thursday).str(), "Thursday");
  EXPECT_EQ(Weekdays().str(), "no day");
  EXPECT_EQ(
      Weekdays::parse("mon,,tue").error(),
      "`mon,,tue` is no set of days; write it like mon, wed-fri, or weekdays, weekend, daily");
  EXPECT_FALSE(Weekdays::parse(""));
  EXPECT_FALSE(Weekdays::parse("mo"));
}

}  // namespace
}  // namespace hassette::time
