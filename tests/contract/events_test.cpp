// The contract: what reaches handlers.
#include "visit.hpp"

namespace hassette::contract {
namespace {

using Events = Contract;
FOR_EACH_HOME(Events);

CONTRACT(Events, carry_old_and_new_state_context_and_time) {
  Guest& app = test->app();
  co_await app.api.turn_off("input_boolean.motion");
  const auto seen = std::make_shared<Changes>();
  co_await app.record("input_boolean.motion", seen);
  const ServiceResponse answer = co_await app.api.call_service(
      "input_boolean", "turn_on", {.target = {"input_boolean.motion"}});
  co_await until([&] { return !seen->empty(); });
  const StateChange& change = seen->front();
  EXPECT_EQ(change.old_text(), "off");
  EXPECT_EQ(change.new_text(), "on");
  EXPECT_EQ(change.context, answer.context);
  EXPECT_EQ(change.context.user_id, "0a000000000000000000000000000001");
  EXPECT_LT(
      std::chrono::abs(app.states.get("input_boolean.motion")->last_changed() - change.time_fired),
      1s);
  EXPECT_FALSE(change.recovered);
  EXPECT_EQ(change.new_state->friendly_name(), "Motion");
}

CONTRACT(Events, reach_listeners_of_a_glob_that_matches) {
  Guest& app = test->app();
  co_await app.api.turn_off("light.bed_light");
  const auto lights = std::make_shared<Changes>();
  const auto sensors = std::make_shared<Changes>();
  co_await app.record("light.*", lights);
  co_await app.record("sensor.doubled_*", sensors);
  co_await app.api.turn_on("light.bed_light");
  const double level = std::stod(test->visit().text("input_number.level"));
  co_await app.api.call_service(
      "input_number", "set_value",
      {.target = {"input_number.level"}, .data = {{"value", level == 7.0 ? 8.0 : 7.0}}});
  co_await until([&] { return !lights->empty() && !sensors->empty(); });
  EXPECT_EQ(lights->size(), 1u);
  EXPECT_EQ(lights->front().entity_id, EntityId("light.bed_light"));
  EXPECT_EQ(sensors->front().entity_id, EntityId("sensor.doubled_level"));
}

CONTRACT(Events, of_an_attribute_come_where_it_becomes_another) {
  Guest& app = test->app();
  co_await app.api.turn_on("light.bed_light", {{"brightness", 50}});
  const auto seen = std::make_shared<std::vector<int>>();
  co_await app.bus.on_attribute_change(
      "light.bed_light", "brightness",
      [seen](D::StateNew<states::Light> light) { seen->push_back(light.brightness().value_or(0)); },
      {.name = "brightness", .mode = Mode::kParallel});
  for (const int brightness : {80, 80, 120}) {
    co_await app.api.turn_on("light.bed_light", {{"brightness", brightness}});
  }
  co_await until([&] { return seen->size() >= 2; });
  EXPECT_EQ(*seen, (std::vector{80, 120}));
}

CONTRACT(Events, tell_of_service_calls) {
  Guest& app = test->app();
  const auto seen = std::make_shared<std::vector<Event>>();
  co_await app.bus.on_call_service("light", "turn_*",
                                   [seen](Event event) { seen->push_back(std::move(event)); },
                                   {.name = "calls", .mode = Mode::kParallel});
  co_await app.api.turn_on("light.bed_light", {{"brightness", 99}});
  co_await app.api.turn_on("input_boolean.away");
  co_await app.api.turn_off("light.bed_light");
  co_await until([&] { return seen->size() >= 2; });
  EXPECT_EQ(seen->size(), 2u);
  EXPECT_EQ((*seen)[0].service(), "turn_on");
  EXPECT_EQ((*seen)[0].service_data()["brightness"], Json(99));
  EXPECT_EQ((*seen)[0].service_data()["entity_id"], Json::array({"light.bed_light"}));
  EXPECT_EQ((*seen)[1].service(), "turn_off");
}

CONTRACT(Events, of_any_type_come_back_and_to_automations) {
  Guest& app = test->app();
  const auto own = std::make_shared<std::vector<Json>>();
  const auto answers = std::make_shared<std::vector<Json>>();
  co_await app.bus.on("contract_event", [own](D::EventData data) { own->push_back(data); },
                      {.name = "own", .mode = Mode::kParallel});
  co_await app.bus.on("test_pong", [answers](D::EventData data) { answers->push_back(data); },
                      {.name = "answer"});
  const Context context =
      co_await app.api.fire_event("contract_event", {{"n", 1}, {"text", "ü\n"}});
  co_await app.api.fire_event("test_ping", {{"n", 8}});
  co_await until([&] { return !own->empty() && !answers->empty(); });
  EXPECT_EQ(context.id.size(), 26u);
  EXPECT_EQ(own->front(), (Json{{"n", 1}, {"text", "ü\n"}}));
  EXPECT_EQ(answers->front()["n"], Json(8));
}

CONTRACT(Events, may_be_asked_for_once) {
  Guest& app = test->app();
  co_await app.api.turn_off("input_boolean.motion");
  const auto all = std::make_shared<Changes>();
  const auto once = std::make_shared<int>(0);
  co_await app.record("input_boolean.motion", all);
  co_await app.bus.on_state_change("input_boolean.motion", [once] { ++*once; },
                                   {.name = "once", .changed_to = "on", .once = true});
  for (int i = 0; i < 4; ++i) co_await app.api.toggle("input_boolean.motion");
  co_await until([&] { return all->size() >= 4; });
  EXPECT_EQ(*once, 1);
}

CONTRACT(Events, may_be_asked_for_once_they_last) {
  Guest& app = test->app();
  co_await app.api.turn_off("input_boolean.motion");
  const auto held = std::make_shared<int>(0);
  co_await app.bus.on_state_change("input_boolean.motion", [held] { ++*held; },
                                   {.name = "held", .changed_to = "on", .duration = 200ms});
  co_await app.api.turn_on("input_boolean.motion");
  co_await app.api.turn_off("input_boolean.motion");
  const auto begin = std::chrono::steady_clock::now();
  co_await app.api.turn_on("input_boolean.motion");
  co_await until([&] { return *held > 0; });
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 200ms);
  EXPECT_EQ(*held, 1);
}

CONTRACT(Events, tell_of_states_that_others_set_and_remove) {
  Guest& app = test->app();
  const auto seen = std::make_shared<Changes>();
  co_await app.record("sensor.contract", seen);
  EXPECT_EQ(co_await test->rest("POST", "/api/states/sensor.contract",
                                {{"state", "12"}, {"attributes", {{"unit_of_measurement", "W"}}}}),
            201);
  EXPECT_EQ(co_await test->rest("POST", "/api/states/sensor.contract", {{"state", "13"}}), 200);
  co_await until([&] { return seen->size() >= 2; });
  EXPECT_EQ(test->visit().text("sensor.contract"), "13");
  EXPECT_EQ(co_await test->rest("DELETE", "/api/states/sensor.contract", nullptr), 200);
  co_await until([&] { return seen->size() >= 3; });
  EXPECT_FALSE((*seen)[0].old_state);
  EXPECT_EQ((*seen)[1].old_text(), "12");
  EXPECT_FALSE((*seen)[2].new_state);
  EXPECT_EQ(test->visit().text("sensor.contract"), "(none)");
}

}  // namespace
}  // namespace hassette::contract
