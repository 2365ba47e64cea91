// Lights, as Home Assistant's demo lights behave: colours in every form, all of it null while off.
#include <algorithm>
#include <cmath>

#include "sim/checks.hpp"
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

template <std::size_t kParts>
Json list_json(std::array<int, kParts> parts) {
  Json list = Json::array();
  for (const int part : parts) list.push_back(part);
  return list;
}

// A call's parts have been checked, but what somebody wrote as a state may be anything. Whites may
// lie far out for a colour temperature that the light cannot reach.
template <class Parts>
Parts parts_of(const Json& list) {
  Parts parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i] = static_cast<int>(std::clamp(list.at(i).get<double>().value_or(0), -1e6, 1e6));
  }
  return parts;
}

std::array<double, 2> pair_of(const Json& list) {
  const auto part = [&](std::size_t i) {
    return std::clamp(list.at(i).get<double>().value_or(0), -1e6, 1e6);
  };
  return {part(0), part(1)};
}

Hs hs_of(Rgb colour) {
  return hs_from_rgb(colour[0], colour[1], colour[2]);
}

Whites whites_of(const State& light) {
  const auto kelvin = [&](const char* key, std::int64_t otherwise) {
    return std::max<std::int64_t>(light.attributes()[key].get<std::int64_t>().value_or(otherwise),
                                  1);
  };
  const Whites usual;
  return {kelvin("min_color_temp_kelvin", usual.warmest),
          kelvin("max_color_temp_kelvin", usual.coldest)};
}

// A colour in the form in which it was asked for, and as light.
struct Colour {
  std::string mode;
  Json value;
  Rgb rgb{};
};

struct Profile {
  std::string_view name;
  Xy colour;
  std::int64_t brightness;
};
constexpr std::array<Profile, 4> kProfiles = {{{"relax", {0.5119, 0.4147}, 144},
                                               {"concentrate", {0.5119, 0.4147}, 219},
                                               {"energize", {0.368, 0.3686}, 203},
                                               {"reading", {0.4448, 0.4066}, 240}}};

const Profile* profile_of(const Json& data) {
  const auto name = data["profile"].get<std::string>();
  const auto found = std::ranges::find(kProfiles, name.value_or(""), &Profile::name);
  return found == kProfiles.end() ? nullptr : &*found;
}

Colour of_hs(Hs hs) {
  return {"hs", pair_json(hs), rgb_from_hs(hs)};
}

