#include "schedule/trigger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <hassette/duration.hpp>

#include "time/iso8601.hpp"

namespace hassette::schedule {

using async::MonoTime;

namespace {
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
}  // namespace

Due first_due(const Trigger& trigger, MonoTime mono_now, TimePoint wall_now,
              const time::Zone& zone) {
  return std::visit(
      Overloaded{
          [&](const After& after) -> Due { return async::later(mono_now, after.delay); },
          [&](const Every& every) -> Due { return async::later(mono_now, every.interval); },
          [&](const At& at) -> Due { return at.moment; },
          [&](const NextTimeOfDay& next) -> Due { return zone.next_daily(wall_now, next.time); },
          [&](const Daily& daily) -> Due { return zone.next_daily(wall_now, daily.time); }},
      trigger);
}

std::optional<Due> next_due(const Trigger& trigger, const Due& due, MonoTime mono_now,
                            TimePoint wall_now, const time::Zone& zone) {
  if (const auto* every = std::get_if<Every>(&trigger)) {
    const auto last = std::get<MonoTime>(due);
    const auto missed = (mono_now - last) / every->interval;
    return async::later(last + every->interval * std::max<std::int64_t>(missed, 0),
                        every->interval);
  }
  if (const auto* daily = std::get_if<Daily>(&trigger)) {
    // From whichever is later: a job that came late must not run twice for one day, and one whose
    // clock was set forward must not run for the days in between.
    return zone.next_daily(std::max(std::get<TimePoint>(due), wall_now), daily->time);
  }
  return std::nullopt;
}

TimePoint after_clock_step(const Trigger& trigger, TimePoint due, TimePoint wall_now,
                           const time::Zone& zone) {
  // After a run, the next one is up to a day and a daylight-saving change further than the next
  // such time of day if the clock was only set back a little: the day's run has been, and stays the
  // one.
  constexpr std::chrono::hours kMostAhead{36};
  const auto* daily = std::get_if<Daily>(&trigger);
  const auto* next = std::get_if<NextTimeOfDay>(&trigger);
  if (!daily && !next) return due;
  const TimePoint anew = zone.next_daily(wall_now, daily ? daily->time : next->time);
  return due - anew > kMostAhead ? anew : due;
}

std::string describe(const Trigger& trigger) {
  return std::visit(
      Overloaded{[](const After& after) { return "in " + format_duration(after.delay); },
                 [](const Every& every) { return "every " + format_duration(every.interval); },
                 [](const At& at) { return "once at " + time::format_iso8601(at.moment); },
                 [](const NextTimeOfDay& next) { return "once at " + next.time.str(); },
                 [](const Daily& daily) { return "daily at " + daily.time.str(); }},
      trigger);
}

}  // namespace hassette::schedule
