#include "time/zone.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>

#include "time/testing.hpp"
#include "time/zone_table.hpp"

namespace hassette::time {
namespace {

using namespace testing_model;

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
  EXPECT_EQ(local(berlin, berlin.resolve(day(2026, 3, 29), "02:30", {Skipped::kShifted})),
            "2026-03-29 03:30:00 CEST");
}

TEST(Zone, takes_the_first_of_a_repeated_time) {
  const Zone berlin = zone("Europe/Berlin");
  EXPECT_EQ(berlin.resolve(day(2026, 10, 25), "02:30"), utc("2026-10-25T00:30:00Z"));
  EXPECT_EQ(berlin.resolve(day(2026, 10, 25), "02:30", {.repeated = Repeated::kSecond}),
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

// The system's tables end with 2037; what comes after is their last line.
TEST(Zone, is_right_after_2037) {
  const Zone berlin = zone("Europe/Berlin");
  EXPECT_EQ(local(berlin, utc("2050-07-01T10:00:00Z")), "2050-07-01 12:00:00 CEST");
  EXPECT_EQ(local(berlin, utc("2050-01-01T10:00:00Z")), "2050-01-01 11:00:00 CET");
  EXPECT_EQ(local(berlin, berlin.resolve(day(2050, 3, 27), "02:30")), "2050-03-27 03:00:00 CEST");
  EXPECT_EQ(local(zone("America/New_York"), utc("2099-07-01T10:00:00Z")),
            "2099-07-01 06:00:00 EDT");
  EXPECT_EQ(zone("Australia/Lord_Howe").to_local(utc("2060-01-01T00:00:00Z")).utc_offset, 11h);
  // Winter time is Ireland's exception by law, which its rule says with a negative summer.
  EXPECT_EQ(local(zone("Europe/Dublin"), utc("2045-07-01T10:00:00Z")), "2045-07-01 11:00:00 IST");
  EXPECT_EQ(zone("America/Nuuk").to_local(utc("2045-07-01T10:00:00Z")).utc_offset, -1h);
}

TEST(Zone, knows_when_the_clocks_change_next) {
  const Zone berlin = zone("Europe/Berlin");
  EXPECT_EQ(berlin.next_change(utc("2026-01-01T00:00:00Z")), utc("2026-03-29T01:00:00Z"));
  EXPECT_EQ(berlin.next_change(utc("2026-03-29T01:00:00Z")), utc("2026-10-25T01:00:00Z"));
  EXPECT_EQ(berlin.next_change(utc("2037-12-01T00:00:00Z")), utc("2038-03-28T01:00:00Z"));
  EXPECT_EQ(Zone().next_change(utc("2026-01-01T00:00:00Z")), std::nullopt);
  EXPECT_EQ(zone("Asia/Tokyo").next_change(utc("2026-01-01T00:00:00Z")), std::nullopt);
}

TEST(Zone, answers_for_the_ends_of_time) {
  for (const char* name : {"UTC", "Europe/Berlin", "Asia/Tokyo"}) {
    (void)zone(name).to_local(TimePoint::max());
    (void)zone(name).to_local(TimePoint::min());
  }
}

TEST(ZoneTable, refuses_what_is_no_table) {
  EXPECT_FALSE(ZoneTable::read("x", ""));
  EXPECT_FALSE(ZoneTable::read("x", "TZif2"));
  EXPECT_FALSE(ZoneTable::read("x", std::string(1000, 'T')));
  // Counts that promise more than there is.
  std::string bytes = "TZif2" + std::string(15, '\0') + std::string(24, '\x7f');
  EXPECT_FALSE(ZoneTable::read("x", bytes + std::string(500, '\0')));
}

TEST(ZoneTable, survives_any_damage) {
  std::ifstream in("/usr/share/zoneinfo/Europe/Berlin", std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  ASSERT_TRUE(ZoneTable::read("x", good));
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = good.substr(0, i % 2 == 0 ? good.size() : random() % good.size());
    for (int n = 0; n < 4 && !bytes.empty(); ++n) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const auto table = ZoneTable::read("x", bytes);
    if (!table) continue;
    for (const int year : {1800, 1950, 2026, 2100}) {
      const auto period = table->period_at(std::chrono::sys_days(day(year, 7, 1)));
      EXPECT_LE(std::chrono::abs(period.offset), 168h);
      EXPECT_LE(period.abbreviation.size(), bytes.size());
    }
  }
}

TEST(PosixTz, reads_every_form_of_a_rule) {
  for (const char* text :
       {"UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
        "IST-1GMT0,M10.5.0,M3.5.0/1", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "EST5EDT,0/0,J365/25",
        "EET-2EEST,M3.4.4/50,M10.4.4/50", "AAA3:30:15BBB,J60/2:30:30,J300"}) {
    EXPECT_TRUE(PosixTz::parse(text)) << text;
  }
  for (const char* text :
       {"", "C", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M1.1.0",
        "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,J0,J1", "<CET-1", "CET-1 ", "CET-200",
        "CET-1CEST,M3.5.0,M10.5.0/3x"}) {
    EXPECT_FALSE(PosixTz::parse(text)) << text;
  }
}

TEST(PosixTz, counts_days_of_the_year_with_and_without_leap_days) {
  const auto seconds = [](const char* text) {
    return std::chrono::floor<std::chrono::seconds>(utc(text));
  };
  const PosixTz julian = PosixTz::parse("AAA0BBB,J60,J300").value();
  EXPECT_EQ(julian.period_at(seconds("2028-05-01T00:00:00Z")).begin,
            seconds("2028-03-01T02:00:00Z"));
  EXPECT_EQ(julian.period_at(seconds("2027-05-01T00:00:00Z")).begin,
            seconds("2027-03-01T02:00:00Z"));
  const PosixTz counted = PosixTz::parse("AAA0BBB,59,299").value();
  EXPECT_EQ(counted.period_at(seconds("2028-05-01T00:00:00Z")).begin,
            seconds("2028-02-29T02:00:00Z"));
  // Summer time all year.
  const PosixTz always = PosixTz::parse("EST5EDT,0/0,J365/25").value();
  for (const char* time :
       {"2027-12-31T23:59:59Z", "2028-01-01T04:30:00Z", "2028-07-01T00:00:00Z"}) {
    EXPECT_EQ(always.period_at(seconds(time)).offset, -4h) << time;
  }
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
    for (const Repeated rule : {Repeated::kFirst, Repeated::kSecond}) {
      auto fired = days;
      TimePoint time = start - 1us;
      while ((time = in.next_daily(time, at, {.repeated = rule})) < end) {
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
