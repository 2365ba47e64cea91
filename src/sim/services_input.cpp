// The input_* helpers: values that only services change.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/home.hpp"

namespace hassette::sim {

namespace {

void add_reload(Services& services, const char* domain) {
  services.add({.domain = domain, .name = "reload", .run = [](Home&, const ServiceCall&) {
                  return Outcome{};
                }});
}

double attribute(const State& state, const char* key, double otherwise) {
  return state.attributes()[key].get<double>().value_or(otherwise);
}

double number_of(const State& state) {
  try {
    return std::stod(state.state());
  } catch (const std::exception&) {
    return 0;  // unknown counts from nothing
  }
}

void set_number(Home& home, const State& state, double value) {
  const double low = attribute(state, "min", 0);
  const double high = attribute(state, "max", 100);
  if (value < low || value > high) {
    throw CommandFailure{"invalid_format",
                         fmt::format("Invalid value for {}: {} (range {} - {})", state.entity_id(),
                                     float_text(value), float_text(low), float_text(high)),
                         {}};
  }
  home.write_state(state.entity_id(), float_text(value));
}

void step_number(Home& home, const State& state, double steps) {
  const double value = number_of(state) + steps * attribute(state, "step", 1);
  set_number(home, state,
             std::min(std::max(value, attribute(state, "min", 0)), attribute(state, "max", 100)));
}

std::string joined(const Json& options) {
  std::string out;
  for (const Json& option : options.as_array()) {
    out += (out.empty() ? "" : ", ") + option.get<std::string>().value_or("");
  }
  return out;
}

void choose(Home& home, const State& state, const std::string& option) {
  const Json& options = state.attributes()["options"];
  const bool known =
      options.is_array() &&
      std::ranges::any_of(options.as_array(), [&](const Json& o) { return o == Json(option); });
  if (!known) {
    throw CommandFailure{"home_assistant_error",
                         fmt::format("Invalid option: {} (possible options: {})", option,
                                     options.is_array() ? joined(options) : ""),
                         {}};
  }
  home.write_state(state.entity_id(), option);
}

void choose_next(Home& home, const State& state, int step, bool cycle) {
  const Json& options = state.attributes()["options"];
  const auto count = static_cast<int>(options.size());
  if (count == 0) return;
  int index = 0;
  while (index < count && options.at(static_cast<std::size_t>(index)) != Json(state.state()))
    ++index;
  int next = index + step;
  if (next < 0 || next >= count) {
    if (!cycle) return;
    next = (next + count) % count;
  }
  choose(home, state, options.at(static_cast<std::size_t>(next)).as_string());
}

void set_options(Home& home, const ServiceCall& call, const State& state) {
  const Json& options = call.data["options"];
  const auto& all = options.as_array();
  for (auto option = all.begin(); option != all.end(); ++option) {
    if (std::find(all.begin(), option, *option) == option) continue;
    throw CommandFailure{"home_assistant_error", "Duplicated options: " + python_repr(options), {}};
  }
  const bool stays = std::ranges::find(all, Json(state.state())) != all.end();
  home.patch(state.entity_id(), stays ? state.state() : all.front().as_string(),
             Json::object({{"options", options}}));
}

void add_selects(Services& services) {
  const auto at = [](bool last) {
    return [last](Home& home, const ServiceCall&, const State& state) {
      const Json& options = state.attributes()["options"];
      if (options.empty()) return;
      choose(home, state, options.at(last ? options.size() - 1 : 0).as_string());
    };
  };
  const auto move = [](int step) {
    return [step](Home& home, const ServiceCall& call, const State& state) {
      choose_next(home, state, step, call.data["cycle"].get<bool>().value_or(true));
    };
  };
  add_reload(services, "input_select");
  for (const char* domain : {"input_select", "select"}) {
    services.add(domain, "select_first", {}, at(false));
    services.add(domain, "select_last", {}, at(true));
    services.add(domain, "select_next", {{"cycle", accept::strict_boolean()}}, move(1));
    services.add(domain, "select_previous", {{"cycle", accept::strict_boolean()}}, move(-1));
  }
  services.add("input_select", "select_option", {{"option", accept::text(), true}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 choose(home, state, call.data["option"].as_string());
               });
  services.add("select", "select_option", {{"option", accept::text(), true}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 const std::string option = call.data["option"].as_string();
                 const Json& options = state.attributes()["options"];
                 const auto& all = options.as_array();
                 if (std::ranges::find(all, Json(option)) == all.end()) {
                   throw validation_failure(
                       fmt::format("Option {} is not valid for entity {}, valid options are: {}",
                                   option, state.entity_id(), joined(options)),
                       "not_valid_option",
                       Json::object({{"entity_id", state.entity_id()},
                                     {"option", option},
                                     {"options", joined(options)}}),
                       "select");
                 }
                 home.write_state(state.entity_id(), option);
               });
  services.add("input_select", "set_options", {{"options", accept::texts(), true}}, set_options);
}

void set_text(Home& home, const State& state, const std::string& value) {
  const auto length = static_cast<double>(characters(value));
  // Home Assistant only warns in its log where the length does not fit.
  if (length < attribute(state, "min", 0) || length > attribute(state, "max", 100)) return;
  home.write_state(state.entity_id(), value);
}

void add_booleans(Services& services) {
  add_reload(services, "input_boolean");
  const auto to = [](const char* value) {
    return [value](Home& home, const ServiceCall&, const State& state) {
      home.write_state(state.entity_id(), value);
    };
  };
  services.add("input_boolean", "turn_on", {}, to("on"));
  services.add("input_boolean", "turn_off", {}, to("off"));
  services.add("input_boolean", "toggle", {},
               [](Home& home, const ServiceCall&, const State& state) {
                 home.write_state(state.entity_id(), state.state() == "on" ? "off" : "on");
               });
}

}  // namespace

void add_input_services(Services& services) {
  add_reload(services, "input_number");
  services.add("input_number", "set_value", {{"value", accept::number(), true}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 set_number(home, state, call.data["value"].as_double());
               });
  services.add(
      "input_number", "increment", {},
      [](Home& home, const ServiceCall&, const State& state) { step_number(home, state, 1); });
  services.add(
      "input_number", "decrement", {},
      [](Home& home, const ServiceCall&, const State& state) { step_number(home, state, -1); });
  add_booleans(services);
  add_reload(services, "input_text");
  services.add("input_text", "set_value", {{"value", accept::text(), true}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 set_text(home, state, call.data["value"].as_string());
               });
  add_datetime_services(services);
  add_selects(services);
  add_reload(services, "input_button");
  for (const char* domain : {"input_button", "button"}) {
    services.add(domain, "press", {}, [](Home& home, const ServiceCall&, const State& state) {
      home.write_state(state.entity_id(), iso_text(home.now()));
    });
  }
}

}  // namespace hassette::sim
