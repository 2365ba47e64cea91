#pragma once
// Berlin's clocks, by the rule: an hour ahead of UTC, two from the last Sunday of March, 01:00 UTC,
// to that of October. Enough for the model, and nothing that the product uses.
#include <cstdint>
#include <vector>

#include "tape.hpp"

namespace hassette::simulation::berlin {

constexpr Micros kMinute = 60 * kSecond;
constexpr Micros kHour = 60 * kMinute;
constexpr Micros kDay = 24 * kHour;

/// What the clocks show, as if they were in UTC.
Micros to_local(Micros utc);
/// When the clocks show it: the first time, or the first moment after the gap that skips it.
Micros to_utc(Micros local);
/// The local midnight that begins the day of this moment, as a local time.
Micros day_of(Micros utc);
/// Sunday is 0.
int weekday(Micros local);
/// The two changes of the year that this moment lies in, in UTC.
std::vector<Micros> changes_of_year(Micros utc);

}  // namespace hassette::simulation::berlin
