#include <hassette/accessor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace hassette::A {

namespace {

using bus::Value;
using Side = std::optional<State> StateChange::*;

Value state_of(const std::optional<State>& state) {
  return state ? Value(state->text()) : Value();
}

Value attribute_of(const std::optional<State>& state, std::string_view name) {
  return Value(state ? state->attributes().find(name) : nullptr);
}

Value attributes_of(const std::optional<State>& state, const std::vector<std::string>& names) {
  if (!state) return Value();
  Json found = Json::object();
  for (const std::string& name : names) {
    if (const Json* value = state->attributes().find(name)) found[name] = *value;
  }
  return Value(std::move(found));
}

Value all_attributes_of(const std::optional<State>& state) {
  return state ? Value(&state->attributes()) : Value();
}

Json object_of(const Context& context) {
  const auto text = [](const std::string& id) { return id.empty() ? Json() : Json(id); };
  return Json::object({{"id", text(context.id)},
                       {"parent_id", text(context.parent_id)},
                       {"user_id", text(context.user_id)}});
}

/// Reads one side, or both, by the same function.
template <class F>
Accessor<StateChange> of_side(std::string summary, Side side, F read) {
  return {std::move(summary),
          [side, read = std::move(read)](const StateChange& change) { return read(change.*side); }};
}
template <class F>
ChangeAccessor of_both(std::string summary, F read) {
  return {std::move(summary), [read = std::move(read)](const StateChange& change) {
            return std::pair(read(change.old_state), read(change.new_state));
          }};
}

auto reading(std::string name) {
  return [name = std::move(name)](const std::optional<State>& state) {
    return attribute_of(state, name);
  };
}
auto reading(std::vector<std::string> names) {
  return [names = std::move(names)](const std::optional<State>& state) {
    return attributes_of(state, names);
  };
}

std::string list_of(const std::vector<std::string>& names) {
  return fmt::format("attributes {}", fmt::join(names, ", "));
}

using Steps = std::vector<std::string>;

Steps steps_of(std::string_view dotted) {
  Steps steps;
  while (true) {
    const std::size_t dot = dotted.find('.');
    steps.emplace_back(dotted.substr(0, dot));
    if (dot == std::string_view::npos) return steps;
    dotted.remove_prefix(dot + 1);
  }
}

const Json* step_into(const Json& value, const std::string& step) {
  if (!value.is_array()) return value.find(step);
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
  const bool fits = error == std::errc() && end == step.data() + step.size();
  return fits && index < value.size() ? &value.at(index) : nullptr;
}

Value walk(const Json& from, const Steps& steps, std::size_t first) {
  const Json* at = &from;
  for (std::size_t i = first; i < steps.size() && at; ++i) at = step_into(*at, steps[i]);
  return Value(at);
}

Value walk(const StateChange& change, const Steps& steps) {
  if (steps[0] == "entity_id" && steps.size() == 1) return Value(change.entity_id.str());
  const bool old_side = steps[0] == "old_state";
  if ((!old_side && steps[0] != "new_state") || steps.size() < 2) return Value();
  const std::optional<State>& state = old_side ? change.old_state : change.new_state;
  if (steps[1] == "state" && steps.size() == 2) return state_of(state);
  if (steps[1] == "entity_id" && steps.size() == 2 && state) return Value(change.entity_id.str());
  return state && steps[1] == "attributes" ? walk(state->attributes(), steps, 2) : Value();
}

Value changes_of(const StateChange& change, const std::vector<std::string>& except) {
  const auto wanted = [&](const std::string& name) {
    return std::ranges::find(except, name) == except.end();
  };
  Json attributes = Json::object();
  const auto compare = [&](const std::optional<State>& state) {
    if (!state || !state->attributes().is_object()) return;
    for (const auto& [name, value] : state->attributes().as_object()) {
      const Value was = attribute_of(change.old_state, name);
      const Value is = attribute_of(change.new_state, name);
      if (wanted(name) && !(was == is)) attributes[name] = Json::array({was.json(), is.json()});
    }
  };
  compare(change.old_state);
  compare(change.new_state);
  Json all = Json::object();
  if (change.state_changed() && wanted("state")) {
    all["state"] =
        Json::array({state_of(change.old_state).json(), state_of(change.new_state).json()});
  }
  if (!attributes.empty()) all["attributes"] = std::move(attributes);
  return all.empty() ? Value() : Value(std::move(all));
}

/// The target's entities are part of a call's data; other events name theirs beside it.
Value entities_of(const Event& event) {
  const Json* named = event.service_data().find("entity_id");
  return Value(named ? named : event.data.find("entity_id"));
}

}  // namespace

