// Instants: whether the clock that gave one had been set, and how files hold them.
//
// Pure functions on values, any thread.
#pragma once

#include <cstdint>
#include <hassette/time.hpp>

namespace hassette::time {

// False before the year 2000: a clock that says so has not been set since the machine started.
[[nodiscard]] constexpr bool is_set(TimePoint time) {
  using std::chrono::January;
  return time >= std::chrono::sys_days(std::chrono::year(2000) / January / 1);
}

// Microseconds since 1970.
[[nodiscard]] constexpr std::int64_t to_micros(TimePoint time) {
  return time.time_since_epoch().count();
}

[[nodiscard]] constexpr TimePoint from_micros(std::int64_t since_1970) {
  return TimePoint(TimePoint::duration(since_1970));
}

}  // namespace hassette::time
