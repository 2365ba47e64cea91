// One solar day, from a solar midnight over noon to the next midnight, at one place: the astronomy
// behind time/sun.hpp.
//
// Pure functions, any thread. Times are days since 1970-01-01 UTC, angles degrees. Solar day n is
// the one whose noon falls on the n-th day of the place's own mean solar time.
#pragma once

#include <hassette/sun.hpp>
#include <optional>

#include "time/sun.hpp"

namespace hassette::time::sun {

using UnixDays = double;

// Without refraction: what the earth's globe alone makes of it.
[[nodiscard]] Position geometric_position(UnixDays time, const Observer& observer);
// How much higher the air makes the sun seem that stands at this elevation.
[[nodiscard]] double refraction(double elevation);
// The geometric elevation at which the event happens; not for noon and midnight.
[[nodiscard]] double threshold(SunEvent event, const Observer& observer);

[[nodiscard]] int solar_day_of(UnixDays time, const Observer& observer);
[[nodiscard]] UnixDays noon_of(int day, const Observer& observer);
// The one at which the day begins.
[[nodiscard]] UnixDays midnight_of(int day, const Observer& observer);

struct Crossing {
  std::optional<UnixDays> time;
  // Where there is none: how many degrees the sun misses the elevation by, positive where it stays
  // below and negative where it stays above.
  double missed_by = 0;
};
// When the sun passes the elevation on its way up or down in this day.
[[nodiscard]] Crossing crossing(int day, double elevation, bool rising, const Observer& observer);

}  // namespace hassette::time::sun
