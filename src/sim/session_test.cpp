#include "sim/session.hpp"

#include "sim/test_home.hpp"

namespace hassette::sim {
namespace {

class Conversation : public HomeTest {
 public:
  // Up to auth_ok, with what was said until then forgotten.
  Session& enter(const std::string& token = "right", SessionLimits limits = {}) {
    session_ = std::make_unique<Session>(home, wire, access, limits);
    session_->open();
    session_->receive(Json::object({{"type", "auth"}, {"access_token", token}}).dump());
    loop.run_ready();
    wire.messages.clear();
    wire.frames.clear();
    return *session_;
  }
  std::vector<Json> say(const std::string& text) {
    wire.messages.clear();
    wire.frames.clear();
    session_->receive(text);
    loop.run_ready();
    return wire.messages;
  }
  Json ask(const std::string& text) {
    const std::vector<Json> answers = say(text);
    EXPECT_FALSE(answers.empty()) << text;
    return answers.empty() ? Json() : answers.back();
  }
  std::string problem(const std::string& text) {
    const Json error = ask(text)["error"];
    return error["code"].get<std::string>().value_or("") + ": " +
           error["message"].get<std::string>().value_or("");
  }

  Access access{"right", "plain", false};
  Listened wire;

 private:
  std::unique_ptr<Session> session_;
};

TEST_F(Conversation, ids_must_grow_and_unknown_commands_do_not_use_one_up) {
  enter();
  EXPECT_EQ(ask(R"({"id":5,"type":"ping"})"), Json::object({{"id", 5}, {"type", "pong"}}));
  EXPECT_EQ(problem(R"({"id":5,"type":"ping"})"), "id_reuse: Identifier values have to increase.");
  EXPECT_EQ(problem(R"({"id":6,"type":"no_such"})"), "unknown_command: Unknown command.");
  EXPECT_EQ(ask(R"({"id":6,"type":"ping"})")["type"], Json("pong"));
  EXPECT_EQ(problem(R"({"id":true,"type":"ping"})"),
            "invalid_format: Message incorrectly formatted.");
  EXPECT_EQ(problem(R"(5)"), "invalid_format: Message incorrectly formatted.");
  EXPECT_EQ(problem(R"({"id":9,"type":"ping","x":1})"),
            "invalid_format: extra keys not allowed. Got {'id': 9, 'type': 'ping', 'x': 1}");
}

TEST_F(Conversation, takes_arrays_and_closes_on_what_is_not_json) {
  enter();
  EXPECT_EQ(say(R"([{"id":1,"type":"ping"},{"id":2,"type":"ping"}])").size(), 2u);
  say("{");
  EXPECT_EQ(wire.closed, 1000);
}

TEST_F(Conversation, gathers_messages_into_arrays_only_when_asked_to) {
  enter();
  say(R"([{"id":1,"type":"ping"},{"id":2,"type":"ping"}])");
  EXPECT_EQ(wire.frames.size(), 2u);
  say(R"({"id":3,"type":"supported_features","features":{"coalesce_messages":1}})");
  say(R"([{"id":4,"type":"ping"},{"id":5,"type":"ping"}])");
  ASSERT_EQ(wire.frames.size(), 1u);
  EXPECT_EQ(wire.frames[0], R"([{"id":4,"type":"pong"},{"id":5,"type":"pong"}])");
  say(R"({"id":6,"type":"ping"})");
  EXPECT_EQ(wire.frames[0], R"({"id":6,"type":"pong"})") << "one alone is no array";
}

TEST_F(Conversation, client_that_takes_nothing_is_dropped) {
  enter("right", {.pending_messages = 100});
  say(R"({"id":1,"type":"subscribe_events","event_type":"state_changed"})");
  wire.taking = false;
  for (int i = 0; i < 99; ++i) home.write("sensor.t", std::to_string(i), {});
  loop.run_ready();
  EXPECT_FALSE(wire.closed);
  home.write("sensor.t", "last", {});
  loop.run_ready();
  EXPECT_TRUE(wire.closed);
  EXPECT_FALSE(home.bus().has_listener("state_changed"));
}

TEST_F(Conversation, user_without_rights_is_refused_what_administrators_may) {
  enter("plain");
  EXPECT_EQ(problem(R"({"id":1,"type":"subscribe_events"})"), "unauthorized: Unauthorized");
  EXPECT_EQ(problem(R"({"id":2,"type":"fire_event","event_type":"x"})"),
            "unauthorized: Unauthorized");
  EXPECT_EQ(ask(R"({"id":3,"type":"subscribe_events","event_type":"state_changed"})")["success"],
            Json(true));
  EXPECT_EQ(ask(R"({"id":4,"type":"auth/current_user"})")["result"]["is_admin"], Json(false));
}

TEST_F(Conversation, refuses_a_wrong_token_and_every_one_while_told_to) {
  enter("wrong");
  EXPECT_EQ(wire.closed, 1000);
  wire.closed.reset();
  access.refuse_all = true;
  enter("right");
  EXPECT_EQ(wire.closed, 1000);
}

TEST_F(Conversation, subscribe_entities_begins_with_a_snapshot_and_goes_on_with_differences) {
  home.write("light.k", "on", Json::object({{"brightness", 9}}));
  home.write("sensor.t", "1", {});
  enter();
  const auto first = say(R"({"id":1,"type":"subscribe_entities","include":{"domains":["light"]}})");
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[1]["event"]["a"]["light.k"]["s"], Json("on"));
  EXPECT_FALSE(first[1]["event"]["a"].contains("sensor.t"));
  wire.messages.clear();
  home.write_state("sensor.t", "2");
  home.write_state("light.k", "off");
  loop.run_ready();
  ASSERT_EQ(wire.messages.size(), 1u);
  EXPECT_EQ(wire.messages[0]["event"]["c"]["light.k"]["+"]["s"], Json("off"));
  EXPECT_TRUE(wire.frames.back().ends_with(R"(,"id":1})")) << "the id of bus events stands last";
}

TEST_F(Conversation, unsubscribing_ends_any_kind_and_only_once) {
  enter();
  say(R"({"id":1,"type":"render_template","template":"{{ states('sensor.t') }}"})");
  say(R"({"id":2,"type":"subscribe_trigger","trigger":{"platform":"state","entity_id":"sensor.t"}})");
  EXPECT_TRUE(home.bus().has_listener("state_changed"));
  EXPECT_EQ(ask(R"({"id":3,"type":"unsubscribe_events","subscription":1})")["success"], Json(true));
  EXPECT_EQ(ask(R"({"id":4,"type":"unsubscribe_events","subscription":2})")["success"], Json(true));
  EXPECT_FALSE(home.bus().has_listener("state_changed"));
  EXPECT_EQ(problem(R"({"id":5,"type":"unsubscribe_events","subscription":2})"),
            "not_found: Subscription not found.");
}

TEST_F(Conversation, state_triggers_fire_for_the_states_that_they_name) {
  home.write("binary_sensor.m", "off", {});
  enter();
  say(R"({"id":1,"type":"subscribe_trigger","trigger":{"platform":"state","entity_id":"binary_sensor.m","from":"off","to":"on"}})");
  wire.messages.clear();
  home.write_state("binary_sensor.m", "on");
  home.write_state("binary_sensor.m", "off");
  loop.run_ready();
  ASSERT_EQ(wire.messages.size(), 1u);
  const Json& trigger = wire.messages[0]["event"]["variables"]["trigger"];
  EXPECT_EQ(trigger["to_state"]["state"], Json("on"));
  EXPECT_EQ(trigger["description"], Json("state of binary_sensor.m"));
}

TEST_F(Conversation, helpers_are_made_changed_and_deleted_with_the_double_answer) {
  enter();
  const Json made = ask(
      R"({"id":1,"type":"input_number/create","name":"Set point","min":5,"max":30,"step":0.5})");
  EXPECT_EQ(made["result"]["id"], Json("set_point"));
  EXPECT_EQ(home.state_text("input_number.set_point"), "5.0");
  EXPECT_EQ(problem(R"({"id":2,"type":"input_number/create","name":"x","min":5,"max":3})"),
            "invalid_format: Maximum (5.0) is not greater than minimum (3.0)")
      << "the numbers stand the wrong way round in Home Assistant, too";
  ask(R"({"id":3,"type":"input_number/update","input_number_id":"set_point","name":"S","min":5,"max":28})");
  EXPECT_EQ(attribute("input_number.set_point", "step"), Json(1.0))
      << "what is not sent again is gone";
  EXPECT_EQ(say(R"({"id":4,"type":"input_number/delete","input_number_id":"set_point"})").size(),
            1u);
  EXPECT_EQ(home.state("input_number.set_point"), nullptr);
  const auto twice = say(R"({"id":5,"type":"input_number/delete","input_number_id":"set_point"})");
  ASSERT_EQ(twice.size(), 2u);
  EXPECT_EQ(twice[0]["success"], Json(false));
  EXPECT_EQ(twice[1]["success"], Json(true));
}

TEST_F(Conversation, script_that_calls_what_is_not_there_fails_as_a_script) {
  enter();
  EXPECT_EQ(problem(R"({"id":1,"type":"execute_script","sequence":[{"action":"light.no_such"}]})"),
            "home_assistant_error: Service light.no_such not found.");
}

TEST_F(Conversation, command_that_fails_unexpectedly_is_answered_and_the_client_stays) {
  enter();
  EXPECT_EQ(problem(R"({"id":1,"type":"execute_script","sequence":[{"event":5}]})"),
            "unknown_error: Unknown error");
  EXPECT_EQ(ask(R"({"id":2,"type":"ping"})")["type"], Json("pong"));
}

TEST_F(Conversation, conditions_are_tested) {
  home.write("sensor.t", "21", {});
  enter();
  const auto holds = [&](int id, const std::string& condition) {
    return ask(R"({"id":)" + std::to_string(id) + R"(,"type":"test_condition","condition":)" +
               condition + "}")["result"]["result"];
  };
  EXPECT_EQ(holds(1, R"({"condition":"numeric_state","entity_id":"sensor.t","above":20})"),
            Json(true));
  EXPECT_EQ(
      holds(
          2,
          R"({"condition":"not","conditions":[{"condition":"state","entity_id":"sensor.t","state":"21"}]})"),
      Json(false));
  EXPECT_EQ(
      holds(3,
            R"({"condition":"template","value_template":"{{ states('sensor.t') | int > 30 }}"})"),
      Json(false));
}

}  // namespace
}  // namespace hassette::sim
