#pragma once
// layer: bus
//
// Where<E>: a question asked of an event, in `.where = …`; made from any callable or from P.
//
//   .where = [this](const StateChange& change) { return states.anybody_home(); }
//   .where = P::state_to("on") && !P::from_user()
//
// A function takes the event (or nothing) and returns bool; it may read `states`, and cannot await.
// Parts are joined with `&&`, `||` and `!`, which stop at the first answer like the operators of
// the language. Immutable, cheap to copy (copies share their parts), any thread that the functions
// in it allow. What a function throws goes to whoever asks: it is the listener's error. A default
// one says yes to everything.
#include <hassette/event.hpp>
#include <hassette/predicate_part.hpp>

#include <concepts>
#include <functional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

namespace hassette {

template <class T>
class Task;
class Window;
namespace time {
struct Place;
}
template <class E>
class Where;

/// What a predicate may know besides the event: the home's time, and where the home is. Whoever
/// asks fills it in; only predicates over time need it.
struct Moment {
  TimePoint now{};
  const time::Place* place = nullptr;
};

namespace bus {

template <class E>
using WherePtr = PartPtr<E, Moment>;

/// Asks whether the moment lies in the window; Error("place") while nobody knows where the home is.
template <class E>
WherePtr<E> in_window(const Window& window);

template <class R>
inline constexpr bool kIsTask = false;
template <class T>
inline constexpr bool kIsTask<Task<T>> = true;
template <class R>
inline constexpr bool kIsWhere = false;
template <class E>
inline constexpr bool kIsWhere<Where<E>> = true;

/// What calling the function gives; `Uncallable` where the event does not fit.
struct Uncallable {};
template <class F, class E>
consteval auto answer_of() {
  if constexpr (std::is_invocable_v<const F&, const E&>)
    return std::type_identity<std::remove_cvref_t<std::invoke_result_t<const F&, const E&>>>();
  else if constexpr (std::is_invocable_v<const F&>)
    return std::type_identity<std::remove_cvref_t<std::invoke_result_t<const F&>>>();
  else
    return std::type_identity<Uncallable>();
}
template <class F, class E>
using Answer = typename decltype(answer_of<F, E>())::type;

template <class E, class F>
WherePtr<E> asked_function(F function, std::string summary) {
  using R = Answer<F, E>;
  constexpr bool kFits = !std::same_as<R, Uncallable>;
  static_assert(!(kIsWhere<F> && !kFits),
                "this predicate asks another kind of event: P::state_… and P::attr_… ask state "
                "changes, P::service_… ask events");
  static_assert(kIsWhere<F> || kFits,
                "a predicate takes the event (const StateChange& for state and attribute changes, "
                "const Event& for others) or nothing, is callable as const, and returns bool");
  static_assert(!kIsTask<R>,
                "a predicate cannot await: it returns bool, not a Task; read `states`, and await "
                "in the handler");
  static_assert(kIsTask<R> || !kFits || std::same_as<R, bool>,
                "a predicate returns bool: write the comparison that you mean");
  if constexpr (std::same_as<R, bool>) {
    if constexpr (std::is_pointer_v<F> || std::is_member_pointer_v<F> ||
                  std::same_as<F, std::function<bool(const E&)>>) {
      if (function == nullptr) return nullptr;
    }
    return function_part<E, Moment>(
        std::move(summary), [function = std::move(function)](const E& event, const Moment&) {
          if constexpr (std::is_invocable_v<const F&, const E&>)
            return bool(std::invoke(function, event));
          else
            return bool(std::invoke(function));
        });
  } else {
    return nullptr;
  }
}

}  // namespace bus

class WhereAny;

template <class E>
class Where : public bus::Joinable<Where<E>, E, Moment> {
  using Base = bus::Joinable<Where<E>, E, Moment>;

 public:
  Where() = default;
  template <class F>
    requires(!std::is_arithmetic_v<F> && !std::same_as<F, Where> && !std::same_as<F, WhereAny> &&
             !std::same_as<F, Window>)
  Where(F function, const std::source_location& place = std::source_location::current())
      : Base(bus::asked_function<E>(std::move(function),
                                    "the function at " + bus::short_place(place))) {}

  /// `.where = between("sunset-30min", "23:00")`: while the home's time is in the window.
  Where(const Window& window) : Base(bus::in_window<E>(window)) {}

  bool operator()(const E& event, const Moment& moment = {}) const {
    return this->asked(event, moment);
  }
  /// Asks, and gives the number of the part that says no, or kNoPart; `part_summary` names it.
  bus::PartNumber refusing(const E& event, const Moment& moment = {}) const {
    return this->asked_parts(event, moment);
  }
  std::string part_summary(bus::PartNumber number) const {
    return this->part_ ? this->part_->part_summary(number) : std::string();
  }
  /// Which part says no; empty if none does.
  std::string why_not(const E& event, const Moment& moment = {}) const {
    const bus::PartNumber number = refusing(event, moment);
    return number == bus::kNoPart ? std::string() : part_summary(number);
  }

  /// Beside `!`, which negates the question, this could only mislead.
  explicit operator bool() const = delete("ask .is_set(); an unset predicate says yes anyway");
};

/// A predicate that both kinds of events can be asked: who caused it, and when.
class WhereAny {
 public:
  WhereAny(Where<StateChange> change, Where<Event> event)
      : change_(std::move(change)), event_(std::move(event)) {}
  WhereAny(const Window& window) : change_(window), event_(window) {}
  operator Where<StateChange>() const { return change_; }
  operator Where<Event>() const { return event_; }
  std::string summary() const { return event_.summary(); }

  friend WhereAny operator&&(const WhereAny& first, const WhereAny& second) {
    return {first.change_ && second.change_, first.event_ && second.event_};
  }
  friend WhereAny operator||(const WhereAny& first, const WhereAny& second) {
    return {first.change_ || second.change_, first.event_ || second.event_};
  }
  friend WhereAny operator!(const WhereAny& it) { return {!it.change_, !it.event_}; }
  // With a predicate of one kind, the whole is of that kind.
  template <class E>
  friend Where<E> operator&&(const WhereAny& first, const Where<E>& second) {
    return static_cast<Where<E>>(first) && second;
  }
  template <class E>
  friend Where<E> operator&&(const Where<E>& first, const WhereAny& second) {
    return first && static_cast<Where<E>>(second);
  }
  template <class E>
  friend Where<E> operator||(const WhereAny& first, const Where<E>& second) {
    return static_cast<Where<E>>(first) || second;
  }
  template <class E>
  friend Where<E> operator||(const Where<E>& first, const WhereAny& second) {
    return first || static_cast<Where<E>>(second);
  }

 private:
  Where<StateChange> change_;
  Where<Event> event_;
};

/// The home's time is in the window: `.where = during(weekdays()) && P::state_to("on")`.
WhereAny during(const Window& window);

}  // namespace hassette
