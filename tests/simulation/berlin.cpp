#include "berlin.hpp"

#include <chrono>

namespace hassette::simulation::berlin {

namespace {

using namespace std::chrono;

/// Rounds down, also before 1970.
Micros whole(Micros time, Micros unit) {
  const Micros rest = time % unit;
  return time - (rest < 0 ? rest + unit : rest);
}

Micros offset(Micros utc) {
  const std::vector<Micros> changes = changes_of_year(utc);
  return changes.size() == 2 && utc >= changes[0] && utc < changes[1] ? 2 * kHour : kHour;
}

}  // namespace

std::vector<Micros> changes_of_year(Micros utc) {
  const year_month_day date(floor<days>(sys_time<microseconds>(microseconds(utc))));
  if (date.year() < year(1996)) return {};  // other rules
  const auto change = [&](month in) {
    const sys_days sunday(date.year() / in / Sunday[last]);
    return duration_cast<microseconds>((sunday + hours(1)).time_since_epoch()).count();
  };
  return {change(March), change(October)};
}

Micros to_local(Micros utc) {
  return utc + offset(utc);
}

Micros to_utc(Micros local) {
  for (const Micros ahead : {2 * kHour, kHour}) {
    if (offset(local - ahead) == ahead) return local - ahead;
  }
  return changes_of_year(local).front();
}

Micros day_of(Micros utc) {
  return whole(to_local(utc), kDay);
}

int weekday(Micros local) {
  return static_cast<int>((whole(local, kDay) / kDay + 4) % 7);  // 1970 began on a Thursday
}

}  // namespace hassette::simulation::berlin
