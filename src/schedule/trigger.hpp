#pragma once
// Triggers: when a job is due next, in the time that it follows.
//
// Intervals count on monotonic time and do not care what clocks on the wall do; wall-clock triggers
// name a moment of the home's time, which a clock step or a daylight-saving change may move.
#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include <hassette/time.hpp>
#include "async/clock.hpp"
#include "time/zone.hpp"

namespace hassette::schedule {

/// Once, a while after it was registered.
struct After {
  std::chrono::nanoseconds delay;
};
/// Each interval, counted from the registration, so that lateness does not add up.
struct Every {
  std::chrono::nanoseconds interval;
};
/// Once, at a moment.
struct At {
  TimePoint moment;
};
/// Once, at the next such time of day.
struct NextTimeOfDay {
  TimeOfDay time;
};
/// Each local day.
struct Daily {
  TimeOfDay time;
};
using Trigger = std::variant<After, Every, At, NextTimeOfDay, Daily>;

/// When a job is due: on one of the two times.
using Due = std::variant<async::MonoTime, TimePoint>;

/// The first time.
Due first_due(const Trigger& trigger, async::MonoTime mono_now, TimePoint wall_now,
              const time::Zone& zone);
/// The next one after `due` came; empty when there is none. Missed intervals are skipped.
std::optional<Due> next_due(const Trigger& trigger, const Due& due, async::MonoTime mono_now,
                            TimePoint wall_now, const time::Zone& zone);
/// When a wall-clock job that waits for `due` is due, looking at the clock again: still then,
/// unless the clock was set back by more than a day, which would keep a job for a time of day
/// waiting for so long.
TimePoint after_clock_step(const Trigger& trigger, TimePoint due, TimePoint wall_now,
                           const time::Zone& zone);
/// "every 20 s", "daily at 06:30".
std::string describe(const Trigger& trigger);

}  // namespace hassette::schedule
