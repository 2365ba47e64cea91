#pragma once
// layer: bus
//
// A: where in an event a value stands, for predicates: `P::value_is(A::attr_new("mode"), "eco")`.
//
// An accessor gives a bus::Value, which says whether there is such a thing, and refers to the
// event: it is not kept longer. Accessors are values, cheap to copy, and may be called by authors
// too; any thread. They throw nothing of their own.
#include <hassette/callable.hpp>
#include <hassette/condition.hpp>
#include <hassette/event.hpp>

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hassette {

template <class E>
class Accessor {
 public:
  using Read = std::function<bus::Value(const E&)>;
  Accessor(std::string summary, Read read) : summary_(std::move(summary)), read_(std::move(read)) {}
  bus::Value operator()(const E& event) const { return read_(event); }
  const std::string& summary() const { return summary_; }

 private:
  std::string summary_;
  Read read_;
};

/// Of what both kinds of events have.
class AccessorAny {
 public:
  AccessorAny(std::string summary, Accessor<StateChange>::Read change, Accessor<Event>::Read event)
      : change_(summary, std::move(change)), event_(std::move(summary), std::move(event)) {}
  bus::Value operator()(const StateChange& change) const { return change_(change); }
  bus::Value operator()(const Event& event) const { return event_(event); }
  operator const Accessor<StateChange>&() const { return change_; }
  operator const Accessor<Event>&() const { return event_; }
  const std::string& summary() const { return event_.summary(); }

 private:
  Accessor<StateChange> change_;
  Accessor<Event> event_;
};

/// The old and the new value of the same thing.
class ChangeAccessor {
 public:
  using Pair = std::pair<bus::Value, bus::Value>;
  using Read = std::function<Pair(const StateChange&)>;
  ChangeAccessor(std::string summary, Read read)
      : summary_(std::move(summary)), read_(std::move(read)) {}
  Pair operator()(const StateChange& change) const { return read_(change); }
  const std::string& summary() const { return summary_; }

 private:
  std::string summary_;
  Read read_;
};

namespace bus {

/// "brightness", of `&states::Light::brightness`.
template <auto Member>
consteval std::string_view member_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  text = text.substr(0, text.rfind(']'));
  return text.substr(text.rfind(':') + 1);
}

template <class T>
Value typed_value(T&& read) {
  if constexpr (requires {
                  read.has_value();
                  *read;
                }) {
    return read ? typed_value(*std::forward<T>(read)) : Value();
  } else {
    static_assert(std::is_constructible_v<Json, T>,
                  "this member's value has no form in JSON: ask for it in a function");
    return Value(Json(std::forward<T>(read)));
  }
}

/// What a member of a typed view gives; missing where there is no state, or one of another domain.
template <auto Member>
Value read_member(const std::optional<State>& state) {
  using View = typename Signature<decltype(Member)>::Class;
  static_assert(std::derived_from<View, State>,
                "name a member of a typed view: &states::Light::brightness");
  if (!state) return Value();
  if constexpr (StateView<View>) {
    if (state->domain() != View::kDomain) return Value();
  }
  return typed_value((View(*state).*Member)());
}

}  // namespace bus

namespace A {

// The state's text; missing where the entity has just appeared (old) or was removed (new).
Accessor<StateChange> state_old();
Accessor<StateChange> state_new();
ChangeAccessor state();

// One attribute, also null; missing where the state has none of that name.
Accessor<StateChange> attr_old(std::string name);
Accessor<StateChange> attr_new(std::string name);
ChangeAccessor attr(std::string name);

// Several attributes as an object of those that there are; all of them.
Accessor<StateChange> attrs_old(std::vector<std::string> names);
Accessor<StateChange> attrs_new(std::vector<std::string> names);
ChangeAccessor attrs(std::vector<std::string> names);
Accessor<StateChange> all_attrs_old();
Accessor<StateChange> all_attrs_new();
ChangeAccessor all_attrs();

/// What differs: {"state": [old, new], "attributes": {name: [old, new]}}, missing where nothing
/// does; null stands for what is not there.
Accessor<StateChange> all_changes(std::vector<std::string> except = {});

/// Of the entity, or of the called service.
AccessorAny domain();
/// Of a change, its entity; of a call, what its data names: text, or an array.
AccessorAny entity_id();
/// {"id": …, "parent_id": …, "user_id": …}; null where there is none.
AccessorAny context();
/// A dotted path: into an event's data ("service_data.brightness"); into a change, which begins
/// with entity_id, old_state or new_state ("new_state.attributes.brightness"). Numbers index
/// arrays.
AccessorAny path(const std::string& dotted);

Accessor<Event> service();
Accessor<Event> service_data();
Accessor<Event> service_data_key(std::string key);

/// The same by a member of a typed view: `A::attr_new<&states::Light::brightness>()`.
template <auto Member>
Accessor<StateChange> attr_old() {
  return {"old " + std::string(bus::member_name<Member>()),
          [](const StateChange& change) { return bus::read_member<Member>(change.old_state); }};
}
template <auto Member>
Accessor<StateChange> attr_new() {
  return {std::string(bus::member_name<Member>()),
          [](const StateChange& change) { return bus::read_member<Member>(change.new_state); }};
}
template <auto Member>
ChangeAccessor attr() {
  return {std::string(bus::member_name<Member>()), [](const StateChange& change) {
            return std::pair(bus::read_member<Member>(change.old_state),
                             bus::read_member<Member>(change.new_state));
          }};
}

}  // namespace A
}  // namespace hassette
