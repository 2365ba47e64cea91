#pragma once
// layer: schedule
//
// Place: where the home is, for triggers that authors write: its calendar, its clocks, its sun.
//
// A view that is handed to `next` and is good for that call only. Loop thread.
#include <hassette/sun.hpp>
#include <hassette/time.hpp>

#include <optional>
#include <string_view>

namespace hassette {

namespace time {
struct Place;
}

class Place {
 public:
  explicit Place(const time::Place& place) : place_(&place) {}

  /// "Europe/Berlin"
  std::string_view zone() const;
  double latitude() const;   ///< degrees, north is positive
  double longitude() const;  ///< degrees, east is positive
  double elevation() const;  ///< metres

  /// What clocks and calendars in the home show.
  LocalTime to_local(TimePoint time) const;
  /// When they show this.
  TimePoint resolve(Date date, TimeOfDay time, WallClockRule rule = {}) const;
  /// The first such moment after `after`: "07:30", "sunset-30min". Nothing where the sun does not
  /// do it within a year.
  std::optional<TimePoint> next(const MomentOfDay& moment, TimePoint after,
                                WallClockRule rule = {}) const;

 private:
  const time::Place* place_;
};

}  // namespace hassette
