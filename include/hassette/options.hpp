#pragma once
// layer: bus
//
// Options of registrations, written as designated initialisers in any order:
//
//   {.name = "motion", .changed_to = "on", .duration = 5min}
//
// `.name` has no default: leaving it out does not compile. Times are lengths of any unit (5min,
// 250ms), on the home's clock. Where a listener has several entities (a glob, a list, a target),
// `.duration`, `.debounce`, `.throttle` and `.mode` apply to each entity by itself.
// docs/reference/bus.md says exactly what each does, alone and with the others.
#include <hassette/callable.hpp>
#include <hassette/condition.hpp>
#include <hassette/durability.hpp>
#include <hassette/error_handler.hpp>
#include <hassette/event.hpp>
#include <hassette/if_exists.hpp>
#include <hassette/length.hpp>
#include <hassette/mode.hpp>
#include <hassette/predicate.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>

namespace hassette {

/// At most one run in each such length of time: the first event runs, those that follow within it
/// do not. With `kBothEdges`, the newest of them runs when the time is over.
///
///   .throttle = 10s      .throttle = {10s, Throttle::kBothEdges}
class Throttle {
 public:
  enum Edges : std::uint8_t { kLeading, kBothEdges };
  constexpr Throttle() = default;
  constexpr Throttle(Length every, Edges edges = kLeading)
      : every_(every), trailing_(edges == kBothEdges), set_(true) {}
  template <class Rep, class Period>
  constexpr Throttle(std::chrono::duration<Rep, Period> every) : Throttle(Length(every)) {}
  template <NoLength T>
  consteval Throttle(T&&) {
    refuse_as_length<T>();
  }

  constexpr bool is_set() const { return set_; }
  constexpr std::chrono::nanoseconds every() const { return every_; }
  constexpr bool trailing() const { return trailing_; }

 private:
  std::chrono::nanoseconds every_{0};
  bool trailing_ = false;
  bool set_ = false;
};

/// Whether the value must have become another (true, the default), need not have (false), or how it
/// must have: `.changed = C::increased()`.
class Changed {
 public:
  template <std::same_as<bool> T>
  Changed(T must) : must_(must) {}
  Changed(ChangeCondition how) : how_(std::move(how)) {}

  bool must() const { return must_; }
  const ChangeCondition& how() const { return how_; }

 private:
  bool must_ = true;
  ChangeCondition how_;
};

struct StateChangeOptions {
  std::string name = every_registration_needs_a_name_write_dot_name_equals_text();
  /// What the state must have been, and what it must have become.
  Condition changed_from = {};
  Condition changed_to = {};
  /// False: runs also when only attributes changed. Or how: `C::increased()`.
  Changed changed = true;
  /// Any further question about the change; it may read `states`.
  Where<StateChange> where = {};
  /// Ends the registration when the handler begins for the first time.
  bool once = false;
  /// Runs also for the state that is there at registration, as a change without an old state.
  bool immediate = false;
  /// Runs only after the entity has stayed as asked for this long, with the change that began it.
  MaybeLength duration = {};
  /// The wait of `.duration` is remembered over a restart or a crash of the engine; the two that
  /// follow belong to it.
  bool durable = false;
  std::optional<Missed> missed = {};
  std::optional<Interrupted> interrupted = {};
  /// Runs once it has been quiet for this long, with the newest change.
  MaybeLength debounce = {};
  /// Runs at most once in this time: `10s`, or `{10s, Throttle::kBothEdges}`.
  Throttle throttle = {};
  Mode mode = Mode::kSingle;
  /// How long a run may take; then it is cancelled and counts as an error. Default: the app's, 10
  /// minutes.
  MaybeLength timeout = {};
  /// Of several listeners to one event, the higher number is told first.
  int priority = 0;
  IfExists if_exists = IfExists::kError;
  /// Told of what the handler, or a condition, throws; instead of the app's `bus.on_error`.
  ErrorHandler on_error = {};
};

/// As for state changes; an attribute that is absent counts as null.
struct AttributeChangeOptions {
  std::string name = every_registration_needs_a_name_write_dot_name_equals_text();
  Condition changed_from = {};
  Condition changed_to = {};
  /// False: runs for every change of the entity. Or how: `C::increased()`.
  Changed changed = true;
  Where<StateChange> where = {};
  bool once = false;
  bool immediate = false;
  MaybeLength duration = {};
  bool durable = false;
  std::optional<Missed> missed = {};
  std::optional<Interrupted> interrupted = {};
  MaybeLength debounce = {};
  Throttle throttle = {};
  Mode mode = Mode::kSingle;
  MaybeLength timeout = {};
  int priority = 0;
  IfExists if_exists = IfExists::kError;
  ErrorHandler on_error = {};
};

/// As for state changes, as far as an event without an entity has it.
struct EventOptions {
  std::string name = every_registration_needs_a_name_write_dot_name_equals_text();
  Where<Event> where = {};
  bool once = false;
  MaybeLength debounce = {};
  Throttle throttle = {};
  Mode mode = Mode::kSingle;
  MaybeLength timeout = {};
  int priority = 0;
  IfExists if_exists = IfExists::kError;
  ErrorHandler on_error = {};
};

}  // namespace hassette
