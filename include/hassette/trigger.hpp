#pragma once
// layer: schedule
//
// Triggers: when a job is due, as plain values for `scheduler.schedule(trigger, …)`.
//
//   co_await scheduler.schedule(Weekly{.days = Weekdays::working(), .at = "06:45"}, …);
//
// The scheduler's own calls (`run_daily` and the like) are shorthand for these. After and Every
// count elapsed time; all others follow the clock on the wall of the home. A type of the author's
// own with `std::optional<TimePoint> next(TimePoint after, const Place& place)` is a trigger too:
// it gives the first time after `after`, or nothing when there is none any more; with a member
// `std::string describe() const` it has a name. Values; loop thread.
#include <hassette/entity_id.hpp>
#include <hassette/length.hpp>
#include <hassette/place.hpp>
#include <hassette/sun.hpp>
#include <hassette/time.hpp>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace hassette {

/// Once, a while after it was registered.
struct After {
  Length delay = {};
};

/// Once, at a moment.
struct At {
  TimePoint moment = {};
};

/// Once, at the next such time of day, or at the sun's next event.
struct Once {
  MomentOfDay at = {};
};

/// After each interval, counted from the registration, so that lateness does not add up.
struct Every {
  Length interval = {};
};

/// At every n-th whole minute of the hour; n divides 60.
struct Minutely {
  int minutes = 1;
};

/// At every n-th whole hour of the day; n divides 24.
struct Hourly {
  int hours = 1;
};

/// Each local day, at a time of day or at an event of the sun.
struct Daily {
  MomentOfDay at = {};
};

/// On some days of the week.
struct Weekly {
  Weekdays days = {};
  MomentOfDay at = {};
};

/// Each day on which the sun does it: near the poles there may be none for months.
struct AtSun {
  SunEvent event = SunEvent::sunset();
  /// Runs this much later; negative for earlier. Less than twelve hours.
  Length offset = {};
};

/// "minute hour day month weekday", or six fields with the second in front? See cron.hpp.
struct CronTimes {
  std::string expression = {};
};

/// At the time that stands in an entity: an `input_datetime`, a sensor of device class timestamp,
/// or an attribute. The job follows the entity as it changes, and waits while it has no usable
/// time.
struct EntityTime {
  EntityId entity = {};
  /// The attribute that holds the time; empty for the state.
  std::string attribute = {};
  /// Runs this much later; negative for earlier.
  Length offset = {};
  /// Each day at the time of day of what stands there. Otherwise once for each time that is set.
  bool daily = false;
};

enum class CalendarEdge : std::uint8_t { kStart, kEnd };

/// When an event of a calendar begins or ends.
struct CalendarTime {
  EntityId calendar = {};
  CalendarEdge edge = CalendarEdge::kStart;
  /// Runs this much later; negative for earlier.
  Length offset = {};
  /// Only events whose summary holds this text, upper and lower case being equal; empty for all.
  std::string search = {};
};

/// Never by itself: `Job::run_now` runs it.
struct Manual {};

namespace schedule {

/// A trigger of the author's, with its type erased.
class CustomTrigger {
 public:
  CustomTrigger() = default;
  CustomTrigger(const CustomTrigger&) = delete;
  CustomTrigger& operator=(const CustomTrigger&) = delete;
  virtual ~CustomTrigger() = default;
  virtual std::optional<TimePoint> next(TimePoint after, const Place& place) = 0;
  virtual std::string describe() const = 0;
};

template <class T>
concept TimeSource = requires(T& trigger, TimePoint after, const Place& place) {
  { trigger.next(after, place) } -> std::same_as<std::optional<TimePoint>>;
};

template <TimeSource T>
class BoundTrigger final : public CustomTrigger {
 public:
  explicit BoundTrigger(T trigger) : trigger_(std::move(trigger)) {}
  std::optional<TimePoint> next(TimePoint after, const Place& place) override {
    return trigger_.next(after, place);
  }
  std::string describe() const override {
    if constexpr (requires {
                    { trigger_.describe() } -> std::convertible_to<std::string>;
                  }) {
      return trigger_.describe();
    } else {
      return "a trigger of the app's own";
    }
  }

 private:
  T trigger_;
};

using TriggerKind =
    std::variant<After, At, Once, Every, Minutely, Hourly, Daily, Weekly, AtSun, CronTimes,
                 EntityTime, CalendarTime, Manual, std::shared_ptr<CustomTrigger>>;

}  // namespace schedule

/// Any of the above.
class Trigger {
 public:
  template <class T>
    requires(!std::same_as<T, Trigger> && !schedule::TimeSource<T> &&
             std::constructible_from<schedule::TriggerKind, T>)
  Trigger(T trigger) : kind_(std::move(trigger)) {}
  template <schedule::TimeSource T>
  Trigger(T trigger) : kind_(std::make_shared<schedule::BoundTrigger<T>>(std::move(trigger))) {}

  const schedule::TriggerKind& kind() const { return kind_; }

 private:
  schedule::TriggerKind kind_;
};

}  // namespace hassette