std::optional<Colour> wanted_colour(const Json& data, Whites whites) {
  if (const Json* hs = data.find("hs_color")) return of_hs(pair_of(*hs));
  if (const Json* rgb = data.find("rgb_color")) return Colour{"rgb", *rgb, parts_of<Rgb>(*rgb)};
  if (const Json* name = data.find("color_name")) {
    const Rgb rgb = rgb_by_name(name->as_string()).value_or(Rgb{255, 255, 255});
    return Colour{"rgb", list_json(rgb), rgb};
  }
  if (const Json* xy = data.find("xy_color")) return Colour{"xy", *xy, rgb_from_xy(pair_of(*xy))};
  if (const Json* rgbw = data.find("rgbw_color")) {
    return Colour{"rgbw", *rgbw, rgb_from_rgbw(parts_of<Rgbw>(*rgbw))};
  }
  if (const Json* rgbww = data.find("rgbww_color")) {
    return Colour{"rgbww", *rgbww, rgb_from_rgbww(parts_of<Rgbww>(*rgbww), whites)};
  }
  if (const Profile* profile = profile_of(data)) return of_hs(hs_of(rgb_from_xy(profile->colour)));
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
void spell_out(Json& shown, Whites whites) {
  const Json& before = shown;
  const std::string mode = before["color_mode"].get<std::string>().value_or("");
  const auto set = [&](const char* key, Json value) {
    if (shown.contains(key)) shown[key] = std::move(value);
  };
  const auto show = [&](Json hs, Rgb rgb, Json xy) {
    set("hs_color", std::move(hs));
    set("rgb_color", list_json(rgb));
    set("xy_color", std::move(xy));
  };
  if (mode == "color_temp") {
    const auto told = before["color_temp_kelvin"].get<std::int64_t>().value_or(2631);
    const std::int64_t kelvin = std::max<std::int64_t>(told, 1);
    set("color_temp_kelvin", kelvin);
    set("color_temp", mireds_from_kelvin(kelvin));
    const Hs hs = hs_from_kelvin(static_cast<double>(kelvin));
    show(pair_json(hs), rgb_from_hs(hs), pair_json(xy_from_rgb(rgb_from_hs(hs))));
    return;
  }
  set("color_temp_kelvin", nullptr);
  set("color_temp", nullptr);
  if (mode == "white") {
    for (const char* key : {"hs_color", "rgb_color", "xy_color"}) set(key, nullptr);
    return;
  }
  const Json colour = before[mode + "_color"];
  if (!colour.is_array()) return;
  if (mode == "hs") {
    const Rgb rgb = rgb_from_hs(pair_of(colour));
    show(colour, rgb, pair_json(xy_from_rgb(rgb)));
    return;
  }
  const Rgb rgb = mode == "xy"      ? rgb_from_xy(pair_of(colour))
                  : mode == "rgbw"  ? rgb_from_rgbw(parts_of<Rgbw>(colour))
                  : mode == "rgbww" ? rgb_from_rgbww(parts_of<Rgbww>(colour), whites)
                                    : parts_of<Rgb>(colour);
  show(pair_json(hs_of(rgb)), rgb, mode == "xy" ? colour : pair_json(xy_from_rgb(rgb)));
}

void show_kelvin(std::int64_t kelvin, Json& shown) {
  shown["color_mode"] = "color_temp";
  shown["color_temp_kelvin"] = kelvin;
}

// The colour as it was given where the light takes it so, or else in the first form that it takes.
void show_colour(const State& light, const Colour& colour, Json& shown) {
  std::vector<std::string> forms = {colour.mode, "rgb", "rgbw", "rgbww", "hs", "xy"};
  if (colour.mode == "xy") forms.insert(forms.begin() + 1, "hs");
  const auto form = std::ranges::find_if(forms, [&](auto& mode) { return has_mode(light, mode); });
  if (form == forms.end()) {
    const Xy xy = colour.mode == "xy" ? pair_of(colour.value) : xy_from_rgb(colour.rgb);
    if (has_mode(light, "color_temp")) show_kelvin(kelvin_from_xy(xy), shown);
    return;
  }
  const Json value = *form == colour.mode ? colour.value
                     : *form == "rgb"     ? list_json(colour.rgb)
                     : *form == "rgbw"    ? list_json(rgbw_from_rgb(colour.rgb))
                     : *form == "rgbww"   ? list_json(rgbww_from_rgb(colour.rgb, whites_of(light)))
                     : *form == "hs"      ? pair_json(hs_of(colour.rgb))
                                          : pair_json(xy_from_rgb(colour.rgb));
  shown["color_mode"] = *form;
  shown[*form + "_color"] = value;
}

void set_colour(const State& light, const Json& data, Json& shown) {
  const Whites whites = whites_of(light);
  if (const auto kelvin = wanted_kelvin(data)) {
    if (has_mode(light, "color_temp")) {
      show_kelvin(*kelvin, shown);
    } else if (has_mode(light, "rgbww")) {
      const auto brightness = std::as_const(shown)["brightness"].get<std::int64_t>().value_or(255);
      shown["color_mode"] = "rgbww";
      shown["rgbww_color"] = list_json(rgbww_from_kelvin(*kelvin, brightness, whites));
    } else {
      show_colour(light, of_hs(hs_from_kelvin(static_cast<double>(*kelvin))), shown);
    }
  } else if (const auto colour = wanted_colour(data, whites)) {
    show_colour(light, *colour, shown);
  }
}

std::optional<std::int64_t> wanted_brightness(const State& light, const Json& data,
                                              const Json& shown) {
  const auto of_percent = [](double percent) {
    return static_cast<std::int64_t>(std::nearbyint(255 * percent / 100));
  };
  if (const auto given = data["brightness"].get<std::int64_t>()) return given;
  if (const auto percent = data["brightness_pct"].get<double>()) return of_percent(*percent);
  // A light that is off is stepped up from nothing.
  const auto now = light.state() == "on" ? shown["brightness"].get<std::int64_t>().value_or(0) : 0;
  const auto stepped = [&](std::int64_t step) {
    return std::clamp<std::int64_t>(std::clamp<std::int64_t>(now, 0, 255) + step, 0, 255);
  };
  if (const auto step = data["brightness_step"].get<std::int64_t>()) return stepped(*step);
  if (const auto step = data["brightness_step_pct"].get<double>()) {
    return stepped(of_percent(*step));
  }
  if (const Profile* profile = profile_of(data)) return profile->brightness;
  return std::nullopt;
}

// False where the call turns the light off, as brightness 0 does.
bool set_brightness(const State& light, const Json& data, Json& shown) {
  auto wanted = wanted_brightness(light, data, shown);
  if (data.contains("white")) {
    if (data["white"] == Json(0) && data["white"].is_int()) wanted = wanted.value_or(0);
    if (has_mode(light, "white")) {
      shown["color_mode"] = "white";
      if (!wanted) wanted = data["white"].get<std::int64_t>();
    }
  }
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
  Json shown = shown_of(home, light);
  if (!set_brightness(light, data, shown)) {
    turn_off(home, light);
    return;
  }
  set_colour(light, data, shown);
  if (data.contains("effect") && shown.contains("effect")) shown["effect"] = data["effect"];
  spell_out(shown, whites_of(light));
  home.memory(light.entity_id()) = shown;
  home.patch(light.entity_id(), "on", std::move(shown));
}

std::vector<Field> turn_on_fields() {
  const auto colour = [](const char* name, Check check) {
    return Field{.name = name, .check = std::move(check), .group = "Color descriptors"};
  };
  const auto brightness = [](const char* name, Check check) {
    return Field{.name = name, .check = std::move(check), .group = "brightness"};
  };
  return {{"transition", accept::transition()},
          colour("rgb_color", accept::bytes(3)),
          colour("color_temp_kelvin", accept::kelvin()),
          brightness("brightness_pct", accept::number_within(0, 100)),
          brightness("brightness_step_pct", accept::percent_step()),
          {"effect", accept::text()},
          colour("rgbw_color", accept::bytes(4)),
          colour("rgbww_color", accept::bytes(5)),
          colour("color_name", accept::text()),
          colour("hs_color", accept::hue_and_saturation()),
          colour("xy_color", accept::chromaticity()),
          colour("color_temp", accept::mireds()),
          colour("kelvin", accept::kelvin()),
          brightness("brightness", accept::integer_clamped(0, 255)),
          brightness("brightness_step", accept::integer_clamped(-255, 255)),
          colour("white", accept::white()),
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
  services.add(
      {.domain = "light",
       .name = "turn_off",
       .schema = Schema({{"transition", accept::transition()}, {"flash", accept::one_of(kFlash)}}),
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
