// The contract: what the services of devices make of their entities.
//
// Where the devices of Home Assistant's demo do what no home's do, differences.txt says so, and
// these bodies look away.
#include "service_calls.hpp"

namespace hassette::contract {
namespace {

using ::testing::ElementsAre;

using DeviceServices = Contract;
FOR_EACH_HOME(DeviceServices);

CONTRACT(DeviceServices, of_switches_switch) {
  Guest& app = test->app();
  co_await call(&app, "switch.turn_off", "switch.ac");
  EXPECT_EQ(test->visit().text("switch.ac"), "off");
  co_await call(&app, "switch.turn_on", "switch.ac");
  EXPECT_EQ(test->visit().text("switch.ac"), "on");
  co_await call(&app, "switch.toggle", "switch.ac");
  EXPECT_EQ(test->visit().text("switch.ac"), "off");
  EXPECT_EQ(shown(app, "switch.ac", "device_class"), Json("outlet"));
  if (!words_are_comparable(test)) co_return;
  EXPECT_EQ(co_await refusal(&app, "switch.turn_on", "switch.ac", {{"brightness", 3}}),
            "invalid_format: extra keys not allowed @ data['brightness']");
  EXPECT_EQ(co_await refusal(&app, "switch.turn_on", ""),
            "invalid_format: must contain at least one of entity_id, device_id, area_id, "
            "floor_id, label_id.");
}

CONTRACT(DeviceServices, are_refused_for_what_is_no_target) {
  if (!words_are_comparable(test)) co_return;
  Guest& app = test->app();
  const std::array<std::pair<Json, const char*>, 2> wrong = {{
      {Json::object({{"entity_id", "bad id"}}),
       "not a valid value for dictionary value @ data['target']['entity_id']. Got 'bad id'"},
      {Json::object({{"entity_id", "switch.ac"}, {"room_id", "x"}}),
       "extra keys not allowed @ data['target']['room_id']. Got 'x'"},
  }};
  for (const auto& [target, words] : wrong) {
    try {
      co_await app.api.send({{"type", "call_service"},
                             {"domain", "switch"},
                             {"service", "turn_on"},
                             {"target", target}});
      ADD_FAILURE() << "not refused: " << target.dump();
    } catch (const HomeAssistantError& error) {
      EXPECT_EQ(error.code(), "invalid_format");
      EXPECT_EQ(error.message(), words);
    }
  }
}

CONTRACT(DeviceServices, of_lights_take_a_colour_by_name_and_one_at_a_time) {
  Guest& app = test->app();
  const char* light = "light.bed_light";
  co_await call(&app, "light.turn_on", light, {{"color_name", "blue"}});
  EXPECT_EQ(shown(app, light, "rgb_color"), Json::array({0, 0, 255}));
  EXPECT_EQ(shown(app, light, "hs_color"), Json::array({240.0, 100.0}));
  EXPECT_EQ(shown(app, light, "color_mode"), Json("hs"));
  co_await call(&app, "light.turn_on", light, {{"color_name", "Pale Green"}});
  EXPECT_EQ(shown(app, light, "hs_color"), Json::array({120.0, 39.442}));
  co_await call(&app, "light.turn_on", light, {{"color_name", "bleu"}});
  EXPECT_EQ(shown(app, light, "rgb_color"), Json::array({255, 255, 255})) << "nobody knows it";
  co_await call(&app, "light.turn_on", light, {{"color_temp_kelvin", 3000}});
  EXPECT_EQ(shown(app, light, "rgb_color"), Json::array({255, 177, 110}));
  EXPECT_EQ(shown(app, light, "color_mode"), Json("color_temp"));
  co_await call(&app, "light.turn_on", light, {{"brightness_pct", 50}});
  EXPECT_EQ(shown(app, light, "brightness"), Json(128));
  co_await call(&app, "light.turn_on", light, {{"brightness_step", -20}});
  EXPECT_EQ(shown(app, light, "brightness"), Json(108));
  if (!words_are_comparable(test)) co_return;
  EXPECT_EQ(co_await refusal(&app, "light.turn_on", light,
                             {{"color_name", "blue"}, {"hs_color", Json::array({1, 2})}}),
            "invalid_format: two or more values in the same group of exclusion "
            "'Color descriptors' @ data[<Color descriptors>]");
  EXPECT_EQ(
      co_await refusal(&app, "light.turn_on", light, {{"brightness", 3}, {"brightness_pct", 4}}),
      "invalid_format: two or more values in the same group of exclusion 'brightness' @ "
      "data[<brightness>]");
  EXPECT_EQ(shown(app, light, "brightness"), Json(108));
}

CONTRACT(DeviceServices, of_lights_with_a_white_of_their_own_mix_it_in) {
  Guest& app = test->app();
  const char* light = "light.office_rgbw_lights";
  co_await call(&app, "light.turn_on", light, {{"rgbw_color", Json::array({1, 2, 3, 4})}});
  EXPECT_EQ(shown(app, light, "rgb_color"), Json::array({3, 3, 4}));
  EXPECT_EQ(shown(app, light, "hs_color"), Json::array({240.0, 25.0}));
  EXPECT_EQ(shown(app, light, "xy_color"), Json::array({0.301, 0.295}));
  co_await call(&app, "light.turn_on", light, {{"rgb_color", Json::array({60, 120, 180})}});
  EXPECT_EQ(shown(app, light, "rgbw_color"), Json::array({0, 90, 180, 90}));
}

CONTRACT(DeviceServices, of_covers_move_them) {
  Guest& app = test->app();
  co_await call(&app, "cover.close_cover", "cover.garage_door");
  EXPECT_EQ(test->visit().text("cover.garage_door"), "closed");
  co_await call(&app, "cover.toggle", "cover.garage_door");
  EXPECT_EQ(test->visit().text("cover.garage_door"), "open");

  const char* window = "cover.hall_window";
  const auto at = [&](int position) {
    return shown(app, window, "current_position") == Json(position);
  };
  co_await call(&app, "cover.set_cover_position", window, {{"position", 20}});
  co_await until([&] { return at(20); });
  EXPECT_EQ(test->visit().text(window), "open");
  co_await call(&app, "cover.close_cover", window);
  EXPECT_EQ(test->visit().text(window), "closing");
  co_await until([&] { return at(10); });
  co_await call(&app, "cover.stop_cover", window);
  co_await call(&app, "cover.open_cover", window);
  EXPECT_EQ(test->visit().text(window), "opening");
  co_await until([&] { return at(20); });
  co_await call(&app, "cover.stop_cover", window);
  co_await call(&app, "cover.set_cover_position", window, {{"position", 10}});
  co_await until([&] { return at(10); });
  EXPECT_EQ(test->visit().text(window), "open");
  if (!words_are_comparable(test)) co_return;
  EXPECT_EQ(co_await refusal(&app, "cover.set_cover_position", window, {{"position", 400}}),
            "invalid_format: value must be at most 100 for dictionary value @ data['position']");
}

CONTRACT(DeviceServices, of_covers_tilt_them_step_by_step) {
  Guest& app = test->app();
  const char* window = "cover.living_room_window";
  const auto tilt = [&] { return shown(app, window, "current_tilt_position").as_int(); };
  const std::int64_t before = tilt();
  const std::int64_t step = before >= 50 ? -10 : 10;
  const auto seen = std::make_shared<Changes>();
  co_await app.record(window, seen);
  co_await call(&app, "cover.set_cover_tilt_position", window,
                {{"tilt_position", before + 2 * step}});
  co_await until([&] { return tilt() == before + 2 * step; });
  EXPECT_EQ(seen->front().new_state->attribute("current_tilt_position"), Json(before + step));
}

CONTRACT(DeviceServices, of_locks_are_answered_when_they_have_turned) {
  Guest& app = test->app();
  const auto seen = std::make_shared<Changes>();
  co_await call(&app, "lock.lock", "lock.front_door");
  co_await app.record("lock.front_door", seen);
  co_await call(&app, "lock.unlock", "lock.front_door");
  EXPECT_EQ(test->visit().text("lock.front_door"), "unlocked");
  co_await call(&app, "lock.lock", "lock.front_door");
  EXPECT_EQ(test->visit().text("lock.front_door"), "locked");
  co_await until([&] { return seen->size() >= 4; });
  EXPECT_THAT(texts(*seen), ElementsAre("unlocking", "unlocked", "locking", "locked"));
  if (!words_are_comparable(test)) co_return;
  co_await call(&app, "lock.open", "lock.openable_lock");
  EXPECT_EQ(test->visit().text("lock.openable_lock"), "open");
  EXPECT_EQ(co_await refusal(&app, "lock.open", "lock.front_door"),
            "service_validation_error: Validation error: Entity lock.front_door does not support "
            "action lock.open");
}

CONTRACT(DeviceServices, of_climate_set_modes_and_temperatures) {
  Guest& app = test->app();
  co_await call(&app, "climate.set_temperature", "climate.heatpump", {{"temperature", 21}});
  EXPECT_EQ(shown(app, "climate.heatpump", "temperature"), Json(21.0));
  co_await call(&app, "climate.set_hvac_mode", "climate.heatpump", {{"hvac_mode", "cool"}});
  EXPECT_EQ(test->visit().text("climate.heatpump"), "cool") << "not listed, and not refused";
  co_await call(&app, "climate.turn_off", "climate.heatpump");
  EXPECT_EQ(test->visit().text("climate.heatpump"), "off");
  co_await call(&app, "climate.turn_on", "climate.heatpump");
  EXPECT_EQ(test->visit().text("climate.heatpump"), "heat") << "the only mode there is";

  co_await call(&app, "climate.set_hvac_mode", "climate.hvac", {{"hvac_mode", "dry"}});
  co_await call(&app, "climate.turn_off", "climate.hvac");
  co_await call(&app, "climate.turn_on", "climate.hvac");
  EXPECT_EQ(test->visit().text("climate.hvac"), "heat") << "not what it did before";
  co_await call(&app, "climate.set_temperature", "climate.hvac",
                {{"temperature", 20}, {"hvac_mode", "cool"}});
  EXPECT_EQ(test->visit().text("climate.hvac"), "cool");
  EXPECT_EQ(shown(app, "climate.hvac", "temperature"), Json(20.0));
  co_await call(&app, "climate.set_fan_mode", "climate.hvac", {{"fan_mode", "auto_low"}});
  co_await call(&app, "climate.set_swing_mode", "climate.hvac", {{"swing_mode", "auto"}});
  co_await call(&app, "climate.set_humidity", "climate.hvac", {{"humidity", 60}});
  EXPECT_EQ(shown(app, "climate.hvac", "fan_mode"), Json("auto_low"));
  EXPECT_EQ(shown(app, "climate.hvac", "swing_mode"), Json("auto"));
  EXPECT_EQ(shown(app, "climate.hvac", "humidity"), Json(60));

  co_await call(&app, "climate.set_temperature", "climate.ecobee",
                {{"target_temp_low", 18}, {"target_temp_high", 25}});
  co_await call(&app, "climate.set_preset_mode", "climate.ecobee", {{"preset_mode", "eco"}});
  EXPECT_EQ(shown(app, "climate.ecobee", "target_temp_low"), Json(18.0));
  EXPECT_EQ(shown(app, "climate.ecobee", "target_temp_high"), Json(25.0));
  EXPECT_EQ(shown(app, "climate.ecobee", "preset_mode"), Json("eco"));
}

CONTRACT(DeviceServices, of_climate_refuse_what_the_device_cannot) {
  if (!words_are_comparable(test)) co_return;
  Guest& app = test->app();
  const auto calls = std::make_shared<int>(0);
  co_await app.bus.on_call_service("climate", "*", [calls] { ++*calls; },
                                   {.name = "calls", .mode = Mode::kParallel});
  const std::string valid = "service_validation_error: Validation error: ";
  EXPECT_EQ(co_await refusal(&app, "climate.set_temperature", "climate.ecobee"),
            "invalid_format: must contain at least one of temperature, target_temp_high, "
            "target_temp_low.");
  EXPECT_EQ(co_await refusal(&app, "climate.set_hvac_mode", "climate.hvac", {{"hvac_mode", "x"}}),
            "invalid_format: expected HVACMode or one of 'off', 'heat', 'cool', 'heat_cool', "
            "'auto', 'dry', 'fan_only' for dictionary value @ data['hvac_mode']");
  EXPECT_EQ(
      co_await refusal(&app, "climate.set_preset_mode", "climate.ecobee", {{"preset_mode", "x"}}),
      valid + "Preset mode x is not valid. Valid preset modes are: home, eco, away");
  EXPECT_EQ(
      co_await refusal(&app, "climate.set_temperature", "climate.ecobee", {{"temperature", 20}}),
      valid +
          "Set temperature action was used with the target temperature parameter but the entity "
          "does not support it");
  EXPECT_EQ(co_await refusal(&app, "climate.set_temperature", "climate.ecobee",
                             {{"target_temp_low", 24}, {"target_temp_high", 20}}),
            valid + "Target temperature low can not be higher than Target temperature high");
  co_await call(&app, "climate.set_preset_mode", "climate.ecobee", {{"preset_mode", "home"}});
  co_await until([&] { return *calls >= 4; });
  EXPECT_EQ(*calls, 4) << "what the schema refuses is not told as a call";
}

}  // namespace
}  // namespace hassette::contract
