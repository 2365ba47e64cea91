#include <gtest/gtest.h>

#include <hassette/error.hpp>
#include <hassette/window.hpp>

#include "time/testing.hpp"
#include "time/window_gate.hpp"
#include "time/window_node.hpp"

namespace hassette::time {
namespace {

using namespace testing_model;

const Place& berlin() {
  static const Place place{zone("Europe/Berlin"), {52.52, 13.405, 34}};
  return place;
}
const Place& tromso() {
  static const Place place{zone("Europe/Oslo"), {69.6492, 18.9553, 0}};
  return place;
}
const Place& reykjavik() {
  static const Place place{zone("Atlantic/Reykjavik"), {64.1466, -21.9426, 0}};
  return place;
}
const Place& sydney() {
  static const Place place{zone("Australia/Sydney"), {-33.8688, 151.2093, 0}};
  return place;
}

bool at(const Window& window, const char* time, const Place& place = berlin()) {
  return window.contains(utc(time), place);
}
std::string change(const Window& window, const char* after, const Place& place = berlin()) {
  const auto next = window.next_change(utc(after), place);
  return next ? local(place.zone, *next).substr(0, 16) : "never";
}

TEST(MomentOfDay, is_a_time_or_an_event_of_the_sun) {
  EXPECT_EQ(MomentOfDay("07:30").time(), TimeOfDay("07:30"));
  EXPECT_EQ(MomentOfDay("sunset").event(), SunEvent::sunset());
  EXPECT_EQ(MomentOfDay("sunset-30min").offset(), -30min);
  EXPECT_EQ(MomentOfDay("dawn + 1h 30min").offset(), 90min);
  EXPECT_EQ(MomentOfDay("sunrise+00:45").offset(), 45min);
  EXPECT_EQ(MomentOfDay("nautical_dusk").event(), SunEvent::dusk(Twilight::kNautical));
  EXPECT_EQ(MomentOfDay("solar noon"), MomentOfDay(SunEvent::noon()));
  EXPECT_EQ(MomentOfDay("civil dawn"), MomentOfDay("dawn"));
  EXPECT_FALSE(MomentOfDay().is_set());
}

TEST(MomentOfDay, reads_as_a_sentence_would_say_it) {
  EXPECT_EQ(MomentOfDay("07:30").str(), "07:30");
  EXPECT_EQ(MomentOfDay("sunset-30min").str(), "30 min before sunset");
  EXPECT_EQ(MomentOfDay("dawn+1h30min").str(), "1 h 30 min after dawn");
  EXPECT_EQ(MomentOfDay("astronomical dusk").str(), "astronomical dusk");
  EXPECT_EQ(MomentOfDay(SunEvent::setting_through(-4)).str(), "sun setting through -4 degrees");
}

TEST(MomentOfDay, refuses_other_text_with_a_sentence) {
  const auto error = [](const char* text) { return MomentOfDay::parse(text).error(); };
  EXPECT_EQ(
      error("sunste"),
      "`sunste` is no moment of a day; write a time like 07:30, or sunrise, sunset, dawn, dusk "
      "or `solar noon` with an offset like sunset-30min; did you mean `sunset`?");
  EXPECT_EQ(error("sunset-30"),
            "the offset in `sunset-30` cannot be read; write it like sunset-30min, sunset+1h or "
            "sunset+00:45, with less than 12 hours");
  EXPECT_EQ(error("noon"), "`noon` may mean the clock or the sun; write 12:00 or `solar noon`");
  EXPECT_EQ(error("midnight+1h"),
            "`midnight+1h` may mean the clock or the sun; write 00:00 or `solar midnight`");
  for (const char* text : {"", "24:30", "sunset-", "sunset-12h", "sunset-1h-1h", "sunset 1h",
                           "sunset+999999999999999999h", "7:5", "sunset-30minutes"}) {
    EXPECT_FALSE(MomentOfDay::parse(text)) << text;
  }
}

TEST(Window, spans_hours_of_a_day) {
  const Window window = between("08:00", "17:30");
  EXPECT_FALSE(at(window, "2026-05-04T05:59:59.999999Z"));
  EXPECT_TRUE(at(window, "2026-05-04T06:00:00Z"));
  EXPECT_TRUE(at(window, "2026-05-04T15:29:59Z"));
  EXPECT_FALSE(at(window, "2026-05-04T15:30:00Z"));
  EXPECT_EQ(change(window, "2026-05-04T03:00:00Z"), "2026-05-04 08:00");
  EXPECT_EQ(change(window, "2026-05-04T06:00:00Z"), "2026-05-04 17:30");
}

TEST(Window, spans_midnight) {
  const Window night = between("22:00", "06:30");
  EXPECT_TRUE(at(night, "2026-05-04T21:00:00Z"));
  EXPECT_TRUE(at(night, "2026-05-05T04:00:00Z"));
  EXPECT_FALSE(at(night, "2026-05-05T04:30:00Z"));
  EXPECT_FALSE(at(night, "2026-05-05T12:00:00Z"));
  EXPECT_EQ(change(night, "2026-05-04T21:00:00Z"), "2026-05-05 06:30");
}

TEST(Window, belongs_to_the_day_on_which_its_hours_begin) {
  const Window night = between("22:00", "06:30") && weekdays();
  EXPECT_TRUE(at(night, "2026-05-08T22:00:00Z"));   // Saturday 00:00, after a Friday
  EXPECT_TRUE(at(night, "2026-05-09T04:00:00Z"));   // Saturday 06:00
  EXPECT_FALSE(at(night, "2026-05-09T21:00:00Z"));  // Saturday 23:00
  EXPECT_FALSE(at(night, "2026-05-11T02:00:00Z"));  // Monday 04:00, after a Sunday
  EXPECT_TRUE(at(night, "2026-05-11T21:00:00Z"));   // Monday 23:00
  EXPECT_EQ(change(night, "2026-05-09T04:00:00Z"), "2026-05-09 06:30");
  EXPECT_EQ(change(night, "2026-05-09T12:00:00Z"), "2026-05-11 22:00");
  // Also where the condition stands around several hours.
  const Window both = (between("22:00", "01:00") || between("12:00", "13:00")) && weekdays();
  EXPECT_TRUE(at(both, "2026-05-08T22:30:00Z"));
  EXPECT_FALSE(at(both, "2026-05-09T10:30:00Z"));
}

TEST(Window, takes_days_alone_by_the_date) {
  EXPECT_TRUE(at(weekends(), "2026-05-08T22:00:00Z"));  // Saturday 00:00 in Berlin
  EXPECT_FALSE(at(weekends(), "2026-05-08T21:59:59Z"));
  EXPECT_EQ(change(weekends(), "2026-05-08T12:00:00Z"), "2026-05-09 00:00");
  EXPECT_EQ(change(weekends(), "2026-05-08T22:00:00Z"), "2026-05-11 00:00");
  EXPECT_TRUE(at(on_days({std::chrono::Monday}), "2026-05-04T12:00:00Z"));
  EXPECT_EQ(change(weekdays() || weekends(), "2026-05-08T22:00:00Z"), "never");
}

TEST(Window, takes_what_is_left_with_not) {
  const Window day = !between("22:00", "06:30");
  EXPECT_TRUE(at(day, "2026-05-05T12:00:00Z"));
  EXPECT_FALSE(at(day, "2026-05-05T04:00:00Z"));
  const Window weekend_days = !between("22:00", "06:30") && weekends();
  EXPECT_TRUE(at(weekend_days, "2026-05-09T12:00:00Z"));
  EXPECT_FALSE(at(weekend_days, "2026-05-08T12:00:00Z"));
  EXPECT_TRUE(at(!weekdays(), "2026-05-09T12:00:00Z"));
}

TEST(Window, follows_the_sun) {
  const Window evening = between("sunset-30min", "23:00");
  // The sun sets in Berlin at 21:33 CEST on 21 June 2026, and at 15:54 CET on 21 December.
  EXPECT_FALSE(at(evening, "2026-06-21T18:58:00Z"));
  EXPECT_TRUE(at(evening, "2026-06-21T19:10:00Z"));
  EXPECT_FALSE(at(evening, "2026-06-21T21:00:00Z"));
  EXPECT_TRUE(at(evening, "2026-12-21T14:40:00Z"));
  EXPECT_FALSE(at(evening, "2026-12-21T02:00:00Z"));
  const Window dark = between("sunset", "sunrise");
  EXPECT_TRUE(at(dark, "2026-06-21T23:00:00Z"));
  EXPECT_FALSE(at(dark, "2026-06-21T04:00:00Z"));
}

TEST(Window, is_empty_on_days_on_which_the_sun_is_late_or_early) {
  // In June the sun rises before 06:30, in December after it.
  const Window morning = between("06:30", "sunrise");
  for (const char* time : {"2026-06-21T03:00:00Z", "2026-06-21T05:00:00Z", "2026-06-21T12:00:00Z",
                           "2026-06-21T22:30:00Z"}) {
    EXPECT_FALSE(at(morning, time)) << time;
  }
  EXPECT_TRUE(at(morning, "2026-12-21T06:00:00Z"));
  EXPECT_FALSE(at(morning, "2026-12-21T08:00:00Z"));
  EXPECT_EQ(change(morning, "2026-06-21T12:00:00Z").substr(0, 7), "2026-09");
  // In Iceland the June sun sets after midnight, which is the evening of the day before.
  const Window evening = between("sunset", "23:00");
  for (int hour = 0; hour < 48; ++hour) {
    EXPECT_FALSE(
        evening.contains(utc("2026-06-20T00:00:00Z") + std::chrono::hours(hour), reykjavik()));
  }
}

TEST(Window, tells_day_and_night_near_the_pole) {
  const Window dark = between("sunset", "sunrise");
  const Window bright = between("sunrise", "sunset");
  for (int hour = 0; hour < 48; ++hour) {
    const TimePoint june = utc("2026-06-20T00:00:00Z") + std::chrono::hours(hour);
    const TimePoint december = utc("2026-12-20T00:00:00Z") + std::chrono::hours(hour);
    EXPECT_FALSE(dark.contains(june, tromso())) << hour;
    EXPECT_TRUE(bright.contains(june, tromso())) << hour;
    EXPECT_TRUE(dark.contains(december, tromso())) << hour;
    EXPECT_FALSE(bright.contains(december, tromso())) << hour;
  }
  // The midnight sun in Tromsø goes down in the last days of July.
  EXPECT_EQ(change(dark, "2026-06-20T00:00:00Z", tromso()).substr(0, 9), "2026-07-2");
  // Light in the polar night from noon on.
  EXPECT_TRUE(at(between("sunset", "22:00"), "2026-12-20T12:00:00Z", tromso()));
  EXPECT_FALSE(at(between("sunset", "22:00"), "2026-12-20T09:00:00Z", tromso()));
}

TEST(Window, decides_once_on_which_day_it_ends) {
  const auto later = [](MomentOfDay from, MomentOfDay to) { return days_until_end(from, to); };
  EXPECT_EQ(later("08:00", "17:00"), 0);
  EXPECT_EQ(later("22:00", "06:00"), 1);
  EXPECT_EQ(later("sunset", "23:00"), 0);
  EXPECT_EQ(later("sunset", "16:30"), 0);
  EXPECT_EQ(later("sunset", "00:30"), 1);
  EXPECT_EQ(later("sunset", "sunrise"), 1);
  EXPECT_EQ(later("22:00", "sunrise"), 1);
  EXPECT_EQ(later("06:30", "sunrise"), 0);
  EXPECT_EQ(later("sunrise", "06:30"), 0);
  EXPECT_EQ(later("dawn", "sunrise"), 0);
  EXPECT_EQ(later("sunrise", "sunrise-1h"), 1);
  EXPECT_EQ(later("sunset", "solar midnight"), 1);
  EXPECT_EQ(later("solar midnight", "sunrise"), 0);
  EXPECT_EQ(later("sunrise-8h", "22:30"), -1);
}

TEST(Window, knows_dates_and_seasons) {
  const Window holidays = dates("12-01", "01-06");
  EXPECT_TRUE(at(holidays, "2026-12-01T00:00:00Z"));
  EXPECT_TRUE(at(holidays, "2027-01-06T22:00:00Z"));
  EXPECT_FALSE(at(holidays, "2027-01-06T23:00:00Z"));
  EXPECT_EQ(change(holidays, "2026-12-24T00:00:00Z"), "2027-01-07 00:00");
  EXPECT_EQ(change(holidays, "2026-06-24T00:00:00Z"), "2026-12-01 00:00");
  const Window leap = dates("02-29", "02-29");
  EXPECT_TRUE(at(leap, "2028-02-29T12:00:00Z"));
  EXPECT_FALSE(at(leap, "2027-03-01T12:00:00Z"));

  EXPECT_TRUE(at(in_season(Season::kWinter), "2026-12-01T12:00:00Z"));
  EXPECT_TRUE(at(in_season(Season::kWinter), "2027-02-28T12:00:00Z"));
  EXPECT_TRUE(at(in_season(Season::kSpring), "2027-03-01T12:00:00Z"));
  EXPECT_TRUE(at(in_season(Season::kAutumn), "2026-11-30T12:00:00Z"));
  EXPECT_TRUE(at(in_season(Season::kSummer), "2026-12-01T12:00:00Z", sydney()));
  EXPECT_TRUE(at(in_season(Season::kSpring), "2026-09-01T12:00:00Z", sydney()));
  EXPECT_FALSE(at(in_season(Season::kWinter), "2026-12-01T12:00:00Z", sydney()));
}

TEST(Window, keeps_its_length_across_both_changes_of_the_clocks) {
  // Bounds that the clocks skip or repeat: the first moment after the gap, the first of both.
  EXPECT_EQ(change(between("02:30", "05:00"), "2026-03-28T12:00:00Z"), "2026-03-29 03:00");
  const Window repeated = between("02:15", "02:45");
  EXPECT_TRUE(at(repeated, "2026-10-25T00:30:00Z"));
  EXPECT_FALSE(at(repeated, "2026-10-25T01:30:00Z"));
  EXPECT_EQ(change(repeated, "2026-10-25T00:45:00Z"), "2026-10-26 02:15");
  // Both bounds skipped: nothing is left of it.
  EXPECT_EQ(change(between("02:15", "02:45"), "2026-03-28T12:00:00Z"), "2026-03-30 02:15");
}

TEST(Window, survives_a_day_that_never_was) {
  const Place apia{zone("Pacific/Apia"), {-13.83, -171.77, 0}};
  const Window night = between("22:00", "06:30");
  EXPECT_TRUE(at(night, "2011-12-30T09:00:00Z", apia));
  EXPECT_EQ(change(night, "2011-12-30T09:00:00Z", apia), "2011-12-31 06:30");
}

TEST(Window, refuses_what_contradicts_itself) {
  EXPECT_THROW((void)between("07:00", "07:00"), LogicError);
  EXPECT_THROW((void)between(MomentOfDay(), "07:00"), LogicError);
  EXPECT_THROW((void)on_days({}), LogicError);
  EXPECT_THROW((void)dates(DayOfYear(), "01-06"), LogicError);
  EXPECT_THROW((void)SunEvent::rising_through(91), LogicError);
  EXPECT_EQ(DayOfYear::parse("02-30").error(),
            "`02-30` is no day of the year; write month and day with two digits each, like 12-31");
  EXPECT_TRUE(DayOfYear::parse("02-29"));
  EXPECT_FALSE(DayOfYear::parse("1-1"));
  EXPECT_FALSE(DayOfYear::parse("00-10"));
}

TEST(Window, reads_as_a_sentence_would_say_it) {
  EXPECT_EQ((between("sunset-30min", "23:00") && weekdays()).str(),
            "between 30 min before sunset and 23:00 and on Monday to Friday");
  EXPECT_EQ(((weekends() || dates("12-01", "01-06")) && !in_season(Season::kSummer)).str(),
            "(on Saturday and Sunday or from 1 December to 6 January) and not in summer");
  EXPECT_EQ((!(weekdays() && between("08:00", "09:00"))).str(),
            "not (on Monday to Friday and between 08:00 and 09:00)");
}

// contains() and next_change() must tell the same story: every change is one, and between two of
// them the answer stays. It is asked every seven minutes of some days.
TEST(Window, changes_exactly_when_it_says) {
  const std::vector<Window> windows{
      between("22:00", "06:30") && weekdays(),
      between("sunset-30min", "23:00"),
      between("dusk", "dawn") && !on_days({std::chrono::Saturday}),
      (between("02:15", "02:45") || between("sunrise", "12:00")) && dates("03-20", "10-26"),
      !between("00:30", "05:00") || weekends(),
  };
  struct Stretch {
    Place place;
    const char* begin;
  };
  const std::vector<Stretch> stretches{
      {berlin(), "2026-03-26T00:00:00Z"},
      {berlin(), "2026-10-22T00:00:00Z"},
      {tromso(), "2026-07-22T00:00:00Z"},
      {{zone("America/Havana"), {23.1, -82.4, 20}}, "2026-10-29T00:00:00Z"},
      {{zone("America/Santiago"), {-33.4, -70.7, 500}}, "2026-04-02T00:00:00Z"},
      {{zone("Pacific/Apia"), {-13.83, -171.77, 0}}, "2011-12-28T00:00:00Z"}};
  for (const auto& [place, begin] : stretches) {
    for (const Window& window : windows) {
      WindowGate gate(window);
      TimePoint time = utc(begin) + 7s;
      auto change = window.next_change(time, place);
      bool open = window.contains(time, place);
      for (const TimePoint end = time + 6 * 24h; time < end; time += 7min) {
        if (change && *change <= time) {
          EXPECT_EQ(window.contains(*change, place), !open) << window.str();
          EXPECT_EQ(window.contains(*change - 1us, place), open) << window.str();
          open = !open;
          change = window.next_change(*change, place);
        }
        ASSERT_EQ(window.contains(time, place), open)
            << window.str() << " in " << place.zone.name() << " at " << local(place.zone, time);
        ASSERT_EQ(gate.is_open(time, place), open);
      }
    }
  }
}

}  // namespace
}  // namespace hassette::time
