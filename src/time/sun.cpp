#include "time/sun.hpp"

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"
#include "time/solar_day.hpp"

namespace hassette::time::sun {

namespace {

using Kind = SunEvent::Kind;

// Longer than any polar night, and than what it takes for an angle to come round.
constexpr int kMaxDays = 370;
// Some thousand years, beyond which the formulas say nothing.
constexpr UnixDays kFarthest = 3'000'000;

UnixDays unix_days(TimePoint time) {
  return std::chrono::duration<double, std::chrono::days::period>(time.time_since_epoch()).count();
}

TimePoint time_point(UnixDays time) {
  return TimePoint(std::chrono::seconds(std::llround(time * 86400)));
}

// The event in one solar day, and where there is none, by how much the sun misses it.
Crossing event_in(int day, SunEvent event, double elevation, const Observer& observer) {
  switch (event.kind()) {
    case Kind::kNoon:
      return {noon_of(day, observer)};
    case Kind::kMidnight:
      return {midnight_of(day, observer)};
    default:
      return crossing(day, elevation, event.is_rising(), observer);
  }
}

double threshold_of(SunEvent event, const Observer& observer) {
  const bool has_none = event.kind() == Kind::kNoon || event.kind() == Kind::kMidnight;
  return has_none ? 0 : threshold(event, observer);
}

// Days in which the sun cannot make up for what it missed the elevation by: noons and midnights
// move by no more than 0.4 degrees a day.
int days_to_skip(double missed_by) {
  return std::max(1, static_cast<int>(std::abs(missed_by) / 0.41));
}

bool is_usable(const Observer& observer) {
  return std::isfinite(observer.latitude) && std::abs(observer.longitude) <= 360 &&
         std::isfinite(observer.elevation);
}

std::optional<TimePoint> search(SunEvent event, TimePoint from, int direction,
                                const Observer& observer) {
  HASSETTE_ASSERT(is_usable(observer), "the observer must be a place on earth");
  if (std::abs(unix_days(from)) > kFarthest) return std::nullopt;
  const double elevation = threshold_of(event, observer);
  const int start = solar_day_of(unix_days(from), observer) - direction;
  int day = start;
  while (std::abs(day - start) <= kMaxDays) {
    const Crossing found = event_in(day, event, elevation, observer);
    if (!found.time) {
      day += direction * days_to_skip(found.missed_by);
      continue;
    }
    const TimePoint time = time_point(*found.time);
    if (direction > 0 ? time > from : time < from) return time;
    day += direction;
  }
  return std::nullopt;
}

}  // namespace

Position position(TimePoint time, const Observer& observer) {
  Position seen = geometric_position(unix_days(time), observer);
  seen.elevation += refraction(seen.elevation);
  return seen;
}

bool is_up(TimePoint time, const Observer& observer) {
  return position(time, observer).elevation > -0.833;
}

std::optional<TimePoint> next(SunEvent event, TimePoint after, const Observer& observer) {
  return search(event, after, 1, observer);
}

std::optional<TimePoint> previous(SunEvent event, TimePoint before, const Observer& observer) {
  return search(event, before, -1, observer);
}

std::optional<TimePoint> on(SunEvent event, Date date, const Zone& zone, const Observer& observer) {
  if (!zone.has_day(date)) return std::nullopt;
  const TimePoint begin = zone.start_of(date);
  // Not the start of the next date: in the autumn some zones put the clocks back over midnight, and
  // then this date goes on after the next one has begun.
  const double elevation = threshold_of(event, observer);
  const int first = solar_day_of(unix_days(begin), observer) - 1;
  for (int day = first; day <= first + 3; ++day) {
    const auto found = event_in(day, event, elevation, observer).time;
    if (found && zone.date_of(time_point(*found)) == date) return time_point(*found);
  }
  return std::nullopt;
}

TimePoint around_noon_of(SunEvent event, Date date, const Zone& zone, const Observer& observer) {
  HASSETTE_ASSERT(is_usable(observer), "the observer must be a place on earth");
  const TimePoint midday = zone.resolve(date, TimeOfDay("12:00"));
  const int day = solar_day_of(unix_days(midday), observer);
  const Crossing found = event_in(day, event, threshold_of(event, observer), observer);
  if (found.time) return time_point(*found.time);
  if (found.missed_by > 0) return time_point(noon_of(day, observer));
  return time_point(midnight_of(event.is_rising() ? day : day + 1, observer));
}

}  // namespace hassette::time::sun
