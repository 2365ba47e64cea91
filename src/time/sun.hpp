// Where the sun is and when it does what, worked out from a place on earth without asking anybody.
//
// Pure functions, any thread. The formulas are those of NOAA's solar calculator, good to some
// seconds from 1900 to 2100. At sea level events are the almanac's: the sun's upper edge on the
// horizon with 34 minutes of refraction, twilight at 6, 12 and 18 degrees. An observer above sea
// level sees farther, and is treated as Home Assistant's sun integration (astral 2) does it: the
// dip of the horizon counts for all of them, twilight included, and so does the refraction there.
// Times are rounded to whole seconds, so that every processor gives the same.
#pragma once

#include <hassette/sun.hpp>
#include <hassette/time.hpp>
#include <optional>

#include "time/zone.hpp"

namespace hassette::time {

// Degrees, north and east positive; metres above the horizon's level. Latitudes beyond 89.8 degrees
// count as that, since days have no meaning at the pole.
struct Observer {
  double latitude = 0;
  double longitude = 0;
  double elevation = 0;

  friend bool operator==(const Observer&, const Observer&) = default;
};

}  // namespace hassette::time

namespace hassette::time::sun {

// Degrees: above the horizon, as it seems with refraction; and clockwise from north.
struct Position {
  double elevation = 0;
  double azimuth = 0;
};
[[nodiscard]] Position position(TimePoint time, const Observer& observer);

// Whether Home Assistant's sun.sun says "above_horizon".
[[nodiscard]] bool is_up(TimePoint time, const Observer& observer);

// The first one after the moment and the last one before it, however long the polar night; nothing
// where there is none within a year.
[[nodiscard]] std::optional<TimePoint> next(SunEvent event, TimePoint after,
                                            const Observer& observer);
[[nodiscard]] std::optional<TimePoint> previous(SunEvent event, TimePoint before,
                                                const Observer& observer);

// The first one on this date of the local calendar, as almanacs list them; nothing where it does
// not happen that day.
[[nodiscard]] std::optional<TimePoint> on(SunEvent event, Date date, const Zone& zone,
                                          const Observer& observer);

// The one that belongs to the daylight of this date: from the solar midnight before its noon to
// the one after, so a sunset after midnight still belongs to the evening. Where it does not happen
// it answers with what it tends to: in the polar night, when the day shrinks to nothing, sunrise
// and sunset both are at solar noon; in the polar day they are at the solar midnights.
[[nodiscard]] TimePoint around_noon_of(SunEvent event, Date date, const Zone& zone,
                                       const Observer& observer);

}  // namespace hassette::time::sun
