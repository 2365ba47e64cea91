#include "sim/weather.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "sim/rooms.hpp"
#include "time/iso8601.hpp"

namespace hassette::sim {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr time::Observer kBerlin{52.52, 13.405, 34};

TimePoint new_year() {
  return *time::parse_iso8601("2026-01-01T00:00:00+00:00");
}

TEST(Weather, is_smooth_possible_and_has_seasons) {
  for (const std::uint64_t seed : {1, 2, 11, 99}) {
    const Weather weather(seed, kBerlin);
    double before = weather.at(new_year()).temperature;
    double january = 0;
    double july = 0;
    for (TimePoint time = new_year(); time < new_year() + days(365); time += minutes(10)) {
      const Sky sky = weather.at(time);
      EXPECT_LT(std::abs(sky.temperature - before), 0.6) << "ten minutes";
      EXPECT_GT(sky.temperature, -25);
      EXPECT_LT(sky.temperature, 40);
      EXPECT_TRUE(sky.clouds >= 0 && sky.clouds <= 1);
      EXPECT_TRUE(sky.humidity >= 20 && sky.humidity <= 100);
      EXPECT_TRUE(sky.light >= 0 && sky.light < 120'000);
      EXPECT_GE(sky.wind, 0);
      if (sky.elevation < -8) EXPECT_EQ(sky.light, 0);
      before = sky.temperature;
      if (time < new_year() + days(31)) january += sky.temperature / (31 * 144);
      if (time >= new_year() + days(181) && time < new_year() + days(212)) {
        july += sky.temperature / (31 * 144);
      }
      if (HasFailure()) return;
    }
    EXPECT_GT(july, january + 12);
  }
}

TEST(Weather, is_the_same_in_whatever_order_it_is_asked) {
  const Weather weather(5, kBerlin);
  const double later = weather.at(new_year() + hours(77)).temperature;
  EXPECT_NE(weather.at(new_year()).temperature, later);
  EXPECT_EQ(Weather(5, kBerlin).at(new_year() + hours(77)).temperature, later);
  EXPECT_NE(Weather(6, kBerlin).at(new_year() + hours(77)).temperature, later);
}

TEST(Rooms, stay_possible_whatever_acts_on_them) {
  std::mt19937 random(3);
  const auto flips = [&] { return random() % 2 == 0; };
  Rooms rooms;
  Influences in;
  for (int minute = 0; minute < 100 * 24 * 60; ++minute) {
    if (minute % 37 == 0) {
      in.outdoor = static_cast<double>(random() % 55) - 20;
      in.sunshine = static_cast<double>(random() % 100) / 100;
      for (int& people : in.people) people = static_cast<int>(random() % 3);
      for (double& goal : in.heating_goal)
        goal = flips() ? 0 : 15 + static_cast<double>(random() % 10);
      in.cooking = flips();
      in.showering = flips();
      in.bathroom_fan = flips();
      in.kitchen_window = flips();
      in.terrace_door = flips();
      in.office_heater = flips();
    }
    rooms.step(1.0 / 60, in);
    for (const Room room : {Room::kKitchen, Room::kLivingRoom, Room::kBedroom, Room::kOffice}) {
      ASSERT_GT(rooms.temperature(room), -20);
      ASSERT_LT(rooms.temperature(room), 90);
    }
    ASSERT_TRUE(rooms.bathroom_humidity() > 0 && rooms.bathroom_humidity() < 100);
    ASSERT_TRUE(rooms.living_room_humidity() > 0 && rooms.living_room_humidity() < 100);
    ASSERT_TRUE(rooms.office_co2() >= 400 && rooms.office_co2() < 4000);
    ASSERT_TRUE(rooms.fridge() > 0 && rooms.fridge() < 30) << rooms.fridge();
  }
}

TEST(Rooms, follow_heating_showers_and_people) {
  Rooms rooms;
  Influences in;
  in.outdoor = -5;
  in.heating_goal[static_cast<std::size_t>(Room::kLivingRoom)] = 21;
  in.showering = true;
  in.people[static_cast<std::size_t>(Room::kOffice)] = 1;
  for (int minute = 0; minute < 12; ++minute) rooms.step(1.0 / 60, in);
  EXPECT_GT(rooms.bathroom_humidity(), 70);
  in.showering = false;
  in.bathroom_fan = true;
  for (int minute = 0; minute < 24 * 60; ++minute) rooms.step(1.0 / 60, in);
  EXPECT_NEAR(rooms.temperature(Room::kLivingRoom), 21, 0.4);
  EXPECT_LT(rooms.temperature(Room::kBedroom), 15) << "nobody heats it";
  EXPECT_NEAR(rooms.bathroom_humidity(), 50, 1);
  EXPECT_GT(rooms.office_co2(), 1000);
}

}  // namespace
}  // namespace hassette::sim
