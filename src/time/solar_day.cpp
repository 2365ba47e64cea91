#include "time/solar_day.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hassette::time::sun {

namespace {

constexpr double kDegree = std::numbers::pi / 180;
constexpr double kMaxLatitude = 89.8;
// Half of the sun's disc, as Home Assistant counts it, and the almanac's horizon: 16 minutes of arc
// for the disc and 34 for refraction.
constexpr double kHalfDisc = 16.0 / 60;
constexpr double kAlmanacHorizon = -50.0 / 60;
constexpr double kEarthRadius = 6'356'900;  // metres, as Home Assistant has it
constexpr double kHighestObserver = 10'000;

double sine(double degrees) {
  return std::sin(degrees * kDegree);
}
double cosine(double degrees) {
  return std::cos(degrees * kDegree);
}
double tangent(double degrees) {
  return std::tan(degrees * kDegree);
}

double latitude_of(const Observer& observer) {
  return std::clamp(observer.latitude, -kMaxLatitude, kMaxLatitude);
}

// How the sun's clock differs from the mean one, and its height above the equator.
struct Ephemeris {
  double declination;       // degrees
  double equation_of_time;  // days: solar time minus mean time
};

// After Meeus, "Astronomical Algorithms", in the short form that NOAA publishes.
Ephemeris ephemeris(UnixDays time) {
  constexpr double kEpoch2000 = 10957.5;  // 2000-01-01 12:00 in days since 1970
  const double t = (time - kEpoch2000) / 36525;
  const double mean_longitude = std::fmod(280.46646 + t * (36000.76983 + t * 0.0003032), 360.0);
  const double anomaly = 357.52911 + t * (35999.05029 - t * 0.0001537);
  const double eccentricity = 0.016708634 - t * (0.000042037 + t * 0.0000001267);
  const double centre = sine(anomaly) * (1.914602 - t * (0.004817 + t * 0.000014)) +
                        sine(2 * anomaly) * (0.019993 - t * 0.000101) +
                        sine(3 * anomaly) * 0.000289;
  const double node = 125.04 - 1934.136 * t;
  const double longitude = mean_longitude + centre - 0.00569 - 0.00478 * sine(node);
  const double arc_seconds = 21.448 - t * (46.815 + t * (0.00059 - t * 0.001813));
  const double obliquity = 23 + (26 + arc_seconds / 60) / 60 + 0.00256 * cosine(node);

  const double y = tangent(obliquity / 2) * tangent(obliquity / 2);
  const double equation = y * sine(2 * mean_longitude) - 2 * eccentricity * sine(anomaly) +
                          4 * eccentricity * y * sine(anomaly) * cosine(2 * mean_longitude) -
                          0.5 * y * y * sine(4 * mean_longitude) -
                          1.25 * eccentricity * eccentricity * sine(2 * anomaly);
  return {std::asin(sine(obliquity) * sine(longitude)) / kDegree,
          equation / (2 * std::numbers::pi)};
}

double elevation_at(UnixDays time, const Observer& observer) {
  return geometric_position(time, observer).elevation;
}

// The moment at which the sun crosses the meridian, from one of mean solar time.
UnixDays transit(double mean_solar_days, const Observer& observer) {
  const UnixDays mean = mean_solar_days - observer.longitude / 360;
  UnixDays time = mean;
  // The equation of time moves by at most 30 seconds a day: two steps are exact to a microsecond.
  for (int i = 0; i < 3; ++i) time = mean - ephemeris(time).equation_of_time;
  return time;
}

// The highest or lowest point near a transit: where the sun's declination changes quickly and the
// latitude is great, it is some minutes away.
UnixDays turning_point(UnixDays transit, bool highest, const Observer& observer) {
  constexpr double kReach = 0.08;  // days
  constexpr double kGolden = 0.6180339887498949;
  UnixDays low = transit - kReach;
  UnixDays high = transit + kReach;
  while (high - low > 1e-6) {
    const UnixDays a = high - kGolden * (high - low);
    const UnixDays b = low + kGolden * (high - low);
    const bool first_is_higher = elevation_at(a, observer) > elevation_at(b, observer);
    (first_is_higher == highest ? high : low) = first_is_higher == highest ? b : a;
  }
  return (low + high) / 2;
}

// Where the elevation, which is below the wanted one at `below` and above it at `above`, meets it:
// the false position method, with the Illinois rule against an end that does not move.
UnixDays meet(double wanted, UnixDays below, UnixDays above, const Observer& observer) {
  constexpr double kExact = 1e-7;  // days: a hundredth of a second
  double missing = elevation_at(below, observer) - wanted;
  double excess = elevation_at(above, observer) - wanted;
  int side = 0;
  for (int i = 0; i < 60 && std::abs(above - below) > kExact; ++i) {
    const UnixDays between = (below * excess - above * missing) / (excess - missing);
    const double there = elevation_at(between, observer) - wanted;
    if (std::abs(there) < 1e-7) return between;
    if (there < 0) {
      below = between;
      missing = there;
      if (side == -1) excess /= 2;
      side = -1;
    } else {
      above = between;
      excess = there;
      if (side == 1) missing /= 2;
      side = 1;
    }
  }
  return (below + above) / 2;
}

double dip(const Observer& observer) {
  const double height = std::min(observer.elevation, kHighestObserver);
  return std::acos(kEarthRadius / (kEarthRadius + height)) / kDegree;
}

// The geometric elevation that seems to be this one. Seeming elevation grows with the real one.
double without_refraction(double seeming) {
  double low = seeming - 1;
  double high = seeming + 1;
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (middle + refraction(middle) < seeming ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

Position geometric_position(UnixDays time, const Observer& observer) {
  const auto [declination, equation] = ephemeris(time);
  const double latitude = latitude_of(observer);
  const double hour_angle = 360 * (time - std::floor(time) + equation - 0.5) + observer.longitude;
  const double height = sine(latitude) * sine(declination) +
                        cosine(latitude) * cosine(declination) * cosine(hour_angle);
  const double from_south =
      std::atan2(sine(hour_angle),
                 cosine(hour_angle) * sine(latitude) - tangent(declination) * cosine(latitude));
  const double azimuth = std::fmod(from_south / kDegree + 540, 360.0);
  return {std::asin(std::clamp(height, -1.0, 1.0)) / kDegree, azimuth};
}

double refraction(double elevation) {
  if (elevation >= 85) return 0;
  const double slope = tangent(elevation);
  double arc_seconds;
  if (elevation > 5) {
    arc_seconds = 58.1 / slope - 0.07 / std::pow(slope, 3) + 0.000086 / std::pow(slope, 5);
  } else if (elevation > -0.575) {
    arc_seconds =
        1735 +
        elevation * (-518.2 + elevation * (103.4 + elevation * (-12.79 + elevation * 0.711)));
  } else {
    arc_seconds = -20.774 / slope;
  }
  return arc_seconds / 3600;
}

double threshold(SunEvent event, const Observer& observer) {
  using Kind = SunEvent::Kind;
  const bool rise_or_set = event.kind() == Kind::kSunrise || event.kind() == Kind::kSunset;
  if (event.kind() == Kind::kRising || event.kind() == Kind::kSetting) {
    return without_refraction(event.degrees());
  }
  const double twilight = -6.0 * (1 + static_cast<int>(event.twilight()));
  if (!(observer.elevation > 0)) return rise_or_set ? kAlmanacHorizon : twilight;
  const double lowered = (rise_or_set ? -kHalfDisc : twilight) - dip(observer);
  return lowered - refraction(lowered);
}

int solar_day_of(UnixDays time, const Observer& observer) {
  return static_cast<int>(std::floor(time + observer.longitude / 360));
}

UnixDays noon_of(int day, const Observer& observer) {
  return transit(day + 0.5, observer);
}

UnixDays midnight_of(int day, const Observer& observer) {
  return transit(day, observer);
}

Crossing crossing(int day, double elevation, bool rising, const Observer& observer) {
  // Within this much of the day's reach the exact turning point decides.
  constexpr double kGrazing = 0.05;
  UnixDays above = noon_of(day, observer);
  UnixDays below = midnight_of(rising ? day : day + 1, observer);
  double highest = elevation_at(above, observer);
  double lowest = elevation_at(below, observer);
  if (std::abs(highest - elevation) < kGrazing) {
    above = turning_point(above, true, observer);
    highest = elevation_at(above, observer);
  }
  if (std::abs(lowest - elevation) < kGrazing) {
    below = turning_point(below, false, observer);
    lowest = elevation_at(below, observer);
  }
  if (elevation > highest) return {std::nullopt, elevation - highest};
  if (elevation <= lowest) return {std::nullopt, elevation - lowest};
  return {meet(elevation, below, above, observer), 0};
}

}  // namespace hassette::time::sun
