#include <hassette/predicate.hpp>

#include <fmt/format.h>

#include <algorithm>

#include <hassette/duration.hpp>
#include <hassette/error.hpp>
#include <hassette/window.hpp>
#include "base/glob.hpp"
#include "time/iso8601.hpp"

namespace hassette {

namespace bus {

DataCondition::DataCondition(const std::string& text)
    : Condition(base::is_glob(text) ? C::glob(text) : Condition(text)) {}
DataCondition::DataCondition(const char* text) : DataCondition(std::string(text)) {}

template <class E>
WherePtr<E> in_window(const Window& window) {
  return function_part<E, Moment>(window.str(), [window](const E&, const Moment& moment) {
    if (!moment.place) {
      throw Error("place", fmt::format("nobody has said where the home is, and so not when it is "
                                       "{}: Home Assistant has not told it yet",
                                       window.str()));
    }
    return window.contains(moment.now, *moment.place);
  });
}
template WherePtr<StateChange> in_window(const Window&);
template WherePtr<Event> in_window(const Window&);

template <class E>
Where<E> value_is(const Accessor<E>& accessor, Condition condition) {
  std::string summary = condition.is_set()
                            ? fmt::format("{} {}", accessor.summary(), condition.summary())
                            : fmt::format("{} anything", accessor.summary());
  return Where<E>::of(function_part<E, Moment>(
      std::move(summary),
      [accessor, condition = std::move(condition)](const E& event, const Moment&) {
        return condition(accessor(event));
      }));
}
template Where<StateChange> value_is(const Accessor<StateChange>&, Condition);
template Where<Event> value_is(const Accessor<Event>&, Condition);

}  // namespace bus

WhereAny during(const Window& window) {
  return {Where<StateChange>(window), Where<Event>(window)};
}

namespace P {

namespace {

template <class E, class F>
Where<E> asking(std::string summary, F function) {
  return Where<E>::of(bus::function_part<E, Moment>(
      std::move(summary),
      [function = std::move(function)](const E& event, const Moment&) { return function(event); }));
}

/// Asked of both kinds of events by the same function.
template <class F>
WhereAny asking_any(const std::string& summary, const F& function) {
  return {asking<StateChange>(summary, function), asking<Event>(summary, function)};
}

/// One side's value, which must be there for a state and may be absent for an attribute.
Where<StateChange> of_state(std::string_view word, const Accessor<StateChange>& accessor,
                            Condition condition) {
  std::string summary = fmt::format("state {} {}", word, condition.summary());
  return asking<StateChange>(
      std::move(summary), [accessor, condition = std::move(condition)](const StateChange& change) {
        const bus::Value value = accessor(change);
        return !value.is_missing() && condition(value);
      });
}

Where<StateChange> of_attribute(std::string_view word, const std::string& name,
                                const Accessor<StateChange>& accessor, Condition condition) {
  std::string summary = fmt::format("{} {} {}", name, word, condition.summary());
  return asking<StateChange>(
      std::move(summary), [accessor, condition = std::move(condition)](const StateChange& change) {
        return condition(accessor(change));
      });
}

Where<StateChange> comparing(const ChangeAccessor& accessor, ChangeCondition condition) {
  std::string summary = fmt::format("{} {}", accessor.summary(), condition.summary());
  return asking<StateChange>(
      std::move(summary), [accessor, condition = std::move(condition)](const StateChange& change) {
        const auto [was, is] = accessor(change);
        return condition(was, is);
      });
}

bool is_fresh(const StateChange& change, std::chrono::nanoseconds max_age) {
  if (!change.new_state || change.new_state->domain() != "event") return true;
  const auto happened = time::parse_iso8601(change.new_state->text());
  return !happened || change.new_state->last_changed() - *happened <= max_age;
}

/// Whether a value is, or has in it, a text that fits one of the patterns.
bool names_one(const bus::Value& value, const std::vector<std::string>& patterns) {
  const auto fits = [&](std::string_view text) {
    return std::ranges::any_of(
        patterns, [&](const std::string& pattern) { return base::glob_match(pattern, text); });
  };
  if (const auto text = value.text()) return fits(*text);
  const Json* json = value.json_behind();
  return json && json->is_array() && std::ranges::any_of(json->as_array(), [&](const Json& item) {
           return item.is_string() && fits(item.as_string());
         });
}

bool is_neither(const Context& context) {
  return context.user_id.empty() && context.parent_id.empty();
}

}  // namespace

Where<StateChange> state_from(Condition condition) {
  return of_state("from", A::state_old(), std::move(condition));
}
Where<StateChange> state_to(Condition condition) {
  return of_state("to", A::state_new(), std::move(condition));
}
Where<StateChange> attr_from(const std::string& name, Condition condition) {
  return of_attribute("from", name, A::attr_old(name), std::move(condition));
}
Where<StateChange> attr_to(const std::string& name, Condition condition) {
  return of_attribute("to", name, A::attr_new(name), std::move(condition));
}

Where<StateChange> state_did_change() {
  return asking<StateChange>("state changed",
                             [](const StateChange& change) { return change.state_changed(); });
}
Where<StateChange> attr_did_change(const std::string& name) {
  return did_change(A::attr(name));
}
Where<StateChange> state_comparison(ChangeCondition condition) {
  return comparing(A::state(), std::move(condition));
}
Where<StateChange> attr_comparison(const std::string& name, ChangeCondition condition) {
  return comparing(A::attr(name), std::move(condition));
}

Where<StateChange> did_change(const ChangeAccessor& accessor) {
  return asking<StateChange>(accessor.summary() + " changed",
                             [accessor](const StateChange& change) {
                               const auto [was, is] = accessor(change);
                               return !(was == is);
                             });
}

Where<StateChange> recovered() {
  return asking<StateChange>("recovered",
                             [](const StateChange& change) { return change.recovered; });
}

Where<StateChange> event_entity_fresh(std::chrono::nanoseconds max_age,
                                      const std::source_location& where) {
  if (max_age <= std::chrono::nanoseconds(0)) {
    throw Error("registration",
                fmt::format("P::event_entity_fresh: the age must be longer than zero [{}]",
                            bus::short_place(where)));
  }
  return asking<StateChange>(
      fmt::format("happened within {}", format_duration(max_age)),
      [max_age](const StateChange& change) { return is_fresh(change, max_age); });
}

Where<Event> service_matches(const std::string& pattern) {
  const bool with_domain = pattern.find('.') != std::string::npos;
  return asking<Event>("service " + pattern, [pattern, with_domain](const Event& event) {
    const std::string service = event.service();
    return base::glob_match(pattern, with_domain ? event.domain() + "." + service : service);
  });
}

Where<Event> service_data_where(
    std::initializer_list<std::pair<std::string, bus::DataCondition>> data) {
  Where<Event> all;
  for (const auto& [key, condition] : data) {
    all = all && bus::value_is(A::service_data_key(key),
                               condition.is_set() ? Condition(condition) : C::present());
  }
  return all;
}

WhereAny domain_matches(const std::string& pattern) {
  return asking_any("domain " + pattern, [pattern](const auto& event) {
    return names_one(A::domain()(event), {pattern});
  });
}

WhereAny entity_matches(std::initializer_list<std::string> patterns) {
  return asking_any(fmt::format("entity {}", fmt::join(patterns, " or ")),
                    [accessor = A::entity_id(), patterns = std::vector<std::string>(patterns)](
                        const auto& event) { return names_one(accessor(event), patterns); });
}
WhereAny entity_matches(const std::string& pattern) {
  return entity_matches({pattern});
}

WhereAny from_user(const std::string& user_id) {
  return asking_any(
      user_id.empty() ? "from a user" : "from user " + user_id, [user_id](const auto& event) {
        return user_id.empty() ? !event.context.user_id.empty() : event.context.user_id == user_id;
      });
}
WhereAny by_automation() {
  return asking_any("by an automation",
                    [](const auto& event) { return !event.context.parent_id.empty(); });
}
WhereAny by_device() {
  return asking_any("by the device", [](const auto& event) {
    if constexpr (requires { event.recovered; }) {
      if (event.recovered) return false;
    }
    return is_neither(event.context);
  });
}

WhereAny value_is(const AccessorAny& accessor, const Condition& condition) {
  return {bus::value_is<StateChange>(accessor, condition),
          bus::value_is<Event>(accessor, condition)};
}
WhereAny is_present(const AccessorAny& accessor) {
  return value_is(accessor, C::present());
}
WhereAny is_missing(const AccessorAny& accessor) {
  return value_is(accessor, C::missing());
}

}  // namespace P
}  // namespace hassette
