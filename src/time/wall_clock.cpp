#include "time/wall_clock.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace hassette::time {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

// What calendars are good for; beyond, nothing comes round any more.
constexpr sys_seconds kFirstMoment = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
constexpr sys_seconds kLastMoment = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);
// A pattern that a zone's gaps always swallow would be looked for for ever.
constexpr int kMaxPeriods = 500;

local_seconds local(sys_seconds time, seconds offset) {
  return local_seconds(time.time_since_epoch() + offset);
}
sys_seconds moment(local_seconds time, seconds offset) {
  return sys_seconds(time.time_since_epoch() - offset);
}

// The clocks' change at the beginning of a period, or the one at its end.
struct Change {
  sys_seconds when;
  seconds before;
  seconds after;

  [[nodiscard]] local_seconds shown_before() const { return local(when, before); }
  [[nodiscard]] local_seconds shown_after() const { return local(when, after); }
  [[nodiscard]] bool is_gap() const { return after > before; }
  [[nodiscard]] bool repeats() const { return after < before; }
};

// The first of the skipped local times from `from` that the pattern names. A date that lies in the
// gap as a whole never was, and its times are not made up for.
std::optional<local_seconds> first_skipped(const LocalPattern& pattern, const Change& gap,
                                           local_seconds from) {
  auto found = pattern.first_from(std::max(from, gap.shown_before()));
  while (found && *found < gap.shown_after()) {
    const auto date = floor<days>(*found);
    if (date < gap.shown_before() || date + days(1) > gap.shown_after()) return found;
    found = pattern.first_from(date + days(1));
  }
  return std::nullopt;
}

// The first moment from `from` that a gap at the beginning of this period puts into it.
std::optional<sys_seconds> from_gap(const LocalPattern& pattern, const Change& gap,
                                    sys_seconds from, Skipped skipped) {
  switch (skipped) {
    case Skipped::kDropped:
      break;
    case Skipped::kAfterGap:
      if (from > gap.when || !first_skipped(pattern, gap, gap.shown_before())) break;
      return gap.when;
    case Skipped::kShifted:
      if (const auto found = first_skipped(pattern, gap, local(from, gap.before))) {
        return moment(*found, gap.before);
      }
      break;
  }
  return std::nullopt;
}

class Weekly final : public LocalPattern {
 public:
  Weekly(TimeOfDay time, Weekdays on) : time_(time.since_midnight()), on_(on) {}

  [[nodiscard]] std::optional<local_seconds> first_from(local_seconds from) const override {
    auto date = floor<days>(from);
    if (date + time_ < from) date += days(1);
    for (int tried = 0; tried < 7; ++tried, date += days(1)) {
      if (on_.contains(Weekday(date))) return date + time_;
    }
    return std::nullopt;
  }

 private:
  seconds time_;
  Weekdays on_;
};

}  // namespace

std::optional<TimePoint> next_local(TimePoint after, const LocalPattern& pattern, const Zone& zone,
                                    WallClockRule rule) {
  sys_seconds from = std::max(floor<seconds>(after) + seconds(1), kFirstMoment);
  if (from >= kLastMoment) return std::nullopt;
  ZonePeriod period = zone.period_at(from);
  seconds offset_before = period.begin > kBeginOfTime
                              ? zone.period_at(period.begin - seconds(1)).offset
                              : period.offset;

  for (int looked_at = 0; looked_at < kMaxPeriods; ++looked_at) {
    const bool last = period.end >= kEndOfTime;
    const ZonePeriod next = last ? period : zone.period_at(period.end);
    const Change begin{period.begin, offset_before, period.offset};
    const Change end{period.end, period.offset, next.offset};

    // What the period shows for the second time, and what it shows for the first of two times.
    local_seconds shown = local(from, period.offset);
    if (begin.repeats() && rule.repeated == Repeated::kFirst) {
      shown = std::max(shown, begin.shown_before());
    }
    local_seconds limit = end.shown_before();
    if (end.repeats() && rule.repeated == Repeated::kSecond) limit = end.shown_after();

    const auto found = pattern.first_from(shown);
    std::optional<sys_seconds> due;
    if (found && *found < limit) due = moment(*found, period.offset);
    if (begin.is_gap()) {
      const auto made_up = from_gap(pattern, begin, from, rule.skipped);
      if (made_up && *made_up < period.end && (!due || *made_up < *due)) due = made_up;
    }
    if (due) return TimePoint(*due);
    if (last || !found) return std::nullopt;

    offset_before = period.offset;
    from = period.end;
    period = next;
  }
  return std::nullopt;
}

std::optional<TimePoint> next_local(TimePoint after, TimeOfDay time, Weekdays on, const Zone& zone,
                                    WallClockRule rule) {
  HASSETTE_ASSERT(time.is_set(), "the time of day must be set");
  return next_local(after, Weekly(time, on), zone, rule);
}

}  // namespace hassette::time
