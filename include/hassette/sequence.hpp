#pragma once
// layer: bus
//
// What a handler can run for besides one change: several in order, none for a while, how fast a
// value changes, and a limit that it crosses.
//
//   sequence("binary_sensor.door", "on").then("binary_sensor.motion", "on").within(30s)
//   sequence("binary_sensor.motion", "on").not_followed_by("light.hall", "on").within(1min)
//   per_hour(C::above(2.0)).over(15min)          rising_above(25, 0.5)
//
// Plain values. docs/reference/predicates.md says exactly what each does.
#include <hassette/entities.hpp>
#include <hassette/options.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hassette {

/// Changes of state in this order. A step is an entity (or several) whose state becomes another
/// that the condition accepts; without a condition, any other.
class Sequence {
 public:
  enum class Kind : std::uint8_t { kThen, kWithout, kNotFollowedBy };
  struct Step {
    Kind kind = Kind::kThen;
    Entities entities;
    Condition to;
    std::optional<Length> within;  ///< of the step before
  };

  friend Sequence sequence(Entities entities, Condition to);
  /// After the step before.
  Sequence then(Entities entities, Condition to = {}) && {
    return std::move(*this).add(Kind::kThen, std::move(entities), std::move(to));
  }
  /// Not between the step before and the next one.
  Sequence without(Entities entities, Condition to = {}) && {
    return std::move(*this).add(Kind::kWithout, std::move(entities), std::move(to));
  }
  /// As the last: the time that `within` says has passed without it.
  Sequence not_followed_by(Entities entities, Condition to = {}) && {
    return std::move(*this).add(Kind::kNotFollowedBy, std::move(entities), std::move(to));
  }
  /// Of the `then` or `not_followed_by` before it: so long after the step before that.
  Sequence within(Length time) &&;

  const std::vector<Step>& steps() const { return steps_; }
  /// `binary_sensor.door to "on", then binary_sensor.motion to "on" within 30 s`
  std::string summary() const;
  /// Why it cannot be; empty where it can.
  std::string problem() const;

 private:
  Sequence() = default;
  Sequence add(Kind kind, Entities entities, Condition to) && {
    steps_.push_back({kind, std::move(entities), std::move(to), {}});
    return std::move(*this);
  }
  std::vector<Step> steps_;
  bool misplaced_within_ = false;
};

inline Sequence sequence(Entities entities, Condition to = {}) {
  return Sequence().add(Sequence::Kind::kThen, std::move(entities), std::move(to));
}

/// How much a number has changed within the last `over`, as so much per unit of time.
class RateOfChange {
 public:
  RateOfChange(Condition condition, std::chrono::nanoseconds unit, std::string unit_name)
      : condition_(std::move(condition)), unit_(unit), unit_name_(std::move(unit_name)) {}
  RateOfChange over(Length time) && {
    over_ = time;
    return std::move(*this);
  }

  const Condition& condition() const { return condition_; }
  std::chrono::nanoseconds unit() const { return unit_; }
  std::chrono::nanoseconds window() const { return over_; }
  /// "change per hour above 2, over 15 min"
  std::string summary() const;

 private:
  Condition condition_;
  std::chrono::nanoseconds unit_;
  std::string unit_name_;
  std::chrono::nanoseconds over_ = std::chrono::minutes(15);
};

inline RateOfChange per_minute(Condition condition) {
  return {std::move(condition), std::chrono::minutes(1), "minute"};
}
inline RateOfChange per_hour(Condition condition) {
  return {std::move(condition), std::chrono::hours(1), "hour"};
}
inline RateOfChange per_day(Condition condition) {
  return {std::move(condition), std::chrono::hours(24), "day"};
}

/// A limit that a number crosses; it counts again once the number was beyond the hysteresis on the
/// other side.
struct Crossing {
  double limit = 0;
  double hysteresis = 0;
  bool rising = true;
  /// "rising above 25 (again after 24.5)"
  std::string summary() const;
};

inline Crossing rising_above(double limit, double hysteresis = 0) {
  return {limit, hysteresis, true};
}
inline Crossing falling_below(double limit, double hysteresis = 0) {
  return {limit, hysteresis, false};
}

/// Of on_sequence, on_stale, on_rate and on_crossing; as in StateChangeOptions.
struct WatchOptions {
  std::string name = every_registration_needs_a_name_write_dot_name_equals_text();
  /// Asked of the change that the handler would get.
  Where<StateChange> where = {};
  bool once = false;
  Throttle throttle = {};
  Mode mode = Mode::kSingle;
  MaybeLength timeout = {};
  IfExists if_exists = IfExists::kError;
  ErrorHandler on_error = {};
};

}  // namespace hassette
