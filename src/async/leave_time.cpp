#include "async/leave_time.hpp"

#include <algorithm>

namespace hassette::async {

namespace {
/// Longer than anybody waits, and short enough to be added to any time.
constexpr std::chrono::hours kForEver{24 * 365};
}  // namespace

void LeaveTime::begin(Time now, Duration patience) {
  if (begun_) return;
  begun_ = now;
  due_ = now + patience;
}

void LeaveTime::allow(std::chrono::nanoseconds more) {
  if (in_last_steps_) return;
  allowed_ = std::max(allowed_, std::min<Duration>(more, kForEver));
}

void LeaveTime::end_within(Time now, Duration patience) {
  const Time latest = now + patience;
  due_ = begun_ ? std::min(latest, *due()) : latest;
  if (!begun_) begun_ = now;
  allowed_ = {};
  in_last_steps_ = true;
}

std::optional<LeaveTime::Time> LeaveTime::due() const {
  return begun_ ? std::optional(due_ + allowed_) : std::nullopt;
}

std::optional<LeaveTime::Duration> LeaveTime::taken(Time now) const {
  return begun_ ? std::optional(now - *begun_) : std::nullopt;
}

}  // namespace hassette::async
