#include "sim/sun_entity.hpp"

#include <algorithm>
#include <cmath>

#include "sim/home.hpp"

namespace hassette::sim {

namespace {

struct Attribute {
  const char* name;
  SunEvent event;
};
constexpr std::array kAttributes = {
    Attribute{"next_dawn", SunEvent::dawn()},         Attribute{"next_dusk", SunEvent::dusk()},
    Attribute{"next_midnight", SunEvent::midnight()}, Attribute{"next_noon", SunEvent::noon()},
    Attribute{"next_rising", SunEvent::sunrise()},    Attribute{"next_setting", SunEvent::sunset()},
};
constexpr std::size_t kMidnight = 2;
constexpr std::size_t kNoon = 3;
constexpr auto kNotWithinAYear = std::chrono::hours(24 * 365);

double rounded(double value) {
  return std::round(value * 100) / 100 + 0.0;
}

}  // namespace

bool SunEntity::is_overtaken(TimePoint now) const {
  return std::ranges::min(next_) <= now;
}

void SunEntity::update(Home& home) {
  if (!home.state("sun.sun")) return;
  const TimePoint now = home.now();
  const auto number = [&](const char* key) { return home.config()[key].get<double>().value_or(0); };
  const time::Observer place{number("latitude"), number("longitude"), number("elevation")};
  if (place != place_) next_ = {};
  place_ = place;
  Json attributes = Json::object();
  for (std::size_t i = 0; i < kAttributes.size(); ++i) {
    if (next_[i] <= now) {
      next_[i] = time::sun::next(kAttributes[i].event, now, place).value_or(now + kNotWithinAYear);
    }
    attributes[kAttributes[i].name] = iso_text(next_[i]);
  }
  const time::sun::Position sun = time::sun::position(now, place);
  attributes["elevation"] = rounded(sun.elevation);
  attributes["azimuth"] = rounded(sun.azimuth);
  attributes["rising"] = next_[kNoon] < next_[kMidnight];
  home.patch("sun.sun", time::sun::is_up(now, place) ? "above_horizon" : "below_horizon",
             std::move(attributes));
}

}  // namespace hassette::sim
