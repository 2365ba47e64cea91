// What is on or off, and what simply takes the value that it is given.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/home.hpp"

namespace hassette::sim {

namespace {

Services::EntityRun to(std::string value) {
  return [value = std::move(value)](Home& home, const ServiceCall&, const State& state) {
    home.write_state(state.entity_id(), value);
  };
}

void toggle(Home& home, const ServiceCall&, const State& state) {
  home.write_state(state.entity_id(), state.state() == "on" ? "off" : "on");
}

// A state and what comes of it by itself, as when a vacuum goes home.
Services::EntityRun through(const std::string& first, std::chrono::seconds time,
                            const std::string& then) {
  return [=](Home& home, const ServiceCall&, const State& state) {
    const std::string& entity_id = state.entity_id();
    home.write_state(entity_id, first);
    home.after(entity_id, time, [&home, entity_id, then] { home.write_state(entity_id, then); });
  };
}

void set_number(Home& home, const ServiceCall& call, const State& state) {
  const double value = call.data["value"].as_double();
  const Json& low = state.attributes()["min"];
  const Json& high = state.attributes()["max"];
  if (value < low.get<double>().value_or(0) || value > high.get<double>().value_or(100)) {
    throw validation_failure(
        fmt::format("Value {} for {} is outside valid range {} - {}", float_text(value),
                    state.entity_id(), low.dump(), high.dump()),
        "out_of_range",
        Json::object({{"value", value},
                      {"entity_id", state.entity_id()},
                      {"min_value", low.dump()},
                      {"max_value", high.dump()}}),
        "number");
  }
  const bool in_whole = low.is_int() && state.attributes()["step"].is_int();
  const auto whole =
      in_whole && value == std::trunc(value) ? to_whole(value) : std::optional<std::int64_t>();
  home.write_state(state.entity_id(), whole ? std::to_string(*whole) : float_text(value));
}

void set_text(Home& home, const ServiceCall& call, const State& state) {
  const std::string& value = call.data["value"].as_string();
  const auto length = static_cast<std::int64_t>(characters(value));
  const auto low = state.attributes()["min"].get<std::int64_t>().value_or(0);
  const auto high = state.attributes()["max"].get<std::int64_t>().value_or(255);
  const auto refuse = [&](const char* words, std::int64_t bound) {
    throw CommandFailure{
        "unknown_error",  // Home Assistant's code raises what it answers nothing better to
        fmt::format("Value {} for {} is too {} length {})", value, state.entity_id(), words, bound),
        {}};
  };
  if (length < low) refuse("short (minimum", low);
  if (length > high) refuse("long (maximum", high);
  home.write_state(state.entity_id(), value);
}

void set_operation_mode(Home& home, const ServiceCall& call, const State& state) {
  const std::string wanted = call.data["operation_mode"].as_string();
  const Json& modes = state.attributes()["operation_list"];
  std::string all;
  bool known = !modes.is_array();
  for (std::size_t i = 0; i < modes.size(); ++i) {
    known = known || modes.at(i) == Json(wanted);
    all += (i == 0 ? "" : ", ") + modes.at(i).get<std::string>().value_or("");
  }
  if (!known) {
    throw validation_failure(
        fmt::format("Operation mode {} is not valid for {}. Valid operation modes are: {}", wanted,
                    state.entity_id(), all),
        "not_valid_operation_mode",
        Json::object({{"entity_id", state.entity_id()},
                      {"operation_mode", wanted},
                      {"operation_list", all}}),
        "water_heater");
  }
  home.patch(state.entity_id(), wanted, Json::object({{"operation_mode", wanted}}));
}

void add_machines(Services& services) {
  services.add("vacuum", "start", {}, to("cleaning"));
  services.add("vacuum", "pause", {}, to("paused"));
  services.add("vacuum", "stop", {}, to("idle"));
  services.add("vacuum", "return_to_base", {},
               through("returning", std::chrono::seconds(30), "docked"));
  services.add("vacuum", "set_fan_speed", {{"fan_speed", accept::text(), true}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 home.patch(state.entity_id(), std::nullopt,
                            Json::object({{"fan_speed", call.data["fan_speed"]}}));
               });
  services.add("water_heater", "turn_on", {}, to("eco"));
  services.add("water_heater", "turn_off", {}, to("off"));
  services.add("water_heater", "set_operation_mode", {{"operation_mode", accept::text(), true}},
               set_operation_mode);
  services.add("water_heater", "set_away_mode", {{"away_mode", accept::boolean(), true}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 const char* mode = call.data["away_mode"].as_bool() ? "on" : "off";
                 home.patch(state.entity_id(), std::nullopt, Json::object({{"away_mode", mode}}));
               });
  services.add("water_heater", "set_temperature",
               {{"temperature", accept::number(), true}, {"operation_mode", accept::text()}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 home.patch(state.entity_id(), std::nullopt,
                            Json::object({{"temperature", call.data["temperature"]}}));
               });
  services.add("update", "install", {{"version", accept::text()}, {"backup", accept::boolean()}},
               [](Home& home, const ServiceCall&, const State& state) {
                 home.patch(
                     state.entity_id(), "off",
                     Json::object({{"installed_version", state.attributes()["latest_version"]}}));
               });
}

}  // namespace

void add_switch_services(Services& services) {
  for (const char* domain : {"switch", "siren", "camera"}) {
    const bool camera = std::string_view(domain) == "camera";
    std::vector<Field> fields;
    if (std::string_view(domain) == "siren") {
      fields = {{"tone", accept::anything()},
                {"volume_level", accept::number_within(0, 1)},
                {"duration", accept::integer()}};
    }
    services.add(domain, "turn_on", fields, to(camera ? "streaming" : "on"));
    services.add(domain, "turn_off", {}, to(camera ? "idle" : "off"));
    if (!camera) services.add(domain, "toggle", {}, toggle);
  }
  services.add("number", "set_value", {{"value", accept::number(), true}}, set_number);
  services.add("text", "set_value", {{"value", accept::text(), true}}, set_text);
  const auto take = [](const char* field) {
    return [field](Home& home, const ServiceCall& call, const State& state) {
      home.write_state(state.entity_id(), call.data[field].as_string());
    };
  };
  services.add("date", "set_value", {{"date", accept::text(), true}}, take("date"));
  services.add("time", "set_value", {{"time", accept::text(), true}}, take("time"));
  services.add("datetime", "set_value", {{"datetime", accept::text(), true}}, take("datetime"));
  add_machines(services);
}

}  // namespace hassette::sim
