#include "time/moment.hpp"

#include <fmt/format.h>

#include <cmath>
#include <hassette/duration.hpp>
#include <ostream>
#include <vector>

#include "base/assert.hpp"
#include "base/nearest.hpp"
#include "time/wall_clock.hpp"

namespace hassette {

namespace {

double checked(double degrees) {
  HASSETTE_ASSERT(std::abs(degrees) <= 90, "the sun's elevation lies between -90 and 90 degrees");
  return degrees;
}

}  // namespace

SunEvent SunEvent::rising_through(double degrees) {
  SunEvent event(Kind::kRising);
  event.degrees_ = checked(degrees);
  return event;
}

SunEvent SunEvent::setting_through(double degrees) {
  SunEvent event(Kind::kSetting);
  event.degrees_ = checked(degrees);
  return event;
}

std::string SunEvent::str() const {
  constexpr std::array<std::string_view, 3> kTwilights{"", "nautical ", "astronomical "};
  const std::string_view twilight = kTwilights.at(static_cast<std::size_t>(twilight_));
  switch (kind_) {
    case Kind::kSunrise:
      return "sunrise";
    case Kind::kSunset:
      return "sunset";
    case Kind::kDawn:
      return fmt::format("{}dawn", twilight);
    case Kind::kDusk:
      return fmt::format("{}dusk", twilight);
    case Kind::kNoon:
      return "solar noon";
    case Kind::kMidnight:
      return "solar midnight";
    case Kind::kRising:
      return fmt::format("sun rising through {:g} degrees", degrees_);
    case Kind::kSetting:
      return fmt::format("sun setting through {:g} degrees", degrees_);
  }
  return "nothing";
}

std::expected<MomentOfDay, std::string> MomentOfDay::parse(std::string_view text) {
  const MomentOfDay moment = scan(text);
  if (moment.is_set()) return moment;

  const std::size_t sign = text.find_first_of("+-");
  const std::string_view name = trimmed(text.substr(0, sign));
  if (name == "noon" || name == "midnight") {
    return std::unexpected(fmt::format("`{}` may mean the clock or the sun; write {} or `solar {}`",
                                       text, name == "noon" ? "12:00" : "00:00", name));
  }
  std::vector<std::string> known;
  for (const Name& each : kNames) {
    known.emplace_back(each.text);
    if (same_name(each.text, name)) {
      return std::unexpected(fmt::format(
          "the offset in `{}` cannot be read; write it like {}-30min, {}+1h or {}+00:45, with less "
          "than 12 hours",
          text, each.text, each.text, each.text));
    }
  }
  return std::unexpected(
      fmt::format("`{}` is no moment of a day; write a time like 07:30, or sunrise, sunset, dawn, "
                  "dusk or `solar noon` with an offset like sunset-30min{}",
                  text, base::did_you_mean(name, known)));
}

std::string MomentOfDay::str() const {
  if (!event_) return time_.str();
  if (offset_.count() == 0) return event_->str();
  return fmt::format("{} {} {}", format_duration(std::chrono::abs(offset_)),
                     offset_.count() < 0 ? "before" : "after", event_->str());
}

std::ostream& operator<<(std::ostream& out, const SunEvent& event) {
  return out << event.str();
}
std::ostream& operator<<(std::ostream& out, const MomentOfDay& moment) {
  return out << moment.str();
}

}  // namespace hassette

namespace hassette::time {

std::optional<TimePoint> next_moment(TimePoint after, const MomentOfDay& moment, const Place& place,
                                     WallClockRule rule) {
  HASSETTE_ASSERT(moment.is_set(), "the moment of the day must be set");
  if (!moment.event()) return next_local(after, moment.time(), Weekdays::all(), place.zone, rule);
  const auto event = sun::next(*moment.event(), after - moment.offset(), place.observer);
  if (!event) return std::nullopt;
  return *event + moment.offset();
}

TimePoint moment_on(Date date, const MomentOfDay& moment, const Place& place) {
  HASSETTE_ASSERT(moment.is_set(), "the moment of the day must be set");
  if (!moment.event()) return place.zone.resolve(date, moment.time());
  return sun::around_noon_of(*moment.event(), date, place.zone, place.observer) + moment.offset();
}

}  // namespace hassette::time
