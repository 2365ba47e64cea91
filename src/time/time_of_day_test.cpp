#include <hassette/time.hpp>

#include <gtest/gtest.h>

#include <hassette/error.hpp>

namespace hassette {
namespace {

TEST(TimeOfDay, reads_hours_minutes_and_seconds) {
  EXPECT_EQ(TimeOfDay::parse("07:30")->str(), "07:30");
  EXPECT_EQ(TimeOfDay::parse("7:30:15")->str(), "07:30:15");
  EXPECT_EQ(TimeOfDay::parse("00:00")->since_midnight().count(), 0);
  EXPECT_EQ(TimeOfDay::parse("23:59:59")->since_midnight().count(), 86'399);
}

TEST(TimeOfDay, refuses_what_is_none) {
  for (const char* text : {"", "24:30", "24:00", "7:60", "7:3", "7", "07:30:60", "07:30:1", "7:30 ",
                           "-7:30", "007:30", "07:30:15.5", "7:030", "seven", ":30", "07:"}) {
    EXPECT_FALSE(TimeOfDay::parse(text)) << text;
  }
  EXPECT_EQ(
      TimeOfDay::parse("24:30").error(),
      "`24:30` is not a time of day; write it like 07:30 or 07:30:15, from 00:00 to 23:59:59");
}

TEST(TimeOfDay, is_a_literal_checked_at_compile_time) {
  constexpr TimeOfDay kWake = "06:45";
  static_assert(kWake.hour() == 6 && kWake.minute() == 45 && kWake.second() == 0);
  const struct {
    TimeOfDay at = "7:30:15";
  } options;
  EXPECT_EQ(options.at.second(), 15);
}

TEST(TimeOfDay, tells_midnight_from_nothing) {
  EXPECT_FALSE(TimeOfDay().is_set());
  EXPECT_TRUE(TimeOfDay("00:00").is_set());
  EXPECT_NE(TimeOfDay(), TimeOfDay("00:00"));
  EXPECT_LT(TimeOfDay("07:30"), TimeOfDay("07:30:01"));
}

TEST(TimeOfDay, is_formatted) {
  EXPECT_EQ(fmt::format("at {:>6}", TimeOfDay("07:30")), "at  07:30");
  EXPECT_EQ(fmt::format("{}", TimeOfDay()), "unset");
}

TEST(TimeOfDay, is_made_from_seconds_within_a_day) {
  EXPECT_EQ(TimeOfDay::from_midnight(std::chrono::hours(7)), TimeOfDay("07:00"));
  EXPECT_THROW((void)TimeOfDay::from_midnight(std::chrono::hours(24)), LogicError);
  EXPECT_THROW((void)TimeOfDay::from_midnight(std::chrono::seconds(-1)), LogicError);
}

TEST(LocalTime, gives_its_parts) {
  const LocalTime time{
      .year = 2026, .month = 5, .day = 3, .hour = 6, .minute = 21, .second = 31, .zone = "CEST"};
  EXPECT_EQ(time.weekday(), std::chrono::Sunday);
  EXPECT_EQ(time.time_of_day(), TimeOfDay("06:21:31"));
  EXPECT_EQ(time.date(), Date(std::chrono::year(2026), std::chrono::May, std::chrono::day(3)));
  EXPECT_EQ(time.str(), "2026-05-03 06:21:31 CEST");
}

}  // namespace
}  // namespace hassette
