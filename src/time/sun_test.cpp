#include "time/sun.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <hassette/error.hpp>

#include "time/moment.hpp"
#include "time/testing.hpp"

namespace hassette::time {
namespace {

using namespace testing_model;

TEST(Sun, does_not_rise_in_the_polar_night_and_does_in_the_end) {
  const Observer tromso{69.6492, 18.9553, 0};
  const Zone in = zone("Europe/Oslo");
  EXPECT_EQ(sun::on(SunEvent::sunrise(), day(2024, 12, 21), in, tromso), std::nullopt);
  EXPECT_EQ(sun::on(SunEvent::sunset(), day(2024, 6, 20), in, tromso), std::nullopt);
  EXPECT_TRUE(sun::on(SunEvent::noon(), day(2024, 12, 21), in, tromso));
  EXPECT_TRUE(sun::on(SunEvent::dawn(), day(2024, 12, 21), in, tromso));

  struct Return {
    SunEvent event;
    Observer place;
    const char* after;
    const char* comes;
  };
  // From the same ephemeris. A sun that grazes the horizon is seconds from not rising at all, so
  // two minutes are close.
  const std::array returns{
      Return{SunEvent::sunrise(), tromso, "2024-12-21T00:00:00Z", "2025-01-15T10:24:54Z"},
      Return{SunEvent::sunset(), tromso, "2024-06-20T00:00:00Z", "2024-07-25T22:23:08Z"},
      Return{SunEvent::sunrise(),
             {78.2232, 15.6267, 0},
             "2025-11-15T00:00:00Z",
             "2026-02-15T10:59:25Z"},
      Return{SunEvent::sunset(),
             {78.2232, 15.6267, 0},
             "2025-05-01T00:00:00Z",
             "2025-08-24T22:18:44Z"},
      Return{SunEvent::sunrise(),
             {-77.8419, 166.6863, 0},
             "2026-05-10T00:00:00Z",
             "2026-08-19T00:19:03Z"},
      Return{SunEvent::sunset(),
             {-77.8419, 166.6863, 0},
             "2025-11-10T00:00:00Z",
             "2026-02-19T12:29:07Z"}};
  for (const Return& each : returns) {
    const auto found = sun::next(each.event, utc(each.after), each.place);
    EXPECT_LE(apart(found, utc(each.comes)), 120) << each.comes;
    // Looking back from there, there was none since.
    const auto before = sun::previous(each.event, *found, each.place);
    EXPECT_LT(before.value(), utc(each.after)) << each.comes;
  }
  for (const double pole : {90.0, -90.0}) {
    EXPECT_TRUE(sun::next(SunEvent::sunrise(), utc("2026-05-10T00:00:00Z"), {pole, 0, 0}));
  }
}

// The attributes of sun.sun in a recorded session with Home Assistant 2025.4.4, Berlin, 34 m.
TEST(Sun, agrees_with_a_recorded_home) {
  const Observer home{52.52, 13.405, 34};
  const TimePoint now = utc("2026-11-23T00:16:19Z");
  const auto off = [&](SunEvent event, const char* expected) {
    return apart(sun::next(event, now, home), utc(expected));
  };
  EXPECT_LE(off(SunEvent::dawn(), "2026-11-23T06:00:52.372453+00:00"), 2);
  EXPECT_LE(off(SunEvent::sunrise(), "2026-11-23T06:40:27.050027+00:00"), 2);
  EXPECT_LE(off(SunEvent::noon(), "2026-11-23T10:52:37+00:00"), 20);
  EXPECT_LE(off(SunEvent::sunset(), "2026-11-23T15:04:34.731365+00:00"), 2);
  EXPECT_LE(off(SunEvent::dusk(), "2026-11-23T15:44:07.501627+00:00"), 2);
  EXPECT_LE(off(SunEvent::midnight(), "2026-11-23T22:53:03+00:00"), 20);
  const sun::Position position = sun::position(now, home);
  EXPECT_NEAR(position.elevation, -53.93, 0.006);
  EXPECT_NEAR(position.azimuth, 34.68, 0.006);
  EXPECT_FALSE(sun::is_up(now, home));
}

TEST(Sun, stands_where_home_assistant_sees_it) {
  struct Seen {
    Observer home;
    const char* time;
    double elevation;
    double azimuth;
  };
  for (const Seen& seen : {Seen{{52.52, 13.405, 0}, "2026-06-21T11:00:00Z", 60.885, 176.136},
                           Seen{{52.52, 13.405, 0}, "2026-12-21T07:20:00Z", 0.279, 130.407},
                           Seen{{52.52, 13.405, 0}, "2026-10-01T02:00:00Z", -27.758, 54.204},
                           Seen{{-33.8688, 151.2093, 0}, "2026-01-10T02:00:00Z", 78.095, 2.824},
                           Seen{{-0.1807, -78.4678, 0}, "2026-03-20T17:10:00Z", 87.181, 85.476},
                           Seen{{69.6492, 18.9553, 0}, "2026-06-21T23:00:00Z", 3.343, 3.192},
                           Seen{{21.3069, -157.8583, 0}, "2026-05-26T22:25:00Z", 89.171, 93.621}}) {
    const sun::Position position = sun::position(utc(seen.time), seen.home);
    EXPECT_NEAR(position.elevation, seen.elevation, 0.002) << seen.time;
    EXPECT_NEAR(position.azimuth, seen.azimuth, 0.002) << seen.time;
  }
}

TEST(Sun, passes_an_elevation_on_its_way_up_and_down) {
  const Observer home{52.52, 13.405, 34};
  const TimePoint morning = utc("2026-05-03T00:00:00Z");
  for (const double degrees : {-12.0, -4.0, -0.5, 0.0, 3.0, 6.0, 20.0, 50.0}) {
    const auto up = sun::next(SunEvent::rising_through(degrees), morning, home);
    const auto down = sun::next(SunEvent::setting_through(degrees), morning, home);
    ASSERT_TRUE(up && down) << degrees;
    EXPECT_NEAR(sun::position(*up, home).elevation, degrees, 0.003);
    EXPECT_NEAR(sun::position(*down, home).elevation, degrees, 0.003);
    EXPECT_LT(*up, *down);
    EXPECT_LT(sun::position(*up, home).elevation, sun::position(*up + 1min, home).elevation);
  }
  // 60 degrees are for the weeks around midsummer, and 70 are never.
  const auto high = sun::next(SunEvent::rising_through(60), utc("2026-08-01T00:00:00Z"), home);
  EXPECT_EQ(zone("Europe/Berlin").date_of(high.value()).year(), std::chrono::year(2027));
  EXPECT_EQ(sun::next(SunEvent::rising_through(70), morning, home), std::nullopt);
  EXPECT_EQ(sun::previous(SunEvent::setting_through(-75), morning, home), std::nullopt);
}

// Every event of a year follows the one before; next and previous are each other's mirror.
TEST(Sun, finds_every_event_of_a_year_once) {
  const SunEvent events[] = {SunEvent::sunrise(), SunEvent::sunset(),   SunEvent::dawn(),
                             SunEvent::dusk(),    SunEvent::midnight(), SunEvent::noon()};
  for (const Observer& home : {Observer{52.52, 13.405, 34}, Observer{-36.8485, 174.7633, 0},
                               Observer{0, -179.9, 0}, Observer{66.2, 25, 200}}) {
    for (const SunEvent event : events) {
      TimePoint time = utc("2026-01-01T00:00:00Z");
      std::optional<TimePoint> last;
      int count = 0;
      for (; time < utc("2027-01-01T00:00:00Z"); ++count) {
        const TimePoint found = sun::next(event, time, home).value();
        ASSERT_GT(found, time) << event;
        ASSERT_EQ(sun::next(event, found - 1us, home), found) << event;
        if (last) ASSERT_EQ(sun::previous(event, found, home), last) << event;
        last = found;
        time = found;
      }
      if (home.latitude < 60) EXPECT_NEAR(count, 366, 1) << event;
    }
  }
}

TEST(Sun, comes_once_on_every_local_date) {
  const Observer home{52.52, 13.405, 34};
  const Zone in = zone("Europe/Berlin");
  for (int i = 0; i < 366; ++i) {
    const Date date{std::chrono::sys_days(day(2026, 1, 1)) + std::chrono::days(i)};
    const auto up = sun::on(SunEvent::sunrise(), date, in, home);
    const auto down = sun::on(SunEvent::sunset(), date, in, home);
    ASSERT_TRUE(up && down);
    ASSERT_LT(*up, *down);
    ASSERT_EQ(sun::around_noon_of(SunEvent::sunset(), date, in, home), down);
    ASSERT_EQ(sun::around_noon_of(SunEvent::sunrise(), date, in, home), up);
  }
}

TEST(Sun, puts_a_sunset_after_midnight_into_the_evening_before) {
  const Observer reykjavik{64.1466, -21.9426, 0};
  const Zone in = zone("Atlantic/Reykjavik");
  const TimePoint sunset = sun::around_noon_of(SunEvent::sunset(), day(2024, 6, 20), in, reykjavik);
  EXPECT_EQ(in.date_of(sunset), day(2024, 6, 21));
  EXPECT_LE(apart(sunset, utc("2024-06-21T00:04:00Z")), 60);
}

TEST(Sun, tends_to_noon_in_the_polar_night_and_to_midnight_in_the_polar_day) {
  const Observer tromso{69.6492, 18.9553, 0};
  const Zone in = zone("Europe/Oslo");
  const auto find = [&](SunEvent event, Date date) {
    return sun::around_noon_of(event, date, in, tromso);
  };
  const Date dark = day(2024, 12, 21);
  EXPECT_EQ(find(SunEvent::sunrise(), dark), find(SunEvent::noon(), dark));
  EXPECT_EQ(find(SunEvent::sunset(), dark), find(SunEvent::noon(), dark));
  const Date bright = day(2024, 6, 20);
  EXPECT_EQ(find(SunEvent::sunrise(), bright), find(SunEvent::midnight(), bright));
  EXPECT_EQ(find(SunEvent::sunset(), bright), find(SunEvent::midnight(), day(2024, 6, 21)));
}

TEST(Sun, is_asked_for_places_on_earth_only) {
  EXPECT_THROW((void)sun::next(SunEvent::noon(), {}, {std::nan(""), 0, 0}), LogicError);
  EXPECT_THROW((void)sun::next(SunEvent::noon(), {}, {0, 1e9, 0}), LogicError);
}

TEST(Sun, ends_where_its_formulas_do) {
  EXPECT_EQ(sun::next(SunEvent::sunset(), TimePoint::max(), {52.52, 13.405, 0}), std::nullopt);
  EXPECT_EQ(sun::previous(SunEvent::noon(), TimePoint::min(), {52.52, 13.405, 0}), std::nullopt);
}

TEST(NextMoment, comes_with_its_offset) {
  const Place berlin{zone("Europe/Berlin"), {52.52, 13.405, 34}};
  const TimePoint now = utc("2026-05-03T12:00:00Z");
  const TimePoint sunset = next_moment(now, "sunset", berlin).value();
  EXPECT_EQ(next_moment(now, "sunset-30min", berlin), sunset - 30min);
  EXPECT_EQ(next_moment(sunset - 30min, "sunset-30min", berlin),
            sun::next(SunEvent::sunset(), sunset, berlin.observer).value() - 30min);
  EXPECT_EQ(next_moment(sunset + 1min, "sunset+1h", berlin), sunset + 1h);
  EXPECT_EQ(next_moment(now, "07:30", berlin), utc("2026-05-04T05:30:00Z"));
}

}  // namespace
}  // namespace hassette::time
