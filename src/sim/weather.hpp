// The weather over the demo's house: season, sun and what drifts by, smooth in time.
//
// A pure function of seed, place and moment, so any moment may be asked for in any order. A value;
// any thread. No errors.
#pragma once

#include <cstdint>
#include <hassette/time.hpp>

#include "time/sun.hpp"

namespace hassette::sim {

struct Sky {
  double temperature = 0;  // °C
  double clouds = 0;       // 0 to 1
  double humidity = 0;     // %
  double wind = 0;         // km/h
  double light = 0;        // lux in the open
  double elevation = 0;    // of the sun, degrees
  double azimuth = 0;

  [[nodiscard]] bool wet() const { return clouds > 0.9; }
  // How much of the strongest sunshine comes through a window, 0 to 1.
  [[nodiscard]] double sunshine() const;
  // As Home Assistant's weather entities say it.
  [[nodiscard]] const char* condition() const;
};

class Weather {
 public:
  Weather(std::uint64_t seed, time::Observer place) : seed_(seed), place_(place) {}
  [[nodiscard]] Sky at(TimePoint time) const;

 private:
  enum class Channel : std::uint8_t { kFronts, kSwings, kClouds, kGaps, kWind };
  // -1 to 1, with a value of its own about every `period`.
  [[nodiscard]] double drift(Channel channel, double hours, TimePoint time) const;

  std::uint64_t seed_;
  time::Observer place_;
};

}  // namespace hassette::sim
