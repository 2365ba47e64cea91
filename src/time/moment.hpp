// A home's place, and when a moment of the day ("07:30", "sunset-30min") comes there.
//
// Pure functions on values, any thread.
#pragma once

#include <hassette/sun.hpp>
#include <hassette/time.hpp>
#include <optional>

#include "time/sun.hpp"
#include "time/zone.hpp"

namespace hassette::time {

// Where the home is: all that wall clocks and the sun depend on.
struct Place {
  Zone zone;
  Observer observer;

  friend bool operator==(const Place&, const Place&) = default;
};

// The first one after `after`. Nothing for a sun event that does not come within a year. The rule
// is for times on the clock; a sun event with its offset happens when it happens.
[[nodiscard]] std::optional<TimePoint> next_moment(TimePoint after, const MomentOfDay& moment,
                                                   const Place& place, WallClockRule rule = {});

// The one of this date, which must exist in the zone; sun events as in sun::around_noon_of.
[[nodiscard]] TimePoint moment_on(Date date, const MomentOfDay& moment, const Place& place);

}  // namespace hassette::time
