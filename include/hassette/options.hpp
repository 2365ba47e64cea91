#pragma once
// layer: bus
//
// Options of registrations, written as designated initialisers in any order:
//
//   {.name = "motion", .changed_to = "on", .duration = 5min}
//
// `.name` has no default: leaving it out does not compile.
#include <hassette/callable.hpp>
#include <hassette/condition.hpp>
#include <hassette/event.hpp>
#include <hassette/mode.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace hassette {

struct StateChangeOptions {
  std::string name = every_registration_needs_a_name_write_dot_name_equals_text();
  /// What the state must have been, and what it must have become.
  Condition changed_from = {};
  Condition changed_to = {};
  /// False: runs also when only attributes changed.
  bool changed = true;
  /// Any further question about the change; it may read `states`.
  std::function<bool(const StateChange&)> where = {};
  /// Cancels the registration when the handler starts for the first time.
  bool once = false;
  /// Runs only after the entity has stayed as asked for this long. The handler gets the change that
  /// began it. Any change that breaks `changed_to` (without one: any state change) starts over.
  std::optional<std::chrono::nanoseconds> duration = {};
  Mode mode = Mode::kSingle;
};

struct AttributeChangeOptions {
  std::string name = every_registration_needs_a_name_write_dot_name_equals_text();
  Condition changed_from = {};
  Condition changed_to = {};
  std::function<bool(const StateChange&)> where = {};
  bool once = false;
  std::optional<std::chrono::nanoseconds> duration = {};
  Mode mode = Mode::kSingle;
};

struct EventOptions {
  std::string name = every_registration_needs_a_name_write_dot_name_equals_text();
  std::function<bool(const Event&)> where = {};
  bool once = false;
  Mode mode = Mode::kSingle;
};

}  // namespace hassette
