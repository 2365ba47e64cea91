#pragma once
// LeaveTime: when a process leaves although its stop has not come to its end.
//
// One time counts for all that a stop does, from the wish to stop on, so that each of its steps has
// what those before it have left. Shutdown hooks that have declared more may lengthen it; the last
// steps, which nobody has declared anything for, only ever shorten it. A value: the clock, the lock
// and the leaving are the owner's.
#include <chrono>
#include <optional>

namespace hassette::async {

class LeaveTime {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  /// The stop begins and may take `patience`. The time runs from the first call: later ones change
  /// nothing.
  void begin(Time now, Duration patience);
  /// It may take that much longer, also where it begins only later. Of several the longest counts;
  /// nothing if negative, and nothing once the last steps have begun.
  void allow(std::chrono::nanoseconds more);
  /// The last steps begin: they have `patience` from now at most, nothing that was allowed
  /// included, and no longer than is left.
  void end_within(Time now, Duration patience);

  /// Empty until it has begun.
  std::optional<Time> due() const;
  bool in_last_steps() const { return in_last_steps_; }
  /// How long the stop has taken so far; nothing until it has begun.
  std::optional<Duration> taken(Time now) const;

 private:
  std::optional<Time> begun_;
  Time due_;  // without what was allowed
  Duration allowed_{0};
  bool in_last_steps_ = false;
};

}  // namespace hassette::async
