// What stands in the demo's house.
#include <cmath>

#include <fmt/format.h>

#include "sim/collections.hpp"
#include "sim/home.hpp"
#include "sim/house.hpp"
#include "sim/script.hpp"

namespace hassette::sim {

namespace {

struct Area {
  const char* id;
  const char* name;
  const char* floor;
};
constexpr Area kAreas[] = {{"hall", "Hall", "ground"},
                           {"kitchen", "Kitchen", "ground"},
                           {"living_room", "Living room", "ground"},
                           {"bedroom", "Bedroom", "upper"},
                           {"bathroom", "Bathroom", "upper"},
                           {"office", "Office", "upper"},
                           {"garden", "Garden", "outside"}};

Json sensor(const char* device_class, const char* unit) {
  return Json::object({{"state_class", "measurement"},
                       {"unit_of_measurement", unit},
                       {"device_class", device_class}});
}

Json binary(const char* device_class) {
  return Json::object({{"device_class", device_class}});
}

Json dimmable() {
  return Json::object({{"supported_color_modes", Json::array({"brightness"})},
                       {"color_mode", nullptr},
                       {"brightness", nullptr},
                       {"supported_features", 32}});
}

Json tunable() {
  return Json::object({{"min_color_temp_kelvin", 2000},
                       {"max_color_temp_kelvin", 6535},
                       {"min_mireds", 153},
                       {"max_mireds", 500},
                       {"effect_list", Json::array({"none", "candle", "rainbow"})},
                       {"supported_color_modes", Json::array({"color_temp", "hs"})},
                       {"effect", nullptr},
                       {"color_mode", nullptr},
                       {"brightness", nullptr},
                       {"color_temp_kelvin", nullptr},
                       {"color_temp", nullptr},
                       {"hs_color", nullptr},
                       {"rgb_color", nullptr},
                       {"xy_color", nullptr},
                       {"supported_features", 36}});
}

Json blind(int position) {
  return Json::object(
      {{"current_position", position}, {"device_class", "blind"}, {"supported_features", 15}});
}

Json thermostat(double now, double goal) {
  return Json::object({{"hvac_modes", Json::array({"off", "heat"})},
                       {"min_temp", 7},
                       {"max_temp", 30},
                       {"target_temp_step", 0.5},
                       {"preset_modes", Json::array({"none", "eco", "comfort"})},
                       {"current_temperature", now},
                       {"temperature", goal},
                       {"hvac_action", "idle"},
                       {"preset_mode", "none"},
                       {"supported_features", 401}});
}

Json player() {
  return Json::object({{"source_list", Json::array({"Radio", "TV", "Bluetooth"})},
                       {"volume_level", 0.3},
                       {"is_volume_muted", false},
                       {"source", "TV"},
                       {"device_class", "speaker"},
                       {"supported_features", 152461}});
}

Json item(const char* name, Json more) {
  Json made = Json::object({{"name", name}});
  for (auto& [key, value] : more.as_object()) made[key] = std::move(value);
  return made;
}

}  // namespace

void House::put(std::string_view room, std::string_view entity_id, std::string_view name,
                std::string_view state, Json attributes) {
  if (attributes.is_null()) attributes = Json::object();
  const std::string domain(entity_id.substr(0, entity_id.find('.')));
  Json entry = Json::object({{"original_name", name}});
  if (!room.empty()) entry["area_id"] = room;
  home_.registries().add_entity(entity_id, room.empty() ? std::string_view(domain) : "demo_house",
                                std::move(entry));
  attributes["friendly_name"] = name;
  const TimePoint now = home_.moment();
  home_.place(std::make_shared<const State>(
      std::string(entity_id), std::string(state),
      std::make_shared<const Attributes>(std::move(attributes)), home_.make_context(), now, now));
}

void House::furnish_rooms() {
  put("hall", "binary_sensor.hall_motion", "Hall motion", "off", binary("motion"));
  put("hall", "light.hall", "Hall light", "off", dimmable());
  put("hall", "sensor.hall_illuminance", "Hall illuminance", "40", sensor("illuminance", "lx"));
  put("hall", "binary_sensor.front_door", "Front door", "off", binary("door"));
  put("hall", "lock.front_door", "Front door lock", "locked",
      Json::object({{"supported_features", 1}}));

  put("kitchen", "binary_sensor.kitchen_motion", "Kitchen motion", "off", binary("motion"));
  put("kitchen", "light.kitchen", "Kitchen light", "off", tunable());
  put("kitchen", "sensor.kitchen_temperature", "Kitchen temperature", "20.1",
      sensor("temperature", "°C"));
  put("kitchen", "switch.coffee_machine", "Coffee machine", "off", binary("outlet"));
  put("kitchen", "sensor.coffee_machine_power", "Coffee machine power", "0", sensor("power", "W"));
  put("kitchen", "sensor.fridge_temperature", "Fridge temperature", "5.2",
      sensor("temperature", "°C"));
  put("kitchen", "binary_sensor.kitchen_window", "Kitchen window", "off", binary("window"));

  put("living_room", "binary_sensor.living_room_motion", "Living room motion", "off",
      binary("motion"));
  put("living_room", "light.living_room", "Living room light", "off", tunable());
  put("living_room", "light.reading_lamp", "Reading lamp", "off", dimmable());
  put("living_room", "sensor.living_room_temperature", "Living room temperature", "20.4",
      sensor("temperature", "°C"));
  put("living_room", "sensor.living_room_humidity", "Living room humidity", "46",
      sensor("humidity", "%"));
  put("living_room", "cover.living_room_blind", "Living room blind", "closed", blind(0));
  put("living_room", "climate.living_room", "Living room heating", "heat", thermostat(20.4, 20.5));
  put("living_room", "media_player.living_room", "Living room speaker", "off", player());
  put("living_room", "fan.living_room", "Living room fan", "off",
      Json::object({{"preset_modes", Json::array({"auto", "sleep"})},
                    {"percentage", 0},
                    {"percentage_step", 25.0},
                    {"preset_mode", nullptr},
                    {"supported_features", 57}}));
  put("living_room", "binary_sensor.terrace_door", "Terrace door", "off", binary("door"));

  put("bedroom", "binary_sensor.bedroom_motion", "Bedroom motion", "off", binary("motion"));
  put("bedroom", "light.bedroom", "Bedroom light", "off", dimmable());
  put("bedroom", "sensor.bedroom_temperature", "Bedroom temperature", "18.6",
      sensor("temperature", "°C"));
  put("bedroom", "cover.bedroom_blind", "Bedroom blind", "closed", blind(0));
  put("bedroom", "climate.bedroom", "Bedroom heating", "heat", thermostat(18.6, 18));

  put("bathroom", "binary_sensor.bathroom_motion", "Bathroom motion", "off", binary("motion"));
  put("bathroom", "light.bathroom", "Bathroom light", "off", dimmable());
  put("bathroom", "sensor.bathroom_humidity", "Bathroom humidity", "52", sensor("humidity", "%"));
  put("bathroom", "switch.bathroom_fan", "Bathroom fan", "off", {});

  put("office", "binary_sensor.office_motion", "Office motion", "off", binary("motion"));
  put("office", "light.office", "Office light", "off", tunable());
  put("office", "sensor.office_temperature", "Office temperature", "20.8",
      sensor("temperature", "°C"));
  put("office", "sensor.office_co2", "Office CO2", "520", sensor("carbon_dioxide", "ppm"));
  put("office", "switch.office_heater", "Office heater", "off", binary("outlet"));

  put("garden", "light.garden", "Garden light", "off", dimmable());
  put("garden", "binary_sensor.garden_motion", "Garden motion", "off", binary("motion"));
  put("garden", "switch.garden_pump", "Garden pump", "off", binary("switch"));
  put("garden", "sensor.outdoor_temperature", "Outdoor temperature",
      fmt::format("{:.1f}", sky_.temperature + 0.0), sensor("temperature", "°C"));
}

void House::furnish_whole_house() {
  const Json place = Json::object({{"latitude", 52.52}, {"longitude", 13.405}});
  Json zone = place;
  zone["radius"] = 100;
  zone["passive"] = false;
  zone["persons"] = Json::array({"person.anna", "person.ben"});
  zone["editable"] = true;
  zone["icon"] = "mdi:home";
  put("", "zone.home", "Home", "2", std::move(zone));
  put("", "sun.sun", "Sun", sky_.elevation > 0 ? "above_horizon" : "below_horizon",
      Json::object({{"elevation", std::round(sky_.elevation * 100) / 100},
                    {"azimuth", std::round(sky_.azimuth * 100) / 100}}));
  put("", "weather.home", "Weather", sky_.condition(),
      Json::object({{"temperature", std::round(sky_.temperature * 10) / 10 + 0.0},
                    {"temperature_unit", "°C"},
                    {"humidity", static_cast<std::int64_t>(sky_.humidity)},
                    {"wind_speed", std::round(sky_.wind * 10) / 10},
                    {"wind_speed_unit", "km/h"},
                    {"supported_features", 1}}));
  for (const auto& [id, name] : {std::pair("anna", "Anna"), std::pair("ben", "Ben")}) {
    const std::string tracker = std::string("device_tracker.") + id + "_phone";
    put("", tracker, std::string(name) + "'s phone", "home",
        Json::object({{"source_type", "gps"}, {"battery_level", 84}, {"gps_accuracy", 12}}));
    put("", std::string("person.") + id, name, "home",
        Json::object({{"editable", true},
                      {"id", id},
                      {"source", tracker},
                      {"user_id", nullptr},
                      {"device_trackers", Json::array({tracker})}}));
  }
  put("", "sensor.house_power", "House power", "210", sensor("power", "W"));
  Json energy = sensor("energy", "kWh");
  energy["state_class"] = "total_increasing";
  put("", "sensor.house_energy", "House energy", "1234.5", std::move(energy));

  const auto helper = [&](const char* domain, const char* id, const char* name, Json more) {
    const Json made = item(name, std::move(more));
    put("", std::string(domain) + '.' + id, name, helper_state(home_, domain, made),
        helper_attributes(domain, made, true));
  };
  helper("input_boolean", "guest_mode", "Guest mode", Json::object());
  helper("input_boolean", "vacation", "Vacation", Json::object());
  helper("input_number", "target_temperature", "Target temperature",
         Json::object({{"initial", 20.5},
                       {"min", 15.0},
                       {"max", 25.0},
                       {"step", 0.5},
                       {"mode", "slider"},
                       {"unit_of_measurement", "°C"}}));
  helper("input_select", "house_mode", "House mode",
         Json::object({{"options", Json::array({"day", "evening", "night", "away"})}}));
  helper("input_text", "note", "Note",
         Json::object({{"min", 0}, {"max", 100}, {"mode", "text"}, {"initial", "Milk"}}));
  helper("input_datetime", "wake_up", "Wake up",
         Json::object({{"has_date", false}, {"has_time", true}, {"initial", "06:30:00"}}));
  helper("input_button", "doorbell", "Doorbell", Json::object());
  helper("counter", "coffees", "Coffees",
         Json::object({{"initial", 0}, {"step", 1}, {"restore", true}}));
  helper("timer", "laundry", "Laundry",
         Json::object({{"duration", "1:20:00"}, {"restore", false}}));
  add_scene(home_, "scene.evening", "Evening",
            Json::object(
                {{"light.living_room",
                  Json::object({{"state", "on"}, {"brightness", 90}, {"color_temp_kelvin", 2400}})},
                 {"light.reading_lamp", Json::object({{"state", "on"}, {"brightness", 140}})}}));
  const Json all = Json::object({{"entity_id", "all"}});
  add_script(home_, "good_night", "Good night",
             Json::array({Json::object({{"action", "light.turn_off"}, {"target", all}})}), {});
}

void House::furnish() {
  look_at_the_sky();
  Json config = home_.config();
  config["location_name"] = "Demo house";
  Json components = Json::array();
  for (const std::string& domain : home_.services().domains()) components.push_back(domain);
  for (const char* name : {"sensor", "binary_sensor", "person", "zone", "sun", "device_tracker",
                           "recorder", "history", "websocket_api", "api", "http", "config"}) {
    components.push_back(name);
  }
  config["components"] = std::move(components);
  home_.set_config(std::move(config));
  Registries& registries = home_.registries();
  for (const char* floor : {"Ground", "Upper", "Outside"}) {
    registries.create("floor", Json::object({{"name", floor}}));
  }
  for (const Area& area : kAreas) {
    registries.create("area", Json::object({{"name", area.name}, {"floor_id", area.floor}}));
  }
  furnish_rooms();
  furnish_whole_house();
}

}  // namespace hassette::sim
