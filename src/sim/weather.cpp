#include "sim/weather.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/dice.hpp"

namespace hassette::sim {

namespace {

constexpr double kDaysOfAYear = 365.2425;
constexpr double kColdestDay = 20;  // of January, in the north
constexpr auto kWarmthLags = std::chrono::minutes(150);

double sine(double degrees) {
  return std::sin(degrees * std::numbers::pi / 180);
}

// Lux under a clear sky; civil twilight is a soft end of the day.
double clear_light(double elevation) {
  const double day = elevation > 0 ? 105'000 * std::pow(sine(elevation), 1.2) : 0;
  const double twilight = std::clamp((elevation + 8) / 8, 0.0, 1.0);
  return day + 500 * twilight * twilight * twilight;
}

}  // namespace

double Sky::sunshine() const {
  return std::max(0.0, sine(elevation)) * (1 - 0.85 * clouds);
}

const char* Sky::condition() const {
  if (wet()) return temperature < 0.5 ? "snowy" : "rainy";
  if (clouds > 0.6) return "cloudy";
  if (clouds > 0.3) return "partlycloudy";
  return elevation > -0.8 ? "sunny" : "clear-night";
}

double Weather::drift(Channel channel, double hours, TimePoint time) const {
  const double at = std::chrono::duration<double>(time.time_since_epoch()).count() / 3600 / hours;
  const double begin = std::floor(at);
  const auto value = [&](double place) {
    return Dice(seed_, channel, static_cast<std::int64_t>(place)).between(-1, 1);
  };
  const double part = at - begin;
  const double smooth = part * part * (3 - 2 * part);
  return value(begin) * (1 - smooth) + value(begin + 1) * smooth;
}

Sky Weather::at(TimePoint time) const {
  Sky sky;
  const time::sun::Position sun = time::sun::position(time, place_);
  sky.elevation = sun.elevation;
  sky.azimuth = sun.azimuth;
  sky.clouds = std::clamp(
      0.5 + 0.6 * drift(Channel::kClouds, 9, time) + 0.15 * drift(Channel::kGaps, 2, time), 0.0,
      1.0);
  sky.light = clear_light(sky.elevation) * (1 - 0.75 * sky.clouds);
  sky.wind = 9 + 8 * drift(Channel::kWind, 5, time);

  const double days = std::chrono::duration<double>(time.time_since_epoch()).count() / 86'400;
  const double latitude = std::abs(place_.latitude);
  const double year = std::cos(2 * std::numbers::pi * (days - kColdestDay) / kDaysOfAYear);
  const double season = -year * std::min(9.5, latitude * 0.18) * (place_.latitude < 0 ? -1 : 1);
  const double fronts =
      4.5 * drift(Channel::kFronts, 61, time) + 1.2 * drift(Channel::kSwings, 17, time);
  // The air follows the sun with a delay, less so under clouds.
  const double lagging = time::sun::position(time - kWarmthLags, place_).elevation;
  const double day = 5.5 * (1 - 0.6 * sky.clouds) * sine(lagging);
  sky.temperature = 27 - latitude * 0.33 + season + fronts + day;
  sky.humidity = std::clamp(66 - 3 * day + 18 * (sky.clouds - 0.5), 25.0, 100.0);
  return sky;
}

}  // namespace hassette::sim
