#pragma once
// What jobs need to know and only higher layers do: entities, calendars, a ledger. `app` fills it
// in.
//
// The composition root owns what stands behind these, for longer than the timetable. What is left
// empty makes the triggers that need it refuse with a sentence. Loop thread only.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <hassette/calendar_event.hpp>
#include <hassette/entity_id.hpp>
#include <hassette/state.hpp>

#include "run/ledger.hpp"

namespace hassette::schedule {

/// Keeps a call registered until it is destroyed.
class Watch {
 public:
  Watch() = default;
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  virtual ~Watch() = default;
};

/// The home's entities, for jobs whose time stands in one.
class EntitySource {
 public:
  virtual ~EntitySource() = default;
  virtual std::optional<State> read(const EntityId& entity) const = 0;
  /// Calls after each change of the entity: state, attributes, appearing, being removed.
  virtual std::unique_ptr<Watch> watch(const EntityId& entity, std::function<void()> changed) = 0;
  /// "; did you mean `sensor.sunset`?", or nothing: the end of the warning that this one is not
  /// there.
  virtual std::string did_you_mean(const EntityId& entity) const = 0;
};

/// The home's calendars. Whether it asks Home Assistant now and then or is told is its own affair.
class CalendarSource {
 public:
  virtual ~CalendarSource() = default;
  /// How long before it begins an event is known, and how long after it has ended, at least.
  static constexpr std::chrono::hours kAhead{24 * 7};
  static constexpr std::chrono::hours kBack{24};
  /// Gives the events of this time, and maybe others, soon and again whenever they have become
  /// others.
  virtual std::unique_ptr<Watch> watch(
      const EntityId& calendar, std::function<void(std::span<const CalendarEvent>)> events) = 0;
};

struct Ports {
  EntitySource* entities = nullptr;
  CalendarSource* calendars = nullptr;
  run::Ledger* ledger = nullptr;
  /// What jitter is drawn from: the same seed gives the same times.
  std::uint64_t seed = 0;
  /// Whether somebody calls `Timetable::clock_was_set` when the wall clock is set. Otherwise jobs
  /// look at the clock once a minute.
  bool clock_steps_are_told = false;
};

}  // namespace hassette::schedule
