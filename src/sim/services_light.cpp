// Lights, as Home Assistant's demo lights behave: colours in every form, all of it null while off.
#include <algorithm>
#include <cmath>

#include "sim/colour.hpp"
#include "sim/home.hpp"

namespace hassette::sim {

namespace {

const std::vector<std::string> kFlash = {"long", "short"};

bool has_mode(const State& light, std::string_view mode) {
  const Json& modes = light.attributes()["supported_color_modes"];
  return modes.is_array() && std::ranges::any_of(modes.as_array(), [&](const Json& item) {
           return item.is_string() && item.as_string() == mode;
         });
}

Json pair_json(std::array<double, 2> pair) {
  return Json::array({pair[0], pair[1]});
}
Json rgb_json(Rgb rgb) {
  return Json::array({rgb[0], rgb[1], rgb[2]});
}

template <class Parts>
Parts parts_of(const Json& list) {
  Parts parts{};
  for (std::size_t i = 0; i < parts.size(); ++i)
    parts[i] = static_cast<int>(list.at(i).get<double>().value_or(0));
  return parts;
}

Hs hs_of(Rgb colour) {
  return hs_from_rgb(colour[0], colour[1], colour[2]);
}

// A colour that the call gives as it is to shine, not only its hue and saturation.
std::optional<Rgb> wanted_exactly(const Json& data) {
  if (const Json* rgb = data.find("rgb_color")) return parts_of<Rgb>(*rgb);
  const Json* name = data.find("color_name");
  if (!name) return std::nullopt;
  return rgb_by_name(name->as_string()).value_or(Rgb{255, 255, 255});
}

// What a call asks for, whichever way it said it, as hue and saturation.
std::optional<Hs> wanted_hs(const Json& data) {
  if (const Json* hs = data.find("hs_color"))
    return Hs{hs->at(0).as_double(), hs->at(1).as_double()};
  if (const auto rgb = wanted_exactly(data)) return hs_of(*rgb);
  if (const Json* xy = data.find("xy_color")) {
    return hs_from_xy({xy->at(0).as_double(), xy->at(1).as_double()});
  }
  if (const Json* rgbw = data.find("rgbw_color")) {
    return hs_of(rgb_from_rgbw(parts_of<Rgbw>(*rgbw)));
  }
  if (const Json* rgbww = data.find("rgbww_color")) return hs_of(parts_of<Rgb>(*rgbww));
  return std::nullopt;
}

std::optional<std::int64_t> wanted_kelvin(const Json& data) {
  if (const auto kelvin = data["color_temp_kelvin"].get<std::int64_t>()) return kelvin;
  if (const auto kelvin = data["kelvin"].get<std::int64_t>()) return kelvin;
  const auto mireds = data["color_temp"].get<std::int64_t>();
  if (mireds && *mireds > 0) return 1'000'000 / *mireds;
  return std::nullopt;
}

// What the light shows while it is on; kept while it is off.
Json& shown_of(Home& home, const State& light) {
  Json& shown = home.memory(light.entity_id());
  if (shown.is_object() && light.state() != "on") return shown;
  shown = Json::object();
  for (const auto& [key, value] : light.attributes().as_object()) {
    const bool colour = key.ends_with("_color") || key == "color_mode" || key == "brightness" ||
                        key == "color_temp" || key == "color_temp_kelvin" || key == "effect";
    if (colour) shown[key] = value;
  }
  if (shown.contains("brightness") && std::as_const(shown)["brightness"].is_null()) {
    shown["brightness"] = 180;
  }
  if (shown.contains("color_mode") && std::as_const(shown)["color_mode"].is_null()) {
    shown["color_mode"] = light.attributes()["supported_color_modes"].at(0);
    if (has_mode(light, "color_temp")) shown["color_temp_kelvin"] = 2631;
  }
  return shown;
}

// Fills in every form of the colour from the one that the mode is about.
void spell_out(Json& shown) {
  const Json& before = shown;
  const std::string mode = before["color_mode"].get<std::string>().value_or("");
  const auto set = [&](const char* key, Json value) {
    if (shown.contains(key)) shown[key] = std::move(value);
  };
  Hs hs{};
  if (mode == "color_temp") {
    const auto kelvin = before["color_temp_kelvin"].get<std::int64_t>().value_or(2631);
    set("color_temp_kelvin", kelvin);
    set("color_temp", 1'000'000 / kelvin);
    hs = hs_from_kelvin(static_cast<double>(kelvin));
    set("hs_color", pair_json(hs));
  } else if (mode == "rgbw" && before["rgbw_color"].is_array()) {
    const Rgb rgb = rgb_from_rgbw(parts_of<Rgbw>(before["rgbw_color"]));
    set("hs_color", pair_json(hs_of(rgb)));
    set("rgb_color", rgb_json(rgb));
    set("xy_color", pair_json(xy_from_rgb(rgb)));
    return;
  } else {
    set("color_temp_kelvin", nullptr);
    set("color_temp", nullptr);
    const char* full = mode == "rgbw" ? "rgbw_color" : mode == "rgbww" ? "rgbww_color" : nullptr;
    const Json& colour = before["hs_color"];
    if (!colour.is_array() && !full) return;
    hs = colour.is_array() ? Hs{colour.at(0).as_double(), colour.at(1).as_double()} : Hs{};
  }
  const Rgb rgb = rgb_from_hs(hs);
  set("rgb_color", rgb_json(rgb));
  set("xy_color", pair_json(xy_from_rgb(rgb)));
}

void set_colour(const State& light, const Json& data, Json& shown) {
  if (const auto kelvin = wanted_kelvin(data)) {
    if (has_mode(light, "color_temp")) {
      shown["color_mode"] = "color_temp";
      shown["color_temp_kelvin"] = *kelvin;
    } else if (shown.contains("hs_color")) {
      shown["color_mode"] = light.attributes()["supported_color_modes"].at(0);
      shown["hs_color"] = pair_json(hs_from_kelvin(static_cast<double>(*kelvin)));
    }
    return;
  }
  const auto hs = wanted_hs(data);
  if (!hs) return;
  for (const char* mode : {"rgbw", "rgbww"}) {
    if (!has_mode(light, mode)) continue;
    const std::string key = std::string(mode) + "_color";
    Json parts = Json::array();
    if (key == "rgbw_color") {
      for (const int part : rgbw_from_rgb(wanted_exactly(data).value_or(rgb_from_hs(*hs))))
        parts.push_back(part);
    } else {
      parts = rgb_json(rgb_from_hs(*hs));
      parts.push_back(0);
      parts.push_back(0);
    }
    shown[key] = data.contains(key) ? data[key] : parts;
    shown["color_mode"] = mode;
    shown["hs_color"] = pair_json(*hs);
    return;
  }
  for (const char* mode : {"hs", "rgb", "xy"}) {
    if (!has_mode(light, mode)) continue;
    shown["color_mode"] = mode;
    shown["hs_color"] = pair_json(*hs);
    return;
  }
}

// False where the call turns the light off, as brightness 0 does.
bool set_brightness(const Json& data, Json& shown) {
  const auto now = std::as_const(shown)["brightness"].get<std::int64_t>().value_or(0);
  std::optional<std::int64_t> wanted = data["brightness"].get<std::int64_t>();
  const auto of_percent = [](double percent) {
    return static_cast<std::int64_t>(std::nearbyint(255 * percent / 100));
  };
  if (const auto percent = data["brightness_pct"].get<double>()) wanted = of_percent(*percent);
  if (const auto step = data["brightness_step"].get<std::int64_t>()) wanted = now + *step;
  if (const auto step = data["brightness_step_pct"].get<double>()) wanted = now + of_percent(*step);
  if (!wanted) return true;
  if (*wanted <= 0) return false;
  if (shown.contains("brightness")) shown["brightness"] = std::min<std::int64_t>(*wanted, 255);
  return true;
}

void turn_off(Home& home, const State& light) {
  Json dark = Json::object();
  for (const auto& [key, value] : shown_of(home, light).as_object()) dark[key] = nullptr;
  home.patch(light.entity_id(), "off", std::move(dark));
}

void turn_on(Home& home, const State& light, const Json& data) {
  Json& shown = shown_of(home, light);
  if (!set_brightness(data, shown)) {
    turn_off(home, light);
    return;
  }
  set_colour(light, data, shown);
  if (data.contains("effect") && shown.contains("effect")) shown["effect"] = data["effect"];
  spell_out(shown);
  home.patch(light.entity_id(), "on", shown);
}

std::vector<Field> turn_on_fields() {
  const auto colour = [](const char* name, Check check) {
    return Field{.name = name, .check = std::move(check), .group = "Color descriptors"};
  };
  const auto brightness = [](const char* name, Check check) {
    return Field{.name = name, .check = std::move(check), .group = "brightness"};
  };
  return {{"transition", accept::number_within(0, 6553)},
          colour("rgb_color", accept::colour(3)),
          colour("color_temp_kelvin", accept::integer()),
          brightness("brightness_pct", accept::number_within(0, 100)),
          brightness("brightness_step_pct", accept::number_within(-100, 100)),
          {"effect", accept::text()},
          colour("rgbw_color", accept::colour(4)),
          colour("rgbww_color", accept::colour(5)),
          colour("color_name", accept::text()),
          colour("hs_color", accept::colour(2)),
          colour("xy_color", accept::colour(2)),
          colour("color_temp", accept::integer_within(1, 1'000'000)),
          colour("kelvin", accept::integer()),
          brightness("brightness", accept::integer_clamped(0, 255)),
          brightness("brightness_step", accept::integer_clamped(-255, 255)),
          colour("white", accept::anything()),
          colour("profile", accept::text()),
          {"flash", accept::one_of(kFlash)}};
}

}  // namespace

void add_light_services(Services& services) {
  services.add({.domain = "light",
                .name = "turn_on",
                .schema = Schema(turn_on_fields()),
                .run_for_entity = [](Home& home, const ServiceCall& call, const StatePtr& light) {
                  turn_on(home, *light, call.data);
                  return Outcome{};
                }});
  services.add({.domain = "light",
                .name = "turn_off",
                .schema = Schema({{"transition", accept::number_within(0, 6553)},
                                  {"flash", accept::one_of(kFlash)}}),
                .run_for_entity = [](Home& home, const ServiceCall&, const StatePtr& light) {
                  turn_off(home, *light);
                  return Outcome{};
                }});
  services.add({.domain = "light",
                .name = "toggle",
                .schema = Schema(turn_on_fields()),
                .run_for_entity = [](Home& home, const ServiceCall& call, const StatePtr& light) {
                  if (light->state() == "on") {
                    turn_off(home, *light);
                  } else {
                    turn_on(home, *light, call.data);
                  }
                  return Outcome{};
                }});
}

}  // namespace hassette::sim
