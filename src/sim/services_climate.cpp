// Climate and humidifier entities: what is set is shown, what is out of range is refused.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/home.hpp"

namespace hassette::sim {

namespace {

const std::vector<std::string> kModes = {"off",  "heat", "cool",    "heat_cool",
                                         "auto", "dry",  "fan_only"};

double shown(const State& state, const char* key, double otherwise) {
  return state.attributes()[key].get<double>().value_or(otherwise);
}

bool in_fahrenheit(Home& home, const State& state) {
  return home.memory(state.entity_id())["native_unit"] == Json("°F");
}

// What is set goes to the device in its own unit, and is shown with one digit as Python rounds it:
// by the number that the double is, so that 20.25 is 20.2 and 20.35 is 20.4.
double as_displayed(Home& home, const State& state, double celsius) {
  if (in_fahrenheit(home, state)) celsius = (celsius * 1.8 + 32 - 32) / 1.8;
  const std::string text = fmt::format("{:.1f}", celsius);
  return to_number(text).value_or(celsius);
}

// Home Assistant checks in the unit of the device and names the values in it.
void refuse_out_of_range(Home& home, const State& state, double wanted) {
  const bool fahrenheit = in_fahrenheit(home, state);
  const auto native = [&](double celsius) { return fahrenheit ? celsius * 1.8 + 32 : celsius; };
  const auto text = [&](const Json& bound, double otherwise) {
    if (!fahrenheit && bound.is_int()) return std::to_string(bound.as_int());
    return float_text(std::round(native(bound.get<double>().value_or(otherwise)) * 10) / 10);
  };
  if (wanted >= shown(state, "min_temp", 7) && wanted <= shown(state, "max_temp", 35)) return;
  const std::string given = float_text(native(wanted));
  const std::string low = text(state.attributes()["min_temp"], 7);
  const std::string high = text(state.attributes()["max_temp"], 35);
  throw validation_failure(
      fmt::format("Provided temperature {} is not valid. Accepted range is {} to {}", given, low,
                  high),
      "temp_out_of_range",
      Json::object({{"check_temp", given}, {"min_temp", low}, {"max_temp", high}}), "climate");
}

// Not the modes of heating and cooling: of those, one that is not in the list is only warned of.
void refuse_unknown_mode(const State& state, const char* kind, const char* list_key,
                         const std::string& wanted) {
  const Json& modes = state.attributes()[list_key];
  std::string all;
  if (modes.is_array()) {
    for (const Json& mode : modes.as_array()) {
      if (mode == Json(wanted)) return;
      all += (all.empty() ? "" : ", ") + mode.get<std::string>().value_or("");
    }
  }
  // Of the one kind with two words, Home Assistant turns them round.
  const bool sideways = std::string_view(kind) == "swing_horizontal";
  const std::string words = sideways ? "horizontal swing" : kind;
  std::string title = words;
  title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
  throw validation_failure(
      fmt::format("{} mode {} is not valid. Valid {} modes are: {}", title, wanted, words, all),
      fmt::format("not_valid_{}_mode", sideways ? "horizontal_swing" : kind),
      Json::object({{"mode", wanted}, {"modes", all}}), "climate");
}

std::string action_of(const std::string& mode, const State& state) {
  if (mode == "off") return "off";
  const double now = shown(state, "current_temperature", 20);
  const double goal = shown(state, "temperature", now);
  if (mode == "cool") return now > goal ? "cooling" : "idle";
  if (mode == "dry") return "drying";
  if (mode == "fan_only") return "fan";
  return now < goal ? "heating" : "idle";
}

void set_mode(Home& home, const State& state, const std::string& mode) {
  Json changes = Json::object();
  if (state.attributes().contains("hvac_action")) changes["hvac_action"] = action_of(mode, state);
  home.patch(state.entity_id(), mode, std::move(changes));
}

// To the one mode that is not off, or to the first of three: Home Assistant does not ask what the
// entity did before.
void turn_on(Home& home, const State& state) {
  const Json& modes = state.attributes()["hvac_modes"];
  if (!modes.is_array()) return;
  const auto& listed = modes.as_array();
  const auto has = [&](const char* mode) {
    return std::ranges::find(listed, Json(mode)) != listed.end();
  };
  if (listed.size() == 2 && has("off")) {
    set_mode(home, state, listed[listed[0] == Json("off") ? 1 : 0].as_string());
    return;
  }
  for (const char* mode : {"heat_cool", "heat", "cool"}) {
    if (!has(mode)) continue;
    set_mode(home, state, mode);
    return;
  }
}

void turn_off(Home& home, const State& state) {
  set_mode(home, state, "off");
}

void refuse_what_it_cannot_hold(const State& state, const Json& data) {
  constexpr std::int64_t kOneTarget = 1;
  constexpr std::int64_t kTwoTargets = 2;
  const auto features = state.attributes()["supported_features"].get<std::int64_t>();
  const auto refuse = [](const char* parameter, const char* key) {
    throw validation_failure(fmt::format("Set temperature action was used with the target "
                                         "temperature {} but the entity does not support it",
                                         parameter),
                             key, nullptr, "climate");
  };
  if (features && data.contains("temperature") && (*features & kOneTarget) == 0) {
    refuse("parameter", "missing_target_temperature_entity_feature");
  }
  if (features && data.contains("target_temp_low") && (*features & kTwoTargets) == 0) {
    refuse("low/high parameter", "missing_target_temperature_range_entity_feature");
  }
  const auto low = data["target_temp_low"].get<double>();
  const auto high = data["target_temp_high"].get<double>();
  if (low && high && *low > *high) {
    throw validation_failure(
        "Target temperature low can not be higher than Target temperature high",
        "low_temp_higher_than_high_temp", nullptr, "climate");
  }
}

void set_temperature(Home& home, const ServiceCall& call, const State& state) {
  refuse_what_it_cannot_hold(state, call.data);
  Json changes = Json::object();
  for (const char* key : {"temperature", "target_temp_high", "target_temp_low"}) {
    const auto wanted = call.data[key].get<double>();
    if (!wanted) continue;
    refuse_out_of_range(home, state, *wanted);
    changes[key] = as_displayed(home, state, *wanted);
  }
  std::optional<std::string> mode = call.data["hvac_mode"].get<std::string>();
  if (state.attributes().contains("hvac_action") && changes.contains("temperature")) {
    const double now = shown(state, "current_temperature", 20);
    const std::string& in_force = mode ? *mode : state.state();
    const double goal = changes["temperature"].as_double();
    if (in_force == "heat") changes["hvac_action"] = now < goal ? "heating" : "idle";
    if (in_force == "cool") changes["hvac_action"] = now > goal ? "cooling" : "idle";
  }
  home.patch(state.entity_id(), std::move(mode), std::move(changes));
}

void set_humidity(Home& home, const ServiceCall& call, const State& state) {
  const auto wanted = call.data["humidity"].as_int();
  const double low = shown(state, "min_humidity", 30);
  const double high = shown(state, "max_humidity", 99);
  if (static_cast<double>(wanted) < low || static_cast<double>(wanted) > high) {
    throw validation_failure(
        fmt::format("Provided humidity {} is not valid. Accepted range is {} to {}", wanted, low,
                    high),
        "humidity_out_of_range",
        Json::object({{"humidity", std::to_string(wanted)},
                      {"min_humidity", fmt::to_string(low)},
                      {"max_humidity", fmt::to_string(high)}}),
        std::string(state.domain()));
  }
  home.patch(state.entity_id(), std::nullopt, Json::object({{"humidity", wanted}}));
}

void add_mode(Services& services, const char* kind) {
  const std::string name = kind;
  services.add("climate", "set_" + name + "_mode", {{name + "_mode", accept::text(), true}},
               [name](Home& home, const ServiceCall& call, const State& state) {
                 const std::string wanted = call.data[name + "_mode"].as_string();
                 refuse_unknown_mode(state, name.c_str(), (name + "_modes").c_str(), wanted);
                 Json changes = Json::object();
                 changes[name + "_mode"] = wanted;
                 home.patch(state.entity_id(), std::nullopt, std::move(changes));
               });
}

// One that shows what it does says off while it is off.
void switch_humidifier(Home& home, const State& state, bool on) {
  const Json& action = state.attributes()["action"];
  Json& kept = home.memory(state.entity_id());
  Json changes = Json::object();
  if (action.is_string() && !on) {
    if (action != Json("off")) kept["action"] = action;
    changes["action"] = "off";
  }
  if (action == Json("off") && on) {
    const bool dries = state.attributes()["device_class"] == Json("dehumidifier");
    const char* usual = dries ? "drying" : "humidifying";
    changes["action"] = kept["action"].is_string() ? kept["action"] : Json(usual);
  }
  home.patch(state.entity_id(), on ? "on" : "off", std::move(changes));
}

void add_humidifiers(Services& services) {
  services.add("humidifier", "turn_on", {}, [](Home& home, const ServiceCall&, const State& state) {
    switch_humidifier(home, state, true);
  });
  services.add("humidifier", "turn_off", {},
               [](Home& home, const ServiceCall&, const State& state) {
                 switch_humidifier(home, state, false);
               });
  services.add("humidifier", "toggle", {}, [](Home& home, const ServiceCall&, const State& state) {
    switch_humidifier(home, state, state.state() != "on");
  });
  services.add("humidifier", "set_humidity", {{"humidity", accept::integer_within(0, 100), true}},
               set_humidity);
  services.add("humidifier", "set_mode", {{"mode", accept::text(), true}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 home.patch(state.entity_id(), std::nullopt,
                            Json::object({{"mode", call.data["mode"]}}));
               });
}

}  // namespace

void add_climate_services(Services& services) {
  const auto run = [](void (*action)(Home&, const State&)) {
    return [action](Home& home, const ServiceCall&, const State& state) { action(home, state); };
  };
  services.add("climate", "turn_on", {}, run(turn_on));
  services.add("climate", "turn_off", {}, run(turn_off));
  services.add("climate", "toggle", {}, [](Home& home, const ServiceCall&, const State& state) {
    if (state.state() == "off") {
      turn_on(home, state);
    } else {
      turn_off(home, state);
    }
  });
  services.add("climate", "set_hvac_mode",
               {{"hvac_mode", accept::enumeration("HVACMode", kModes), true}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 set_mode(home, state, call.data["hvac_mode"].as_string());
               });
  for (const char* kind : {"preset", "fan", "swing", "swing_horizontal"}) add_mode(services, kind);
  services.add(
      {.domain = "climate",
       .name = "set_temperature",
       .schema = Schema(
           {{"temperature", accept::number()},
            {.name = "target_temp_high", .check = accept::number(), .together = "temperature"},
            {.name = "target_temp_low", .check = accept::number(), .together = "temperature"},
            {"hvac_mode", accept::enumeration("HVACMode", kModes)}}),
       .at_least_one_of = {"temperature", "target_temp_high", "target_temp_low"},
       .run_for_entity = [](Home& home, const ServiceCall& call, const StatePtr& state) {
         set_temperature(home, call, *state);
         return Outcome{};
       }});
  services.add("climate", "set_humidity", {{"humidity", accept::integer(), true}}, set_humidity);
  services.add("climate", "set_aux_heat", {{"aux_heat", accept::boolean(), true}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 const char* heat = call.data["aux_heat"].as_bool() ? "on" : "off";
                 home.patch(state.entity_id(), std::nullopt, Json::object({{"aux_heat", heat}}));
               });
  add_humidifiers(services);
}

}  // namespace hassette::sim
