#pragma once
// layer: bus
//
// P: predicates by name, for `.where` of any registration; see Where for how they are joined.
//
//   .where = P::attr_to("brightness", C::above(100)) && !P::from_user()
//   .where = P::attr_to<&states::Light::brightness>(C::above(100))
//
// P::state_… and P::attr_… ask state changes, P::service_… ask events, the others both. All are
// immutable values without a memory of earlier events. Any thread; they throw nothing, except what
// a function of the author's throws.
#include <hassette/accessor.hpp>
#include <hassette/condition.hpp>
#include <hassette/where.hpp>

#include <chrono>
#include <initializer_list>
#include <string>
#include <utility>

namespace hassette {

namespace bus {

/// What a service's data must have: any text with a `*`, `?` or `[` in it is a glob.
struct DataCondition : Condition {
  DataCondition() = default;
  DataCondition(const char* text);
  DataCondition(const std::string& text);
  DataCondition(const EntityId& id) : DataCondition(id.str()) {}
  DataCondition(Condition condition) : Condition(std::move(condition)) {}
  template <class T>
    requires std::is_arithmetic_v<T>
  DataCondition(T value) : Condition(value) {}
};

template <class E>
Where<E> value_is(const Accessor<E>& accessor, Condition condition);

}  // namespace bus

namespace P {

// --- State changes

/// What the state was, what it is. There must have been one: an entity that appeared has no old
/// state, one that was removed no new one.
Where<StateChange> state_from(Condition condition);
Where<StateChange> state_to(Condition condition);
/// The same of an attribute; `C::missing()` and conditions that are negated accept its absence.
Where<StateChange> attr_from(const std::string& name, Condition condition);
Where<StateChange> attr_to(const std::string& name, Condition condition);
/// The state became another; also where the entity appeared or was removed.
Where<StateChange> state_did_change();
/// The attribute's value became another; absent and null differ.
Where<StateChange> attr_did_change(const std::string& name);
/// How the old and the new value compare: `P::state_comparison(C::increased())`.
Where<StateChange> state_comparison(ChangeCondition condition);
Where<StateChange> attr_comparison(const std::string& name, ChangeCondition condition);
Where<StateChange> did_change(const ChangeAccessor& accessor);
/// It was found after the connection had been lost.
Where<StateChange> recovered();
/// For entities of the domain `event`, which show when something last happened: it happened at most
/// `max_age` before the change was announced. After a restart, Home Assistant announces the last
/// happening again. What shows no time counts as fresh.
Where<StateChange> event_entity_fresh(
    std::chrono::nanoseconds max_age,
    const std::source_location& where = std::source_location::current());

// By a member of a typed view, with that member's kind of value; entities of other domains: no.
template <auto Member>
Where<StateChange> attr_from(Condition condition) {
  return bus::value_is(A::attr_old<Member>(), std::move(condition));
}
template <auto Member>
Where<StateChange> attr_to(Condition condition) {
  return bus::value_is(A::attr_new<Member>(), std::move(condition));
}
template <auto Member>
Where<StateChange> attr_did_change() {
  return did_change(A::attr<Member>());
}

// --- Events

/// Of the called service: an id or a glob, of the service alone or with its domain ("light.*").
Where<Event> service_matches(const std::string& pattern);
/// Every key is there, with such a value; an empty condition asks only that it is there.
Where<Event> service_data_where(
    std::initializer_list<std::pair<std::string, bus::DataCondition>> data);

// --- Both

/// Of the entity, or of the called service: a name or a glob.
WhereAny domain_matches(const std::string& pattern);
/// Of a change, its entity; of an event, any entity that its data names. Ids or globs.
WhereAny entity_matches(std::initializer_list<std::string> patterns);
WhereAny entity_matches(const std::string& pattern);
/// A user of Home Assistant stands behind it: a person, or whoever's token made the call, which is
/// also this engine's own; with an id, that user.
WhereAny from_user(const std::string& user_id = {});
/// Something else led to it: an automation, a script, a scene.
WhereAny by_automation();
/// Neither: the device reported it by itself. What was only found after an outage is not known to
/// be of the device.
WhereAny by_device();

template <class E>
Where<E> value_is(const Accessor<E>& accessor, Condition condition) {
  return bus::value_is(accessor, std::move(condition));
}
WhereAny value_is(const AccessorAny& accessor, const Condition& condition);
template <class E>
Where<E> is_present(const Accessor<E>& accessor) {
  return bus::value_is(accessor, C::present());
}
WhereAny is_present(const AccessorAny& accessor);
template <class E>
Where<E> is_missing(const Accessor<E>& accessor) {
  return bus::value_is(accessor, C::missing());
}
WhereAny is_missing(const AccessorAny& accessor);

/// A function of the author's, with words for the page: `P::guard("somebody is home", [this] { …
/// })`. Without words, the line where it stands.
template <class F>
auto guard(std::string summary, F function) {
  constexpr bool kNothing = std::is_invocable_v<const F&>;
  constexpr bool kChange = kNothing || std::is_invocable_v<const F&, const StateChange&>;
  constexpr bool kEvent = kNothing || std::is_invocable_v<const F&, const Event&>;
  static_assert(kChange || kEvent,
                "a guard takes const StateChange&, const Event& or nothing, and returns bool");
  const auto of = [&]<class E>(std::type_identity<E>) {
    return Where<E>::of(bus::asked_function<E>(function, summary));
  };
  if constexpr (kChange && kEvent)
    return WhereAny(of(std::type_identity<StateChange>()), of(std::type_identity<Event>()));
  else
    return of(std::type_identity<std::conditional_t<kChange, StateChange, Event>>());
}
template <class F>
auto guard(F function, const std::source_location& place = std::source_location::current()) {
  return guard("the function at " + bus::short_place(place), std::move(function));
}

}  // namespace P
}  // namespace hassette