Accessor<StateChange> state_old() {
  return of_side("old state", &StateChange::old_state, &state_of);
}
Accessor<StateChange> state_new() {
  return of_side("state", &StateChange::new_state, &state_of);
}
ChangeAccessor state() {
  return of_both("state", &state_of);
}

Accessor<StateChange> attr_old(std::string name) {
  std::string summary = "old " + name;
  return of_side(std::move(summary), &StateChange::old_state, reading(std::move(name)));
}
Accessor<StateChange> attr_new(std::string name) {
  std::string summary = name;
  return of_side(std::move(summary), &StateChange::new_state, reading(std::move(name)));
}
ChangeAccessor attr(std::string name) {
  std::string summary = name;
  return of_both(std::move(summary), reading(std::move(name)));
}

Accessor<StateChange> attrs_old(std::vector<std::string> names) {
  std::string summary = "old " + list_of(names);
  return of_side(std::move(summary), &StateChange::old_state, reading(std::move(names)));
}
Accessor<StateChange> attrs_new(std::vector<std::string> names) {
  std::string summary = list_of(names);
  return of_side(std::move(summary), &StateChange::new_state, reading(std::move(names)));
}
ChangeAccessor attrs(std::vector<std::string> names) {
  std::string summary = list_of(names);
  return of_both(std::move(summary), reading(std::move(names)));
}

Accessor<StateChange> all_attrs_old() {
  return of_side("old attributes", &StateChange::old_state, &all_attributes_of);
}
Accessor<StateChange> all_attrs_new() {
  return of_side("attributes", &StateChange::new_state, &all_attributes_of);
}
ChangeAccessor all_attrs() {
  return of_both("attributes", &all_attributes_of);
}

Accessor<StateChange> all_changes(std::vector<std::string> except) {
  return {"changes", [except = std::move(except)](const StateChange& change) {
            return changes_of(change, except);
          }};
}

AccessorAny domain() {
  return {"domain", [](const StateChange& change) { return Value(change.entity_id.domain()); },
          [](const Event& event) { return Value(event.data.find("domain")); }};
}

AccessorAny entity_id() {
  return {"entity", [](const StateChange& change) { return Value(change.entity_id.str()); },
          &entities_of};
}

AccessorAny context() {
  return {"context", [](const StateChange& change) { return Value(object_of(change.context)); },
          [](const Event& event) { return Value(object_of(event.context)); }};
}

AccessorAny path(const std::string& dotted) {
  const Steps steps = steps_of(dotted);
  return {dotted, [steps](const StateChange& change) { return walk(change, steps); },
          [steps](const Event& event) { return walk(event.data, steps, 0); }};
}

Accessor<Event> service() {
  return {"service", [](const Event& event) { return Value(event.data.find("service")); }};
}

Accessor<Event> service_data() {
  return {"service data",
          [](const Event& event) { return Value(event.data.find("service_data")); }};
}

Accessor<Event> service_data_key(std::string key) {
  std::string summary = key;
  return {std::move(summary), [key = std::move(key)](const Event& event) {
            return Value(event.service_data().find(key));
          }};
}

}  // namespace hassette::A
