// Local times that come round, laid over the two changes of a year: when a daily, weekly or cron
// job is due next. One place holds the rule, so that all jobs follow the same.
//
// Pure functions, any thread.
#pragma once

#include <chrono>
#include <hassette/time.hpp>
#include <optional>

#include "time/zone.hpp"

namespace hassette::time {

// Local times as a calendar without zones has them.
class LocalPattern {
 public:
  // The first one at or after this; nothing where none follows.
  [[nodiscard]] virtual std::optional<std::chrono::local_seconds> first_from(
      std::chrono::local_seconds from) const = 0;

 protected:
  ~LocalPattern() = default;
};

// The first moment after `after` that the pattern means in this zone. Several local times that
// were skipped together come as one moment.
[[nodiscard]] std::optional<TimePoint> next_local(TimePoint after, const LocalPattern& pattern,
                                                  const Zone& zone, WallClockRule rule);

// The same for one time of day on some days of the week; nothing where there is no such day.
[[nodiscard]] std::optional<TimePoint> next_local(TimePoint after, TimeOfDay time, Weekdays days,
                                                  const Zone& zone, WallClockRule rule = {});

}  // namespace hassette::time
