#include <hassette/place.hpp>

#include "time/moment.hpp"

namespace hassette {

std::string_view Place::zone() const {
  return place_->zone.name();
}
double Place::latitude() const {
  return place_->observer.latitude;
}
double Place::longitude() const {
  return place_->observer.longitude;
}
double Place::elevation() const {
  return place_->observer.elevation;
}

LocalTime Place::to_local(TimePoint time) const {
  return place_->zone.to_local(time);
}

TimePoint Place::resolve(Date date, TimeOfDay time, WallClockRule rule) const {
  return place_->zone.resolve(date, time, rule);
}

std::optional<TimePoint> Place::next(const MomentOfDay& moment, TimePoint after,
                                     WallClockRule rule) const {
  return time::next_moment(after, moment, *place_, rule);
}

}  // namespace hassette
