#include "sim/reproduce_plans.hpp"

#include <charconv>
#include <map>
#include <optional>

namespace hassette::sim {

namespace {

using Steps = std::vector<Step>;

Json only(const char* key, Json value) {
  Json data = Json::object();
  data[key] = std::move(value);
  return data;
}

Step with(const char* service, const Wanted& wanted, std::initializer_list<const char*> keys) {
  Step step{service};
  for (const char* key : keys) {
    if (wanted.given(key)) step.data[key] = wanted.attributes[key];
  }
  return step;
}

bool is_number(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// switch, input_boolean, automation, remote
Steps on_or_off(const Wanted& wanted) {
  if (wanted.same_state() || !wanted.is({"on", "off"})) return {};
  return {{wanted.state == "on" ? "turn_on" : "turn_off"}};
}

// The colour that the mode is about, or where none is told the first that is there.
bool add_colour(const Wanted& wanted, Json& data) {
  static const std::map<std::string_view, std::pair<const char*, const char*>> kOfMode = {
      {"color_temp", {"color_temp_kelvin", "color_temp_kelvin"}},
      {"hs", {"hs_color", "hs_color"}},
      {"rgb", {"rgb_color", "rgb_color"}},
      {"rgbw", {"rgbw_color", "rgbw_color"}},
      {"rgbww", {"rgbww_color", "rgbww_color"}},
      {"white", {"white", "brightness"}},
      {"xy", {"xy_color", "xy_color"}}};
  if (const auto mode = wanted.attributes["color_mode"].get<std::string>();
      mode && *mode != "unknown") {
    const auto known = kOfMode.find(*mode);
    if (known == kOfMode.end()) return true;
    const auto& [key, shown] = known->second;
    if (!wanted.given(shown)) return false;
    data[key] = wanted.attributes[shown];
    return true;
  }
  for (const char* key : {"hs_color", "color_temp", "color_temp_kelvin", "rgb_color", "rgbw_color",
                          "rgbww_color", "xy_color"}) {
    if (!wanted.given(key)) continue;
    data[key] = wanted.attributes[key];
    break;
  }
  return true;
}

Steps light(const Wanted& wanted) {
  if (!wanted.is({"on", "off"})) return {};
  const bool other_mode = wanted.given("color_mode") && wanted.differs("color_mode");
  const bool differs = std::ranges::any_of(
      std::initializer_list<const char*>{"brightness", "effect", "hs_color", "color_temp",
                                         "color_temp_kelvin", "rgb_color", "rgbw_color",
                                         "rgbww_color", "xy_color"},
      [&](const char* key) { return wanted.differs(key); });
  if (wanted.same_state() && !other_mode && !differs) return {};
  Step step{wanted.state == "on" ? "turn_on" : "turn_off"};
  if (wanted.options.contains("transition")) step.data["transition"] = wanted.options["transition"];
  if (wanted.state == "on") {
    for (const char* key : {"brightness", "effect"}) {
      if (wanted.given(key)) step.data[key] = wanted.attributes[key];
    }
    if (!add_colour(wanted, step.data)) return {};
  }
  return {step};
}

Steps fan(const Wanted& wanted) {
  if (wanted.state == "off") return on_or_off(wanted);
  if (wanted.state != "on") return {};
  Steps steps;
  if (!wanted.same_state()) {
    steps.push_back(with("turn_on", wanted, {"percentage", "preset_mode"}));
  } else {
    for (const char* key : {"percentage", "preset_mode"}) {
      if (!wanted.given(key) || !wanted.differs(key)) continue;
      steps.push_back(
          with(std::string_view(key) == "percentage" ? "set_percentage" : "set_preset_mode", wanted,
               {key}));
    }
  }
  if (wanted.differs("direction")) {
    steps.push_back({"set_direction", only("direction", wanted.attributes["direction"])});
  }
  if (wanted.differs("oscillating")) {
    steps.push_back({"oscillate", only("oscillating", wanted.attributes["oscillating"])});
  }
  return steps;
}

Steps climate(const Wanted& wanted) {
  Steps steps;
  if (wanted.is({"off", "heat", "cool", "heat_cool", "auto", "dry", "fan_only"})) {
    steps.push_back({"set_hvac_mode", only("hvac_mode", wanted.state)});
  }
  const Json& told = wanted.attributes;
  if (told.contains("temperature") || told.contains("target_temp_high") ||
      told.contains("target_temp_low")) {
    steps.push_back(
        with("set_temperature", wanted, {"temperature", "target_temp_high", "target_temp_low"}));
  }
  for (const char* key : {"preset_mode", "swing_mode", "swing_horizontal_mode", "fan_mode"}) {
    if (wanted.given(key)) {
      steps.push_back(with((std::string("set_") + key).c_str(), wanted, {key}));
    }
  }
  if (told.contains("humidity")) steps.push_back(with("set_humidity", wanted, {"humidity"}));
  return steps;
}

Steps humidifier(const Wanted& wanted) {
  if (wanted.state == "off") return on_or_off(wanted);
  if (wanted.state != "on") return {};
  Steps steps = on_or_off(wanted);
  for (const char* key : {"mode", "humidity"}) {
    if (!wanted.attributes.contains(key) || !wanted.differs(key)) continue;
    steps.push_back({std::string("set_") + key, only(key, wanted.attributes[key])});
  }
  return steps;
}

Steps lock(const Wanted& wanted) {
  if (wanted.same_state()) return {};
  if (wanted.is({"locked", "locking"})) return {{"lock"}};
  if (wanted.is({"unlocked", "unlocking"})) return {{"unlock"}};
  if (wanted.is({"open", "opening"})) return {{"open"}};
  return {};
}

// number, input_number
Steps number(const Wanted& wanted) {
  if (wanted.same_state() || !is_number(wanted.state)) return {};
  return {{"set_value", only("value", wanted.state)}};
}

// text, input_text
Steps text(const Wanted& wanted) {
  if (wanted.same_state()) return {};
  return {{"set_value", only("value", wanted.state)}};
}

Steps select(const Wanted& wanted) {
  const Json& options = wanted.now.attributes()["options"];
  const bool known = options.is_array() && std::ranges::any_of(options.as_array(), [&](auto& item) {
                       return item == Json(wanted.state);
                     });
  if (wanted.same_state() || !known) return {};
  return {{"select_option", only("option", wanted.state)}};
}

Steps input_select(const Wanted& wanted) {
  if (wanted.same_state() && !wanted.differs("options")) return {};
  Steps steps;
  if (wanted.attributes.contains("options"))
    steps.push_back(with("set_options", wanted, {"options"}));
  steps.push_back({"select_option", only("option", wanted.state)});
  return steps;
}

// Whether each character is what the shape has there: 0 stands for any digit.
bool has_shape(std::string_view text, std::string_view shape) {
  return std::ranges::equal(text, shape, [](char c, char wanted) {
    return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
  });
}

bool is_time(std::string_view text) {
  return has_shape(text, "00:00") || has_shape(text, "00:00:00");
}

Steps input_datetime(const Wanted& wanted) {
  const bool date = wanted.now.attributes()["has_date"] == Json(true);
  const bool time = wanted.now.attributes()["has_time"] == Json(true);
  const std::string_view text = wanted.state;
  const bool begins_with_date = has_shape(text.substr(0, 10), "0000-00-00");
  const bool fits = date && time ? begins_with_date && text.size() > 10 && is_time(text.substr(11))
                    : date       ? begins_with_date && text.size() == 10
                                 : time && is_time(text);
  if (wanted.same_state() || !fits) return {};
  const char* field = date && time ? "datetime" : date ? "date" : "time";
  return {{"set_datetime", only(field, wanted.state)}};
}

Steps media_player(const Wanted& wanted) {
  const auto features =
      wanted.now.attributes()["supported_features"].get<std::int64_t>().value_or(0);
  const auto can = [&](std::int64_t bit) { return (features & bit) != 0; };
  Steps steps;
  if (wanted.state == "off") {
    if (can(256)) steps.push_back({"turn_off"});
    return steps;  // what is off has nothing else to take on
  }
  if (can(128) && wanted.is({"buffering", "idle", "on", "paused", "playing"})) {
    steps.push_back({"turn_on"});
  }
  struct Taken {
    const char* key;
    const char* service;
    std::int64_t bit;
  };
  for (const auto& [key, service, bit] :
       {Taken{"source", "select_source", 2048}, Taken{"sound_mode", "select_sound_mode", 65536},
        Taken{"volume_level", "volume_set", 4}, Taken{"is_volume_muted", "volume_mute", 8}}) {
    if (!wanted.attributes.contains(key) || !can(bit)) continue;
    steps.push_back({service, only(key, wanted.attributes[key])});
  }
  const bool content = wanted.attributes.contains("media_content_type") &&
                       wanted.attributes.contains("media_content_id");
  if (content && can(512)) {
    steps.push_back(with("play_media", wanted, {"media_content_type", "media_content_id"}));
  }
  if (!content && wanted.is({"buffering", "playing"}) && can(16384)) {
    steps.push_back({"media_play"});
  } else if (wanted.state == "idle" && can(4096)) {
    steps.push_back({"media_stop"});
  } else if (wanted.state == "paused" && can(1)) {
    steps.push_back({"media_pause"});
  }
  return steps;
}

Steps alarm(const Wanted& wanted) {
  if (wanted.same_state()) return {};
  if (wanted.state == "disarmed") return {{"alarm_disarm"}};
  if (wanted.state == "triggered") return {{"alarm_trigger"}};
  if (!wanted.is(
          {"armed_away", "armed_custom_bypass", "armed_home", "armed_night", "armed_vacation"})) {
    return {};
  }
  return {{"alarm_arm_" + wanted.state.substr(std::string_view("armed_").size())}};
}

Steps vacuum(const Wanted& wanted) {
  static const std::map<std::string_view, const char*> kServices = {
      {"on", "turn_on"},     {"off", "turn_off"},
      {"cleaning", "start"}, {"docked", "return_to_base"},
      {"idle", "stop"},      {"returning", "return_to_base"},
      {"paused", "pause"}};
  const auto service = kServices.find(wanted.state);
  if (service == kServices.end()) return {};
  Steps steps;
  if (!wanted.same_state()) steps.push_back({service->second});
  if (wanted.given("fan_speed") && wanted.differs("fan_speed")) {
    steps.push_back(with("set_fan_speed", wanted, {"fan_speed"}));
  }
  return steps;
}

Steps water_heater(const Wanted& wanted) {
  if (!wanted.is(
          {"eco", "electric", "gas", "heat_pump", "high_demand", "off", "on", "performance"})) {
    return {};
  }
  Steps steps;
  if (!wanted.same_state()) {
    steps = on_or_off(wanted);
    if (steps.empty()) {
      steps.push_back({"set_operation_mode", only("operation_mode", wanted.state)});
    }
  }
  for (const char* key : {"temperature", "away_mode"}) {
    if (!wanted.given(key) || !wanted.differs(key)) continue;
    steps.push_back({std::string("set_") + key, only(key, wanted.attributes[key])});
  }
  return steps;
}

Steps timer(const Wanted& wanted) {
  if (wanted.same_state() && !wanted.differs("duration")) return {};
  if (wanted.state == "active") return {with("start", wanted, {"duration"})};
  if (wanted.state == "paused") return {{"pause"}};
  if (wanted.state == "idle") return {{"cancel"}};
  return {};
}

Steps counter(const Wanted& wanted) {
  const bool digits = !wanted.state.empty() && std::ranges::all_of(wanted.state, [](char c) {
    return c >= '0' && c <= '9';
  });
  const bool differs =
      wanted.differs("maximum") || wanted.differs("minimum") || wanted.differs("step");
  if (!digits || (wanted.same_state() && !differs)) return {};
  Step step{"set_value", only("value", wanted.state)};
  for (const char* key : {"maximum", "minimum", "step"}) {
    if (wanted.attributes.contains(key)) step.data[key] = wanted.attributes[key];
  }
  return {step};
}

}  // namespace

Planner planner_of(std::string_view domain) {
  static const std::map<std::string_view, Planner> kPlanners = {{"alarm_control_panel", alarm},
                                                                {"automation", on_or_off},
                                                                {"climate", climate},
                                                                {"counter", counter},
                                                                {"cover", steps_of_cover},
                                                                {"fan", fan},
                                                                {"humidifier", humidifier},
                                                                {"input_boolean", on_or_off},
                                                                {"input_datetime", input_datetime},
                                                                {"input_number", number},
                                                                {"input_select", input_select},
                                                                {"input_text", text},
                                                                {"light", light},
                                                                {"lock", lock},
                                                                {"media_player", media_player},
                                                                {"number", number},
                                                                {"remote", on_or_off},
                                                                {"select", select},
                                                                {"switch", on_or_off},
                                                                {"text", text},
                                                                {"timer", timer},
                                                                {"vacuum", vacuum},
                                                                {"water_heater", water_heater}};
  const auto found = kPlanners.find(domain);
  return found == kPlanners.end() ? nullptr : found->second;
}

}  // namespace hassette::sim
