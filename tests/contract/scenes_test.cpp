// The contract: scenes, what they restore and refuse, and alarm panels, which want their code.
#include "service_calls.hpp"

namespace hassette::contract {
namespace {

using ::testing::ElementsAre;

using Scenes = Contract;
FOR_EACH_HOME(Scenes);

Json one(const char* entity_id, Json state) {
  Json entities = Json::object();
  entities[entity_id] = std::move(state);
  return Json::object({{"entities", std::move(entities)}});
}

CONTRACT(Scenes, restore_a_light_from_a_snapshot) {
  Guest& app = test->app();
  const char* light = "light.kitchen_lights";
  co_await call(&app, "light.turn_on", light,
                {{"brightness", 201}, {"hs_color", Json::array({200, 50})}});
  co_await call(&app, "scene.create", "",
                {{"scene_id", "contract_before"}, {"snapshot_entities", light}});
  co_await call(&app, "light.turn_on", light, {{"brightness", 3}, {"color_temp_kelvin", 3000}});
  co_await call(&app, "light.turn_off", light);
  co_await call(&app, "scene.turn_on", "scene.contract_before");
  EXPECT_EQ(test->visit().text(light), "on");
  EXPECT_EQ(shown(app, light, "brightness"), Json(201));
  EXPECT_EQ(shown(app, light, "hs_color"), Json::array({200.0, 50.0}));
  EXPECT_EQ(shown(app, light, "color_mode"), Json("hs"));
  if (!words_are_comparable(test)) co_return;
  co_await call(&app, "scene.delete", "scene.contract_before");
  EXPECT_EQ(test->visit().text("scene.contract_before"), "(none)");
}

CONTRACT(Scenes, lead_each_entity_by_the_services_of_its_domain) {
  Guest& app = test->app();
  co_await call(&app, "scene.apply", "", one("input_number.level", "3"));
  EXPECT_EQ(test->visit().text("input_number.level"), "3.0");
  co_await call(&app, "climate.set_hvac_mode", "climate.hvac", {{"hvac_mode", "heat"}});
  co_await call(&app, "scene.apply", "",
                one("climate.hvac", Json::object({{"state", "cool"}, {"temperature", 25}})));
  EXPECT_EQ(test->visit().text("climate.hvac"), "cool");
  EXPECT_EQ(shown(app, "climate.hvac", "temperature"), Json(25.0));
  co_await call(&app, "lock.lock", "lock.front_door");
  const auto seen = std::make_shared<Changes>();
  co_await app.record("lock.front_door", seen);
  co_await call(&app, "scene.apply", "", one("lock.front_door", "unlocked"));
  EXPECT_EQ(test->visit().text("lock.front_door"), "unlocked") << "answered when it has turned";
  co_await until([&] { return seen->size() >= 2; });
  EXPECT_THAT(texts(*seen), ElementsAre("unlocking", "unlocked"));
  co_await call(&app, "lock.lock", "lock.front_door");
  EXPECT_EQ(co_await refusal(&app, "scene.apply", "", one("input_select.mode", "1")),
            "home_assistant_error: Invalid option: 1 (possible options: home, away, night)");
}

CONTRACT(Scenes, are_refused_in_the_same_words) {
  if (!words_are_comparable(test)) co_return;
  Guest& app = test->app();
  EXPECT_EQ(co_await refusal(&app, "scene.apply", "", one("bad id", "on")),
            "invalid_format: Entity ID bad id is an invalid entity ID for dictionary value @ "
            "data['entities']");
  EXPECT_EQ(co_await refusal(&app, "scene.create", "", {{"scene_id", "x"}}),
            "invalid_format: must contain at least one of entities, snapshot_entities.");
  EXPECT_EQ(co_await refusal(&app, "scene.create", "",
                             {{"scene_id", "Bad Id"}, {"snapshot_entities", "light.bed_light"}}),
            "invalid_format: invalid slug Bad Id (try bad_id) for dictionary value @ "
            "data['scene_id']");
  EXPECT_EQ(co_await refusal(&app, "scene.delete", "scene.movie"),
            "service_validation_error: Validation error: The scene scene.movie is not created "
            "with action `scene.create`");
}

CONTRACT(Scenes, do_without_the_code_that_an_alarm_panel_wants) {
  if (!words_are_comparable(test)) co_return;
  Guest& app = test->app();
  const char* panel = "alarm_control_panel.security";
  const std::string refused = "service_validation_error: Validation error: ";
  co_await call(&app, "alarm_control_panel.alarm_disarm", panel, {{"code", "1234"}});
  EXPECT_EQ(co_await refusal(&app, "scene.apply", "", one(panel, "armed_away")),
            refused + "Arming requires a code but none was given for " + panel);
  EXPECT_EQ(co_await refusal(&app, "alarm_control_panel.alarm_arm_away", panel, {{"code", "9"}}),
            refused + "Invalid alarm code provided");
  co_await call(&app, "alarm_control_panel.alarm_arm_away", panel, {{"code", "1234"}});
  EXPECT_EQ(test->visit().text(panel), "arming");
  EXPECT_EQ(shown(app, panel, "next_state"), Json("armed_away"));
  EXPECT_EQ(co_await refusal(&app, "scene.apply", "", one(panel, "disarmed")),
            refused + "Invalid alarm code provided");
  co_await call(&app, "alarm_control_panel.alarm_disarm", panel, {{"code", "1234"}});
  EXPECT_EQ(test->visit().text(panel), "disarmed");
  EXPECT_TRUE(shown(app, panel, "next_state").is_null());
}

}  // namespace
}  // namespace hassette::contract
