// The contract: what calls do, give and refuse.
#include <fstream>

#include "base/repository_testing.hpp"
#include "visit.hpp"

namespace hassette::contract {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

using Calls = Contract;
FOR_EACH_HOME(Calls);

CONTRACT(Calls, begin_with_a_whole_snapshot) {
  EXPECT_THAT(test->visit().entities(), AllOf(Ge(100u), Le(160u)));
  EXPECT_EQ(test->visit().link().state, ha::LinkState::kConnected);
  EXPECT_EQ(test->visit().link().ha_version, test->home().version());
  EXPECT_EQ(test->app().states.all("light").size(), 6u);
  EXPECT_EQ(test->app().states.get("sensor.doubled_level")->attribute("unit_of_measurement"),
            Json("W"));
  co_return;
}

CONTRACT(Calls, leave_a_cache_that_is_fresh) {
  Guest& app = test->app();
  co_await app.api.turn_on("light.bed_light", {{"brightness", 120}});
  EXPECT_TRUE(app.states.light().get("bed_light")->is_on());
  EXPECT_EQ(app.states.light().get("bed_light")->brightness(), 120);
  co_await app.api.turn_off("light.bed_light");
  EXPECT_TRUE(app.states.light().get("bed_light")->is_off());
  EXPECT_EQ(app.states.light().get("bed_light")->brightness(), std::nullopt);
  co_await app.api.toggle("light.bed_light");
  EXPECT_TRUE(app.states.light().get("bed_light")->is_on());
  for (const double value : {3.5, 40.0, 12.0}) {
    co_await app.api.call_service("input_number", "set_value",
                                  {.target = {"input_number.level"}, .data = {{"value", value}}});
    EXPECT_EQ(std::stod(test->visit().text("input_number.level")), value);
  }
}

CONTRACT(Calls, may_be_for_all_or_for_none) {
  Guest& app = test->app();
  co_await app.api.turn_on("input_boolean.away");
  co_await app.api.call_service("input_boolean", "turn_off", {.target = {.entity_id = "none"}});
  EXPECT_EQ(test->visit().text("input_boolean.away"), "on");
  co_await app.api.call_service("input_boolean", "turn_off", {.target = {.entity_id = "all"}});
  EXPECT_EQ(test->visit().text("input_boolean.away"), "off");
}

CONTRACT(Calls, can_run_side_by_side) {
  Guest& app = test->app();
  std::vector<Task<>> calls;
  for (int i = 0; i < 50; ++i) {
    calls.push_back(i % 2 == 0 ? app.api.turn_on("input_boolean.away")
                               : app.api.turn_off("input_boolean.away"));
  }
  co_await when_all(std::move(calls));
  EXPECT_EQ(test->visit().text("input_boolean.away"), "off");
}

CONTRACT(Calls, give_a_response_where_one_is_asked_for) {
  const ServiceResponse answer =
      co_await test->app().api.call_service("weather", "get_forecasts",
                                            {.target = {"weather.demo_weather_south"},
                                             .data = {{"type", "daily"}},
                                             .return_response = true});
  EXPECT_EQ(answer.context.id.size(), 26u);
  EXPECT_GE(answer.response["weather.demo_weather_south"]["forecast"].size(), 3u);
}

/// Makes an entry of a registry, unless it is there already.
Task<> have(Guest* app, std::string registry, std::string name) {
  try {
    co_await app->api.send({{"type", "config/" + registry + "_registry/create"}, {"name", name}});
  } catch (const HomeAssistantError& error) {
    if (error.code() != "invalid_info") throw;
  }
}

CONTRACT(Calls, reach_areas) {
  Guest& app = test->app();
  co_await have(&app, "area", "Hall");
  co_await app.api.send({{"type", "config/entity_registry/update"},
                         {"entity_id", "light.ceiling_lights"},
                         {"area_id", "hall"}});
  co_await app.api.call_service("homeassistant", "turn_off", {.target = {.area_id = "hall"}});
  EXPECT_EQ(test->visit().text("light.ceiling_lights"), "off");
  co_await app.api.call_service("light", "turn_on", {.target = {.area_id = "hall"}});
  EXPECT_EQ(test->visit().text("light.ceiling_lights"), "on");
}

CONTRACT(Calls, reach_labels) {
  if (test->home().version() < "2024.4") co_return;  // which brought them
  Guest& app = test->app();
  co_await have(&app, "label", "Night");
  co_await app.api.send({{"type", "config/entity_registry/update"},
                         {"entity_id", "light.office_rgbw_lights"},
                         {"labels", Json::array({"night"})}});
  co_await app.api.call_service("homeassistant", "turn_off", {.target = {.label_id = "night"}});
  EXPECT_EQ(test->visit().text("light.office_rgbw_lights"), "off");
  co_await app.api.call_service("light", "turn_on", {.target = {.label_id = "night"}});
  EXPECT_EQ(test->visit().text("light.office_rgbw_lights"), "on");
}

CONTRACT(Calls, are_refused_with_the_recorded_codes_and_words) {
  std::ifstream recording(base::repository() + "/tests/data/ha-" + test->home().version() +
                          "/ws.jsonl");
  std::map<std::int64_t, Json> asked;
  int refused = 0;
  for (std::string line; std::getline(recording, line);) {
    const Json entry = json::parse(line).value();
    if (entry["step"] == Json("wrong token")) break;
    const Json frame = entry["frame"];
    if (entry["dir"] == Json(">")) {
      if (const auto id = frame["id"].get<std::int64_t>()) asked[*id] = frame;
      continue;
    }
    const Json messages = frame.is_array() ? frame : Json::array({frame});
    for (const Json& message : messages.as_array()) {
      const auto id = message["id"].get<std::int64_t>();
      // What is wrong with an id cannot come from here: the client gives it.
      if (message["success"] != Json(false) || !id ||
          message["error"]["code"] == Json("id_reuse")) {
        continue;
      }
      Json command = asked.at(*id);
      command.erase("id");
      try {
        co_await test->app().api.send(command);
        ADD_FAILURE() << "not refused: " << command.dump();
      } catch (const HomeAssistantError& error) {
        EXPECT_EQ(error.code(), message["error"]["code"].as_string()) << command.dump();
        EXPECT_EQ(error.message(), message["error"]["message"].as_string()) << command.dump();
        ++refused;
      }
    }
  }
  EXPECT_GE(refused, 9);
}

CONTRACT(Calls, read_the_state_of_one_entity) {
  Guest& app = test->app();
  const State state = co_await app.api.get_state("sun.sun");
  EXPECT_EQ(state.entity_id(), EntityId("sun.sun"));
  EXPECT_TRUE(state.attribute("elevation").is_number());
  try {
    co_await app.api.get_state("light.nowhere");
    ADD_FAILURE() << "there is no such light";
  } catch (const HomeAssistantError& error) {
    EXPECT_EQ(error.code(), "not_found");
    EXPECT_THAT(error.what(), AllOf(HasSubstr("Entity not found"), HasSubstr("calls_test.cpp")));
  }
}

CONTRACT(Calls, render_templates_with_their_own_kinds) {
  Guest& app = test->app();
  EXPECT_EQ(co_await app.api.render_template("{{ 1 + 2 }}"), Json(3));
  EXPECT_EQ(co_await app.api.render_template("{{ states('input_boolean.motion') }}"),
            Json(test->visit().text("input_boolean.motion")));
  EXPECT_EQ(co_await app.api.render_template("{{ 'n = ' ~ n }}", {{"n", 5}}), Json("n = 5"));
  for (const auto& [text, words] : {std::pair("{{ 1 / 0 }}", "ZeroDivisionError: division by zero"),
                                    std::pair("{{ broken", "TemplateSyntaxError")}) {
    try {
      co_await app.api.render_template(text);
      ADD_FAILURE() << text;
    } catch (const HomeAssistantError& error) {
      EXPECT_EQ(error.code(), "template_error");
      EXPECT_THAT(error.what(), HasSubstr(words));
    }
  }
}

CONTRACT(Calls, of_a_user_without_rights_work_and_what_is_missing_is_said_once) {
  Visit visit(test->loop, test->relay->port(), test->home().user_token());
  co_await visit.begin();
  Guest& app = visit.app();
  for (const char* name : {"first", "second"}) {
    co_await app.bus.on("timer.finished", [] {}, {.name = name});
  }
  co_await app.api.turn_on("light.kitchen_lights");
  EXPECT_EQ(visit.text("light.kitchen_lights"), "on");
  try {
    co_await app.api.fire_event("contract_event");
    ADD_FAILURE() << "only an administrator may";
  } catch (const HomeAssistantError& error) {
    EXPECT_EQ(error.code(), "unauthorized");
  }
  test->relay->cut();
  co_await until([&] { return visit.link().state == ha::LinkState::kLost; });
  test->relay->restore();
  co_await until([&] { return visit.link().state == ha::LinkState::kConnected; });
  EXPECT_EQ(test->tap->count("no administrator rights: events of type `timer.finished`"), 1);
  co_await visit.end();
}

CONTRACT(Calls, are_not_made_with_a_wrong_token) {
  Visit visit(test->loop, test->home().port(), "not-a-token-of-this-home");
  const std::string said = co_await ha::expect_error<ha::FirstContactError>(visit.begin());
  EXPECT_THAT(said, AllOf(HasSubstr("rejects the token"), HasSubstr("long-lived access token")));
  co_await visit.end();
}

}  // namespace
}  // namespace hassette::contract
