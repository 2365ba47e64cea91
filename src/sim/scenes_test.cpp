// What scenes do: through the services of each domain, and with what scene.create kept.
#include "sim/script.hpp"
#include "sim/test_home.hpp"

namespace hassette::sim {
namespace {

class Scenes : public HomeTest {
 public:
  // The services that were called since the last time, with their data but whom they are for.
  std::vector<std::string> calls() {
    std::vector<std::string> all;
    for (const EventPtr& event : std::exchange(events, {})) {
      const Json& data = event->data();
      if (data["domain"] == Json("scene")) continue;
      Json given = data["service_data"];
      given.erase("entity_id");
      all.push_back(data["domain"].as_string() + '.' + data["service"].as_string() +
                    (given.empty() ? "" : ' ' + given.dump()));
      EXPECT_EQ(event->context().user_id, kOwnerUser) << "the context of the scene's call";
    }
    return all;
  }
  std::string apply(const char* entity_id, Json state) {
    Json entities = Json::object();
    entities[entity_id] = std::move(state);
    return refusal("scene", "apply", Json::object({{"entities", std::move(entities)}}));
  }
  std::string refused(const char* service, Json data) {
    return refusal("scene", service, std::move(data));
  }
  void SetUp() override { watch("call_service"); }
};

using Calls = std::vector<std::string>;

Json state_with(const char* state, Json attributes) {
  attributes["state"] = state;
  return attributes;
}

TEST_F(Scenes, a_snapshot_brings_a_light_back_as_it_was) {
  home.write("light.k", "on",
             Json::object({{"supported_color_modes", Json::array({"hs"})},
                           {"color_mode", "hs"},
                           {"brightness", 200},
                           {"hs_color", Json::array({200.0, 50.0})}}));
  EXPECT_EQ(refused("create", Json::object({{"scene_id", "before"},
                                            {"snapshot_entities", Json::array({"light.k"})}})),
            "accepted");
  EXPECT_EQ(attribute("scene.before", "entity_id"), Json::array({"light.k"}));
  call("light", "turn_on", Json::object({{"entity_id", "light.k"}, {"brightness", 5}}));
  call("light", "turn_off", Json::object({{"entity_id", "light.k"}}));
  events.clear();
  call("scene", "turn_on", Json::object({{"entity_id", "scene.before"}, {"transition", -2}}));
  EXPECT_EQ(calls(),
            Calls{R"(light.turn_on {"transition":0.0,"brightness":200,"hs_color":[200.0,50.0]})"});
  EXPECT_EQ(attribute("light.k", "brightness"), Json(200));
  call("scene", "turn_on", Json::object({{"entity_id", "scene.before"}}));
  EXPECT_EQ(calls(), Calls{}) << "the light is as it is to be";
}

TEST_F(Scenes, thermostats_covers_and_fans_are_led_by_their_own_services) {
  home.write("climate.c", "heat", Json::object({{"temperature", 20.0}}));
  apply("climate.c", state_with("cool", Json::object({{"temperature", 25}})));
  EXPECT_EQ(calls(), (Calls{R"(climate.set_hvac_mode {"hvac_mode":"cool"})",
                            R"(climate.set_temperature {"temperature":25})"}));

  home.write("cover.c", "open",
             Json::object({{"current_position", 70}, {"supported_features", 15}}));
  apply("cover.c", "closed");
  EXPECT_EQ(calls(), Calls{"cover.close_cover"});
  EXPECT_EQ(home.state_text("cover.c"), "closing");
  apply("cover.c", state_with("open", Json::object({{"current_position", 30}})));
  EXPECT_EQ(calls(), Calls{R"(cover.set_cover_position {"position":30})"});

  home.write("fan.f", "off", Json::object({{"percentage", 0}}));
  apply("fan.f", state_with("on", Json::object({{"percentage", 33}})));
  EXPECT_EQ(calls(), Calls{R"(fan.turn_on {"percentage":33})"});
  apply("fan.f", state_with("on", Json::object({{"percentage", 67}})));
  EXPECT_EQ(calls(), Calls{R"(fan.set_percentage {"percentage":67})"});
  apply("fan.f", "off");
  EXPECT_EQ(calls(), Calls{"fan.turn_off"});
}

TEST_F(Scenes, helpers_take_their_values_checked) {
  home.write("input_number.level", "1.0", Json::object({{"min", 0.0}, {"max", 10.0}}));
  EXPECT_EQ(apply("input_number.level", "3"), "accepted");
  EXPECT_EQ(home.state_text("input_number.level"), "3.0");
  EXPECT_EQ(apply("input_number.level", "30"), "accepted") << "out of bounds is passed over";
  EXPECT_EQ(apply("input_number.level", "low"), "accepted");
  EXPECT_EQ(home.state_text("input_number.level"), "3.0");

  home.write("input_select.mode", "home",
             Json::object({{"options", Json::array({"home", "away"})}}));
  EXPECT_EQ(apply("input_select.mode", "1"),
            "home_assistant_error: Invalid option: 1 (possible options: home, away)");
  EXPECT_EQ(home.state_text("input_select.mode"), "home");
  apply("input_select.mode", "away");
  EXPECT_EQ(home.state_text("input_select.mode"), "away");

  home.write("select.s", "a", Json::object({{"options", Json::array({"a", "b"})}}));
  EXPECT_EQ(apply("select.s", "c"), "accepted");
  EXPECT_EQ(home.state_text("select.s"), "a");

  home.write("input_boolean.b", "off", {});
  apply("input_boolean.b", true);
  EXPECT_EQ(home.state_text("input_boolean.b"), "on");
}

TEST_F(Scenes, a_player_takes_its_source_and_volume) {
  home.write("media_player.m", "off",
             Json::object({{"supported_features", 128 + 256 + 4 + 2048 + 16384}}));
  apply("media_player.m",
        state_with("playing", Json::object({{"source", "radio"}, {"volume_level", 0.4}})));
  EXPECT_EQ(calls(),
            (Calls{"media_player.turn_on", R"(media_player.select_source {"source":"radio"})",
                   R"(media_player.volume_set {"volume_level":0.4})", "media_player.media_play"}));
  apply("media_player.m", state_with("off", Json::object({{"volume_level", 0.1}})));
  EXPECT_EQ(calls(), Calls{"media_player.turn_off"});
}

TEST_F(Scenes, a_lock_lets_the_caller_wait_and_a_group_stands_for_its_members) {
  home.write("lock.l", "locked", {});
  std::optional<ServiceResult> result;
  const Json entities = Json::object({{"lock.l", "unlocked"}});
  home.call(
      {"scene", "apply", Json::object({{"entities", entities}}), home.make_context(kOwnerUser)},
      [&](const ServiceResult& given) { result = given; });
  EXPECT_EQ(home.state_text("lock.l"), "unlocking");
  EXPECT_FALSE(result.has_value());
  pass(std::chrono::seconds(2));
  EXPECT_EQ(home.state_text("lock.l"), "unlocked");
  EXPECT_TRUE(result.has_value());

  home.write("switch.a", "off", {});
  home.write("group.g", "off", Json::object({{"entity_id", Json::array({"switch.a", "group.g"})}}));
  apply("group.g", "on");
  EXPECT_EQ(home.state_text("switch.a"), "on");
}

TEST_F(Scenes, what_fails_is_told_and_the_rest_is_done) {
  home.write("input_select.mode", "home", Json::object({{"options", Json::array({"home"})}}));
  home.write("switch.s", "off", {});
  const Json entities = Json::object({{"input_select.mode", "1"}, {"switch.s", "on"}});
  EXPECT_EQ(refused("apply", Json::object({{"entities", entities}})),
            "home_assistant_error: Invalid option: 1 (possible options: home)");
  EXPECT_EQ(home.state_text("switch.s"), "on");
}

TEST_F(Scenes, are_refused_in_home_assistants_words) {
  EXPECT_EQ(apply("bad id", "on"),
            "invalid_format: Entity ID bad id is an invalid entity ID for dictionary value @ "
            "data['entities']");
  EXPECT_EQ(apply("light.k", 5),
            "invalid_format: State for light.k should be a string for dictionary value @ "
            "data['entities']");
  EXPECT_EQ(apply("light.nobody_has", "on"), "accepted");
  EXPECT_EQ(refused("apply", Json::object({{"entities", Json::array()}})),
            "invalid_format: expected dict for dictionary value @ data['entities']");
  const Json entities = Json::object({{"light.k", "on"}});
  EXPECT_EQ(refused("create", Json::object({{"scene_id", "Bad Id"}, {"entities", entities}})),
            "invalid_format: invalid slug Bad Id (try bad_id) for dictionary value @ "
            "data['scene_id']");
  EXPECT_EQ(refused("create", Json::object({{"scene_id", "x"}})),
            "invalid_format: must contain at least one of entities, snapshot_entities.");
  EXPECT_EQ(refused("create", Json::object({{"scene_id", "x"},
                                            {"entities", entities},
                                            {"snapshot_entities", "light.k"}})),
            "invalid_format: entities and snapshot_entities must not overlap");
  EXPECT_EQ(refused("create", Json::object({{"scene_id", "x"}, {"entities", Json::object()}})),
            "accepted");
  EXPECT_FALSE(home.state("scene.x")) << "an empty scene is none";
}

TEST_F(Scenes, only_what_was_created_is_deleted) {
  add_scene(home, "scene.movie", "Movie", Json::object({{"light.k", "on"}}));
  const auto remove = [&](const char* entity_id) {
    return refused("delete", Json::object({{"entity_id", entity_id}}));
  };
  EXPECT_EQ(remove("scene.movie"),
            "service_validation_error: Validation error: The scene scene.movie is not created with "
            "action `scene.create`");
  EXPECT_EQ(remove("scene.nope"),
            "service_validation_error: Validation error: scene.nope is not a valid entity ID of a "
            "scene");
  const Json other = Json::object({{"light.other", "on"}});
  call("scene", "create", Json::object({{"scene_id", "movie"}, {"entities", other}}));
  EXPECT_EQ(attribute("scene.movie", "entity_id"), Json::array({"light.k"})) << "it stands";
  call("scene", "create", Json::object({{"scene_id", "x"}, {"entities", other}}));
  call("scene", "create",
       Json::object({{"scene_id", "x"}, {"entities", Json::object({{"light.k", "on"}})}}));
  EXPECT_EQ(attribute("scene.x", "entity_id"), Json::array({"light.k"})) << "made anew";
  EXPECT_EQ(remove("scene.x"), "accepted");
  EXPECT_FALSE(home.state("scene.x"));
}

}  // namespace
}  // namespace hassette::sim
