#pragma once
// layer: bus
//
// What a handler may ask for as parameters, and where it comes from.
//
// A handler names what it needs by parameter type, in any order, or has no parameters. The
// namespace D holds the types that stand for parts of an event; an event can also be taken whole,
// as `StateChange` or `Event`, by value or by const reference (the run keeps it alive). What an
// event cannot give is a compile error with a sentence; what it lacks at run time (the new state of
// an entity that was removed) is an InjectionError of that run.
#include <hassette/error.hpp>
#include <hassette/event.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>

namespace hassette {

/// A handler asked for what this event does not have; the run counts as failed.
class InjectionError : public Error {
 public:
  explicit InjectionError(std::string message) : Error("injection", std::move(message)) {}
};

/// What handlers may ask for.
namespace D {

/// The state after the change, as it is or as a typed view: `D::StateNew<states::Light>`.
template <std::derived_from<State> T = State>
struct StateNew : T {
  explicit StateNew(T state) : T(std::move(state)) {}
};
/// The state before the change.
template <std::derived_from<State> T = State>
struct StateOld : T {
  explicit StateOld(T state) : T(std::move(state)) {}
};
/// The same where the entity may just have been removed (new) or have appeared (old).
template <std::derived_from<State> T = State>
struct MaybeStateNew : std::optional<T> {
  using std::optional<T>::optional;
};
template <std::derived_from<State> T = State>
struct MaybeStateOld : std::optional<T> {
  using std::optional<T>::optional;
};
/// The domain of the entity, or of the service that was called.
struct Domain : std::string {
  using std::string::string;
  explicit Domain(std::string text) : std::string(std::move(text)) {}
};
/// The data of an event: for `call_service` an object with domain, service and service_data.
struct EventData : Json {
  explicit EventData(Json data) : Json(std::move(data)) {}
};
using EventContext = hassette::Context;

}  // namespace D

namespace inject {

State require_domain(const State& state, std::string_view domain);
[[noreturn]] void throw_absent(const StateChange& change, bool old_side);

template <class T>
T view(const State& state) {
  if constexpr (StateView<T>)
    return T(require_domain(state, T::kDomain));
  else
    return T(state);
}

template <class P>
inline constexpr bool kIsStatePart = false;
template <class T>
inline constexpr bool kIsStatePart<D::StateNew<T>> = true;
template <class T>
inline constexpr bool kIsStatePart<D::StateOld<T>> = true;
template <class T>
inline constexpr bool kIsStatePart<D::MaybeStateNew<T>> = true;
template <class T>
inline constexpr bool kIsStatePart<D::MaybeStateOld<T>> = true;

template <class P>
inline constexpr bool kIsOldState = false;
template <class T>
inline constexpr bool kIsOldState<D::StateOld<T>> = true;

template <class P>
concept Part = kIsStatePart<P> || std::same_as<P, EntityId> || std::same_as<P, D::Domain> ||
               std::same_as<P, D::EventData> || std::same_as<P, Context> ||
               std::same_as<P, StateChange> || std::same_as<P, Event>;

/// `From<Event, Parameter>::get(event)`; the primary template is what cannot be given, and says
/// why.
template <class E, class P>
struct From {
  static constexpr bool kChange = std::same_as<E, StateChange>;
  static_assert(
      Part<P>,
      "a handler cannot ask for this parameter type: ask for D::StateNew<>, D::StateOld<>, "
      "D::MaybeStateNew<>, D::MaybeStateOld<>, EntityId, D::Domain, D::EventData, "
      "D::EventContext, StateChange or Event");
  static_assert(
      !(kChange && std::same_as<P, D::EventData>),
      "a state change has no event data: ask for D::StateNew<>, D::StateOld<> or StateChange");
  static_assert(!(kChange && std::same_as<P, Event>),
                "this handler runs for state changes: ask for StateChange instead of Event");
  static_assert(!(!kChange && std::same_as<P, EntityId>),
                "this event names no single entity: ask for D::EventData and read what it names");
  static_assert(!(!kChange && std::same_as<P, StateChange>),
                "this handler runs for events that are not state changes: ask for Event");
  static_assert(
      !(!kChange && kIsStatePart<P>),
      "this event carries no state: ask for D::EventData or Event, or read the state with "
      "states.get(…)");
};

template <class E>
struct From<E, E> {
  static const E& get(const E& event) { return event; }
};

template <class T>
struct From<StateChange, D::StateNew<T>> {
  static constexpr std::string_view domain() {
    if constexpr (StateView<T>)
      return T::kDomain;
    else
      return {};
  }
  static D::StateNew<T> get(const StateChange& change) {
    if (!change.new_state) throw_absent(change, false);
    return D::StateNew<T>(view<T>(*change.new_state));
  }
};

template <class T>
struct From<StateChange, D::StateOld<T>> {
  static constexpr std::string_view domain() { return From<StateChange, D::StateNew<T>>::domain(); }
  static D::StateOld<T> get(const StateChange& change) {
    if (!change.old_state) throw_absent(change, true);
    return D::StateOld<T>(view<T>(*change.old_state));
  }
};

template <class T>
struct From<StateChange, D::MaybeStateNew<T>> {
  static constexpr std::string_view domain() { return From<StateChange, D::StateNew<T>>::domain(); }
  static D::MaybeStateNew<T> get(const StateChange& change) {
    if (!change.new_state) return {};
    return D::MaybeStateNew<T>(view<T>(*change.new_state));
  }
};

template <class T>
struct From<StateChange, D::MaybeStateOld<T>> {
  static constexpr std::string_view domain() { return From<StateChange, D::StateNew<T>>::domain(); }
  static D::MaybeStateOld<T> get(const StateChange& change) {
    if (!change.old_state) return {};
    return D::MaybeStateOld<T>(view<T>(*change.old_state));
  }
};

template <>
struct From<StateChange, EntityId> {
  static EntityId get(const StateChange& change) { return change.entity_id; }
};
template <>
struct From<StateChange, D::Domain> {
  static D::Domain get(const StateChange& change) {
    return D::Domain(std::string(change.entity_id.domain()));
  }
};
template <>
struct From<StateChange, Context> {
  static Context get(const StateChange& change) { return change.context; }
};
template <>
struct From<Event, D::EventData> {
  static D::EventData get(const Event& event) { return D::EventData(event.data); }
};
template <>
struct From<Event, D::Domain> {
  static D::Domain get(const Event& event) { return D::Domain(event.domain()); }
};
template <>
struct From<Event, Context> {
  static Context get(const Event& event) { return event.context; }
};
}  // namespace inject
}  // namespace hassette
