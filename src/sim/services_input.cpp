// The input_* helpers: values that only services change.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/home.hpp"
#include "time/iso8601.hpp"

namespace hassette::sim {

namespace {

void add_reload(Services& services, const std::string& domain) {
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
  if (value < attribute(state, "min", 0) || value > attribute(state, "max", 100)) return;
  set_number(home, state, value);
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
    services.add(domain, "select_next", {{"cycle", accept::boolean()}}, move(1));
    services.add(domain, "select_previous", {{"cycle", accept::boolean()}}, move(-1));
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
  services.add("input_select", "set_options", {{"options", accept::list(), true}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 const Json& options = call.data["options"];
                 const auto& all = options.as_array();
                 const bool stays = std::ranges::find(all, Json(state.state())) != all.end();
                 home.patch(state.entity_id(),
                            stays || all.empty() ? state.state() : all.front().as_string(),
                            Json::object({{"options", options}}));
               });
}

void set_text(Home& home, const State& state, const std::string& value) {
  const auto length = static_cast<double>(value.size());
  // Home Assistant only warns in its log where the length does not fit.
  if (length < attribute(state, "min", 0) || length > attribute(state, "max", 100)) return;
  home.write_state(state.entity_id(), value);
}

std::string local_text(const LocalTime& local) {
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", local.year, local.month, local.day,
                     local.hour, local.minute, local.second);
}

void set_datetime(Home& home, const ServiceCall& call, const State& state) {
  const bool has_date = state.attributes()["has_date"] == Json(true);
  const bool has_time = state.attributes()["has_time"] == Json(true);
  const auto given = [&](const char* part) {
    return call.data.contains(part) || call.data.contains("datetime") ||
           call.data.contains("timestamp");
  };
  if (!(has_date && given("date")) && !(has_time && given("time"))) {
    throw CommandFailure{"invalid_format", "Nothing to set", {}};
  }
  std::string date = state.state().size() >= 10 ? state.state().substr(0, 10) : "1970-01-01";
  std::string time = has_date ? "00:00:00" : state.state();
  if (has_date && state.state().size() >= 19) time = state.state().substr(11, 8);
  const auto both = [&](const std::string& text) {
    if (text.size() >= 10) date = text.substr(0, 10);
    if (text.size() >= 16) time = text.substr(11, 8);
  };
  if (const auto stamp = call.data["timestamp"].get<double>()) {
    const TimePoint moment{std::chrono::microseconds(static_cast<std::int64_t>(*stamp * 1e6))};
    both(local_text(home.zone().to_local(moment)));
  }
  if (const auto text = call.data["datetime"].get<std::string>()) {
    const auto moment = time::parse_iso8601(*text);
    both(moment ? local_text(home.zone().to_local(*moment)) : *text);
  }
  if (const auto text = call.data["date"].get<std::string>()) date = *text;
  if (const auto text = call.data["time"].get<std::string>()) time = *text;
  if (time.size() == 5) time += ":00";
  const std::string value = has_date && has_time ? date + ' ' + time : has_date ? date : time;
  Json shown = state.attributes();
  for (auto& [key, part] : datetime_attributes(home, value, has_date, has_time).as_object()) {
    shown[key] = part;
  }
  home.write(state.entity_id(), value, std::move(shown));
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
  add_reload(services, "input_datetime");
  services.add("input_datetime", "set_datetime",
               {{"date", accept::text()},
                {"time", accept::text()},
                {"datetime", accept::text()},
                {"timestamp", accept::number()}},
               set_datetime);
  add_selects(services);
  add_reload(services, "input_button");
  for (const char* domain : {"input_button", "button"}) {
    services.add(domain, "press", {}, [](Home& home, const ServiceCall&, const State& state) {
      home.write_state(state.entity_id(), iso_text(home.now()));
    });
  }
}

}  // namespace hassette::sim
