// The sun against tables: the almanac's at sea level, Home Assistant's above it.
#include <gtest/gtest.h>

#include <array>

#include "time/sun.hpp"
#include "time/testing.hpp"

namespace hassette::time {
namespace {

using namespace testing_model;

std::optional<TimePoint> maybe(const char* text) {
  return *text == '\0' ? std::nullopt : std::optional(utc(text));
}

// What almanacs print for sea level, in UTC, to the minute; empty where it does not happen. The
// figures come from an independent ephemeris (PyEphem 4.2, VSOP87) under the almanacs' conventions
// (50 minutes of arc for rise and set, 6 degrees for civil twilight).
struct Row {
  const char* place;
  const char* zone;
  double latitude;
  double longitude;
  Date date;
  const char* dawn;
  const char* sunrise;
  const char* noon;
  const char* sunset;
  const char* dusk;
};

const std::array kAlmanac{
    Row{"London", "Europe/London", 51.5074, -0.1278, day(2024, 6, 20), "2024-06-20T02:55:00Z",
        "2024-06-20T03:43:00Z", "2024-06-20T12:02:00Z", "2024-06-20T20:21:00Z",
        "2024-06-20T21:09:00Z"},
    Row{"New York", "America/New_York", 40.7128, -74.006, day(2024, 12, 21), "2024-12-21T11:46:00Z",
        "2024-12-21T12:17:00Z", "2024-12-21T16:54:00Z", "2024-12-21T21:32:00Z",
        "2024-12-21T22:03:00Z"},
    Row{"Sydney", "Australia/Sydney", -33.8688, 151.2093, day(2024, 12, 21), "2024-12-20T18:12:00Z",
        "2024-12-20T18:41:00Z", "2024-12-21T01:53:00Z", "2024-12-21T09:06:00Z",
        "2024-12-21T09:35:00Z"},
    Row{"Singapore", "Asia/Singapore", 1.3521, 103.8198, day(2025, 3, 20), "2025-03-19T22:48:00Z",
        "2025-03-19T23:09:00Z", "2025-03-20T05:12:00Z", "2025-03-20T11:15:00Z",
        "2025-03-20T11:36:00Z"},
    Row{"Reykjavik", "Atlantic/Reykjavik", 64.1466, -21.9426, day(2024, 6, 20), "",
        "2024-06-20T02:55:00Z", "2024-06-20T13:29:00Z", "2024-06-21T00:04:00Z", ""},
    Row{"Tromso", "Europe/Oslo", 69.6492, 18.9553, day(2025, 3, 20), "2025-03-20T03:43:00Z",
        "2025-03-20T04:43:00Z", "2025-03-20T10:52:00Z", "2025-03-20T17:02:00Z",
        "2025-03-20T18:03:00Z"},
    Row{"Tromso", "Europe/Oslo", 69.6492, 18.9553, day(2024, 6, 20), "", "", "2024-06-20T10:46:00Z",
        "", ""},
    Row{"Tromso", "Europe/Oslo", 69.6492, 18.9553, day(2024, 12, 21), "2024-12-21T08:32:00Z", "",
        "2024-12-21T10:42:00Z", "", "2024-12-21T12:53:00Z"},
    Row{"Longyearbyen", "Arctic/Longyearbyen", 78.2232, 15.6267, day(2025, 10, 20),
        "2025-10-20T06:08:00Z", "2025-10-20T08:20:00Z", "2025-10-20T10:42:00Z",
        "2025-10-20T13:02:00Z", "2025-10-20T15:14:00Z"},
    Row{"Ushuaia", "America/Argentina/Ushuaia", -54.8019, -68.303, day(2025, 6, 21),
        "2025-06-21T12:14:00Z", "2025-06-21T12:59:00Z", "2025-06-21T16:35:00Z",
        "2025-06-21T20:11:00Z", "2025-06-21T20:57:00Z"},
    Row{"Auckland", "Pacific/Auckland", -36.8485, 174.7633, day(2025, 9, 23),
        "2025-09-22T17:44:00Z", "2025-09-22T18:09:00Z", "2025-09-23T00:13:00Z",
        "2025-09-23T06:18:00Z", "2025-09-23T06:44:00Z"},
    Row{"Anchorage", "America/Anchorage", 61.2181, -149.9003, day(2025, 2, 10),
        "2025-02-10T17:08:00Z", "2025-02-10T17:55:00Z", "2025-02-10T22:14:00Z",
        "2025-02-11T02:34:00Z", "2025-02-11T03:21:00Z"},
    Row{"Quito", "America/Guayaquil", -0.1807, -78.4678, day(2026, 9, 22), "2026-09-22T10:43:00Z",
        "2026-09-22T11:03:00Z", "2026-09-22T17:07:00Z", "2026-09-22T23:10:00Z",
        "2026-09-22T23:30:00Z"},
    Row{"Honolulu", "Pacific/Honolulu", 21.3069, -157.8583, day(2026, 5, 1), "2026-05-01T15:37:00Z",
        "2026-05-01T16:00:00Z", "2026-05-01T22:28:00Z", "2026-05-02T04:57:00Z",
        "2026-05-02T05:20:00Z"},
    Row{"McMurdo", "Antarctica/McMurdo", -77.8419, 166.6863, day(2026, 8, 25),
        "2026-08-24T20:26:00Z", "2026-08-24T22:35:00Z", "2026-08-25T00:55:00Z",
        "2026-08-25T03:18:00Z", "2026-08-25T05:27:00Z"},
    Row{"Helsinki", "Europe/Helsinki", 60.1699, 24.9384, day(2026, 6, 21), "2026-06-20T23:02:00Z",
        "2026-06-21T00:54:00Z", "2026-06-21T10:22:00Z", "2026-06-21T19:50:00Z",
        "2026-06-21T21:42:00Z"},
};

TEST(SunTable, agrees_with_the_almanac_within_a_minute) {
  for (const Row& row : kAlmanac) {
    const Observer observer{row.latitude, row.longitude, 0};
    const TimePoint noon = utc(row.noon);
    // The almanac's day, from solar midnight to midnight.
    const auto within = [&](SunEvent event) -> std::optional<TimePoint> {
      const auto found = sun::next(event, noon - 12h, observer);
      return found && *found < noon + 12h ? found : std::nullopt;
    };
    EXPECT_LE(apart(within(SunEvent::dawn()), maybe(row.dawn)), 60) << row.place << " dawn";
    EXPECT_LE(apart(within(SunEvent::sunrise()), maybe(row.sunrise)), 60) << row.place << " rise";
    EXPECT_LE(apart(within(SunEvent::noon()), noon), 60) << row.place << " noon";
    EXPECT_LE(apart(within(SunEvent::sunset()), maybe(row.sunset)), 60) << row.place << " set";
    EXPECT_LE(apart(within(SunEvent::dusk()), maybe(row.dusk)), 60) << row.place << " dusk";
  }
}

TEST(SunTable, says_by_the_local_date_whether_it_happens) {
  for (const Row& row : kAlmanac) {
    const Observer observer{row.latitude, row.longitude, 0};
    const Zone in = zone(row.zone);
    for (const SunEvent event : {SunEvent::sunrise(), SunEvent::sunset(), SunEvent::dawn(),
                                 SunEvent::noon(), SunEvent::midnight()}) {
      const auto found = sun::on(event, row.date, in, observer);
      // Its date is the one asked for, and without it nothing happens on that date.
      if (found) {
        EXPECT_EQ(in.date_of(*found), row.date) << row.place << ' ' << event;
      } else {
        const auto next = sun::next(event, in.start_of(row.date) - 1s, observer);
        EXPECT_TRUE(!next || in.date_of(*next) != row.date) << row.place << ' ' << event;
      }
    }
  }
}

// What Home Assistant 2025.4.4's helper for sun events answers for a home at this height (its
// astral 2.2), with all of them after the moment in front.
struct HomeRow {
  const char* place;
  Observer home;
  const char* after;
  const char* dawn;
  const char* sunrise;
  const char* noon;
  const char* sunset;
  const char* dusk;
  const char* midnight;
};

const std::array kHomes{
    HomeRow{"Berlin",
            {52.52, 13.405, 34},
            "2026-03-20T12:00:00Z",
            "2026-03-21T04:31:14Z",
            "2026-03-21T05:05:43Z",
            "2026-03-21T11:13:39Z",
            "2026-03-20T17:20:36Z",
            "2026-03-20T17:55:11Z",
            "2026-03-20T23:13:32Z"},
    HomeRow{"Berlin",
            {52.52, 13.405, 34},
            "2026-06-21T12:00:00Z",
            "2026-06-22T01:50:27Z",
            "2026-06-22T02:41:46Z",
            "2026-06-22T11:08:18Z",
            "2026-06-21T19:34:51Z",
            "2026-06-21T20:26:10Z",
            "2026-06-21T23:08:25Z"},
    HomeRow{"Berlin",
            {52.52, 13.405, 34},
            "2026-12-21T12:00:00Z",
            "2026-12-22T06:31:52Z",
            "2026-12-22T07:13:56Z",
            "2026-12-22T11:04:42Z",
            "2026-12-21T14:55:27Z",
            "2026-12-21T15:37:30Z",
            "2026-12-21T23:04:57Z"},
    HomeRow{"Munich",
            {48.1372, 11.5756, 519},
            "2026-03-20T12:00:00Z",
            "2026-03-21T04:39:07Z",
            "2026-03-21T05:11:52Z",
            "2026-03-21T11:20:58Z",
            "2026-03-20T17:29:14Z",
            "2026-03-20T18:02:04Z",
            "2026-03-20T23:20:51Z"},
    HomeRow{"Munich",
            {48.1372, 11.5756, 519},
            "2026-06-21T12:00:00Z",
            "2026-06-22T02:25:20Z",
            "2026-06-22T03:09:53Z",
            "2026-06-22T11:15:37Z",
            "2026-06-21T19:21:22Z",
            "2026-06-21T20:05:55Z",
            "2026-06-21T23:15:44Z"},
    HomeRow{"Munich",
            {48.1372, 11.5756, 519},
            "2026-12-21T12:00:00Z",
            "2026-12-22T06:19:49Z",
            "2026-12-22T06:58:05Z",
            "2026-12-22T11:12:01Z",
            "2026-12-21T15:25:55Z",
            "2026-12-21T16:04:12Z",
            "2026-12-21T23:12:16Z"},
    HomeRow{"Denver",
            {39.7392, -104.9903, 1609},
            "2026-03-20T12:00:00Z",
            "2026-03-20T12:29:17Z",
            "2026-03-20T12:58:16Z",
            "2026-03-20T19:07:32Z",
            "2026-03-21T01:17:01Z",
            "2026-03-21T01:46:04Z",
            "2026-03-21T07:07:00Z"},
    HomeRow{"Denver",
            {39.7392, -104.9903, 1609},
            "2026-06-21T12:00:00Z",
            "2026-06-22T10:50:54Z",
            "2026-06-22T11:26:40Z",
            "2026-06-21T19:01:40Z",
            "2026-06-22T02:37:16Z",
            "2026-06-22T03:13:01Z",
            "2026-06-22T07:02:03Z"},
    HomeRow{"Denver",
            {39.7392, -104.9903, 1609},
            "2026-12-21T12:00:00Z",
            "2026-12-21T13:39:26Z",
            "2026-12-21T14:11:56Z",
            "2026-12-21T18:57:47Z",
            "2026-12-21T23:44:26Z",
            "2026-12-22T00:16:56Z",
            "2026-12-22T06:58:40Z"},
    HomeRow{"Quito",
            {-0.1807, -78.4678, 2850},
            "2026-03-20T12:00:00Z",
            "2026-03-21T10:50:00Z",
            "2026-03-21T11:12:26Z",
            "2026-03-20T17:21:27Z",
            "2026-03-20T23:29:45Z",
            "2026-03-20T23:52:11Z",
            "2026-03-21T05:20:56Z"},
    HomeRow{"Quito",
            {-0.1807, -78.4678, 2850},
            "2026-06-21T12:00:00Z",
            "2026-06-22T10:42:23Z",
            "2026-06-22T11:06:51Z",
            "2026-06-21T17:15:35Z",
            "2026-06-21T23:24:51Z",
            "2026-06-21T23:49:20Z",
            "2026-06-22T05:15:57Z"},
    HomeRow{"Quito",
            {-0.1807, -78.4678, 2850},
            "2026-12-21T12:00:00Z",
            "2026-12-22T10:38:15Z",
            "2026-12-22T11:02:45Z",
            "2026-12-21T17:11:42Z",
            "2026-12-21T23:21:52Z",
            "2026-12-21T23:46:21Z",
            "2026-12-22T05:12:33Z"},
    HomeRow{"Cape Town",
            {-33.9249, 18.4241, 25},
            "2026-03-20T12:00:00Z",
            "2026-03-21T04:24:10Z",
            "2026-03-21T04:49:27Z",
            "2026-03-21T10:53:35Z",
            "2026-03-20T16:58:17Z",
            "2026-03-20T17:23:32Z",
            "2026-03-20T22:53:28Z"},
    HomeRow{"Cape Town",
            {-33.9249, 18.4241, 25},
            "2026-06-21T12:00:00Z",
            "2026-06-22T05:22:39Z",
            "2026-06-22T05:50:45Z",
            "2026-06-22T10:48:14Z",
            "2026-06-21T15:45:42Z",
            "2026-06-21T16:13:48Z",
            "2026-06-21T22:48:21Z"},
    HomeRow{"Cape Town",
            {-33.9249, 18.4241, 25},
            "2026-12-21T12:00:00Z",
            "2026-12-22T03:01:52Z",
            "2026-12-22T03:31:31Z",
            "2026-12-22T10:44:37Z",
            "2026-12-21T17:57:42Z",
            "2026-12-21T18:27:21Z",
            "2026-12-21T22:44:52Z"},
    HomeRow{"Helsinki",
            {60.1699, 24.9384, 26},
            "2026-03-20T12:00:00Z",
            "2026-03-21T03:35:39Z",
            "2026-03-21T04:18:00Z",
            "2026-03-21T10:27:31Z",
            "2026-03-20T16:35:43Z",
            "2026-03-20T17:18:13Z",
            "2026-03-20T22:27:25Z"},
    HomeRow{"Helsinki",
            {60.1699, 24.9384, 26},
            "2026-06-21T12:00:00Z",
            "2026-06-21T22:48:41Z",
            "2026-06-22T00:52:09Z",
            "2026-06-22T10:22:10Z",
            "2026-06-21T19:52:12Z",
            "2026-06-21T21:55:39Z",
            "2026-06-21T22:22:17Z"},
    HomeRow{"Helsinki",
            {60.1699, 24.9384, 26},
            "2026-12-21T12:00:00Z",
            "2026-12-22T06:23:42Z",
            "2026-12-22T07:22:28Z",
            "2026-12-22T10:18:34Z",
            "2026-12-21T13:14:36Z",
            "2026-12-21T14:13:23Z",
            "2026-12-21T22:18:48Z"},
    HomeRow{"Amsterdam",
            {52.3676, 4.9041, 0},
            "2026-03-20T12:00:00Z",
            "2026-03-21T05:06:33Z",
            "2026-03-21T05:41:08Z",
            "2026-03-21T11:47:40Z",
            "2026-03-20T17:53:11Z",
            "2026-03-20T18:27:52Z",
            "2026-03-20T23:47:32Z"},
    HomeRow{"Amsterdam",
            {52.3676, 4.9041, 0},
            "2026-06-21T12:00:00Z",
            "2026-06-22T02:27:48Z",
            "2026-06-22T03:18:37Z",
            "2026-06-22T11:42:18Z",
            "2026-06-21T20:06:01Z",
            "2026-06-21T20:56:50Z",
            "2026-06-21T23:42:26Z"},
    HomeRow{"Amsterdam",
            {52.3676, 4.9041, 0},
            "2026-12-21T12:00:00Z",
            "2026-12-22T07:06:42Z",
            "2026-12-22T07:48:59Z",
            "2026-12-22T11:38:42Z",
            "2026-12-21T15:28:25Z",
            "2026-12-21T16:10:42Z",
            "2026-12-21T23:38:57Z"},
};

TEST(SunTable, agrees_with_home_assistant_within_a_minute) {
  for (const HomeRow& row : kHomes) {
    const auto off = [&](SunEvent event, const char* expected) {
      return apart(sun::next(event, utc(row.after), row.home), utc(expected));
    };
    // Twilight and horizon are within seconds where the observer stands above sea level; at sea
    // level we follow the almanac, from which Home Assistant is half a minute away.
    const double close = row.home.elevation > 0 ? 3 : 40;
    EXPECT_LE(off(SunEvent::dawn(), row.dawn), close) << row.place << row.after;
    EXPECT_LE(off(SunEvent::sunrise(), row.sunrise), close) << row.place << row.after;
    EXPECT_LE(off(SunEvent::sunset(), row.sunset), close) << row.place << row.after;
    EXPECT_LE(off(SunEvent::dusk(), row.dusk), close) << row.place << row.after;
    // It takes the equation of time of another hour.
    EXPECT_LE(off(SunEvent::noon(), row.noon), 30) << row.place << row.after;
    EXPECT_LE(off(SunEvent::midnight(), row.midnight), 30) << row.place << row.after;
  }
}

}  // namespace
}  // namespace hassette::time
