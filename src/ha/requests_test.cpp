// Commands and their answers, and what comes in between.
#include "ha/test_support.hpp"

namespace hassette::ha {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Requests : public ClientTest {
 public:
  void SetUp() override {
    ClientTest::SetUp();
    home.states = Json::array({state_of("light.a", "off")});
    connect();
    heard.lines.clear();
  }
  /// A command that the test answers itself.
  [[clang::coro_wrapper]] Task<Json> ask(std::string type, std::chrono::nanoseconds limit = 20s) {
    return client->call({{"type", std::move(type)}}, "asking", limit);
  }
  /// Leaves commands unanswered but for what the test sends.
  void answer_nothing() {
    home.answer = [](const Json&) { return Json(); };
  }
};

TEST_F(Requests, have_rising_ids_in_front) {
  run([](Requests* test) -> Task<> {
    std::vector<Task<Json>> calls;
    for (int i = 0; i < 20; ++i) calls.push_back(test->ask("x"));
    co_await when_all(std::move(calls));
  }(this));
  std::int64_t last = 0;
  for (const Json& command : home.commands) {
    EXPECT_EQ(command.as_object().front().first, "id");
    EXPECT_GT(command["id"].as_int(), last);
    last = command["id"].as_int();
  }
}

TEST_F(Requests, may_be_answered_in_any_order) {
  answer_nothing();
  run([](Requests* test) -> Task<> {
    std::vector<std::string> done;
    const auto note = [](Requests* its, std::string type,
                         std::vector<std::string>* list) -> Task<> {
      const Json result = co_await its->ask(type);
      EXPECT_EQ(result, Json(type));
      list->push_back(type);
    };
    const auto reply = [](Requests* its) -> Task<> {
      while (its->home.count("three") == 0) co_await yield();
      for (const char* type : {"three", "one", "two"}) {
        its->home.send(result_of(its->home.last(type), type));
      }
    };
    co_await when_all(note(test, "one", &done), note(test, "two", &done),
                      note(test, "three", &done), reply(test));
    EXPECT_THAT(done, ElementsAre("three", "one", "two"));
  }(this));
}

TEST_F(Requests, resume_after_everything_before_their_answer_was_heard) {
  home.answer = [](const Json& command) {
    Json::Array frame;
    for (const char* text : {"on", "off", "on"}) {
      frame.push_back(change_of("light.a", state_of("light.a", text)));
    }
    frame.push_back(result_of(command, nullptr));
    return Json(std::move(frame));
  };
  run([](Requests* test) -> Task<> {
    co_await test->ask("x");
    EXPECT_THAT(test->heard.lines, ElementsAre("light.a=on", "light.a=off", "light.a=on"));
  }(this));
}

TEST_F(Requests, give_home_assistants_code_and_words_where_it_refuses) {
  home.answer = [](const Json& command) {
    return error_of(command, "service_validation_error", "Validation error: too warm");
  };
  run([](Requests* test) -> Task<> {
    try {
      co_await test->ask("x");
      ADD_FAILURE() << "it was refused";
    } catch (const HomeAssistantError& error) {
      EXPECT_EQ(error.code(), "service_validation_error");
      EXPECT_EQ(error.message(), "Validation error: too warm");
      EXPECT_STREQ(error.what(), "asking: Validation error: too warm");
    }
  }(this));
}

TEST_F(Requests, fail_at_once_while_there_is_no_connection) {
  home.server.set_accepting(false);
  home.server.drop_all();
  run_until([&] { return client->link().state == LinkState::kLost; });
  run([](Requests* test) -> Task<> {
    try {
      co_await test->ask("x");
      ADD_FAILURE() << "there is no connection";
    } catch (const ConnectionLostError& error) {
      EXPECT_FALSE(error.was_sent());
      EXPECT_STREQ(error.what(),
                   "asking: Home Assistant is not connected (lost), so nothing was sent; co_await "
                   "api.connected() waits for it");
    }
    EXPECT_THAT(co_await expect_error<ConnectionLostError>(
                    test->client->get("/api/states/light.a", "reading")),
                ::testing::StartsWith(
                    "reading: Home Assistant is not connected (lost), so nothing was sent"))
        << "over REST, too";
  }(this));
  EXPECT_EQ(home.count("x"), 0u);
}

TEST_F(Requests, that_wait_when_the_connection_is_lost_say_that_they_were_sent) {
  answer_nothing();
  run([](Requests* test) -> Task<> {
    const auto drop = [](Requests* its) -> Task<> {
      while (its->home.count("x") == 0) co_await yield();
      its->home.server.drop_all();
    };
    const auto ask = [](Requests* its) -> Task<> {
      try {
        co_await its->ask("x");
        ADD_FAILURE() << "the connection was lost";
      } catch (const ConnectionLostError& error) {
        EXPECT_TRUE(error.was_sent());
        EXPECT_THAT(error.what(), HasSubstr("may have had its effect"));
      }
    };
    co_await when_all(ask(test), drop(test));
  }(this));
  run_until([&] { return client->link().state == LinkState::kConnected; });
  EXPECT_EQ(home.count("x"), 1u) << "nothing is sent twice";
}

TEST_F(Requests, time_out_and_do_not_mind_the_late_answer) {
  answer_nothing();
  run([](Requests* test) -> Task<> {
    EXPECT_EQ(co_await expect_error<TimeoutError>(test->ask("slow", 10ms)),
              "asking: no answer from Home Assistant within 0.01 s");
    test->home.send(result_of(test->home.last("slow"), "late"));
    test->home.send(result_of(test->home.last("slow"), "twice"));
    test->home.answer = [](const Json& command) { return result_of(command, 7); };
    EXPECT_EQ(co_await test->ask("next"), Json(7));
  }(this));
  EXPECT_TRUE(heard.garbage.empty());
}

TEST_F(Requests, leave_nothing_behind_when_cancelled) {
  answer_nothing();
  run([](Requests* test) -> Task<> {
    for (int i = 0; i < 10; ++i) {
      const auto raced = co_await when_any(test->ask("x"), yield());
      EXPECT_EQ(raced.index(), 1u);
    }
    while (test->home.count("x") == 0) co_await yield();
    test->home.send(result_of(test->home.last("x"), 1));
    test->home.answer = [](const Json& command) { return result_of(command, 7); };
    EXPECT_EQ(co_await test->ask("next"), Json(7));
  }(this));
}

TEST_F(Requests, give_the_first_push_whether_it_comes_before_the_result_or_after) {
  for (const bool before : {true, false}) {
    home.answer = [before](const Json& command) {
      if (command["type"] != Json("render_template")) return result_of(command, nullptr);
      const Json push = {{"id", command["id"]}, {"type", "event"}, {"event", {{"result", 5}}}};
      const Json result = result_of(command, nullptr);
      return before ? Json::array({push, result, push}) : Json::array({result, push, push});
    };
    home.commands.clear();
    run([](Requests* test) -> Task<> {
      const Json event = co_await test->client->first_push({{"type", "render_template"}}, "a", 20s);
      EXPECT_EQ(event["result"], Json(5));
    }(this));
    EXPECT_EQ(home.last("unsubscribe_events")["subscription"], home.last("render_template")["id"]);
  }
  EXPECT_TRUE(heard.garbage.empty());
}

TEST_F(Requests, end_a_subscription_that_pushed_nothing_or_was_cancelled) {
  home.answer = [](const Json& command) { return result_of(command, nullptr); };
  run([](Requests* test) -> Task<> {
    const auto push = [](Requests* its, std::chrono::nanoseconds limit) -> Task<> {
      co_await its->client->first_push({{"type", "render_template"}}, "rendering", limit);
    };
    EXPECT_EQ(co_await expect_error<TimeoutError>(push(test, 10ms)),
              "rendering: no answer from Home Assistant within 0.01 s");
    EXPECT_EQ(test->home.count("unsubscribe_events"), 1u);
    const auto raced = co_await when_any(push(test, 20s), sleep(10ms));
    EXPECT_EQ(raced.index(), 1u);
    EXPECT_EQ(test->home.count("unsubscribe_events"), 2u);
  }(this));
}

TEST_F(Requests, end_no_subscription_that_was_refused) {
  home.answer = [](const Json& command) { return error_of(command, "template_error", "broken"); };
  run([](Requests* test) -> Task<> {
    EXPECT_EQ(co_await expect_error<HomeAssistantError>(
                  test->client->first_push({{"type", "render_template"}}, "a", 20s)),
              "a: broken");
  }(this));
  EXPECT_EQ(home.count("unsubscribe_events"), 0u);
}

TEST_F(Requests, of_rest_carry_the_token_and_give_status_and_body) {
  run([](Requests* test) -> Task<> {
    const auto [status, body] = co_await test->client->get("/api/states/light.a", "reading");
    EXPECT_EQ(status, 200);
    EXPECT_EQ(json::parse(body).value()["state"], Json("off"));
    EXPECT_EQ((co_await test->client->get("/api/states/light.b", "reading")).first, 404);
    test->home.server.set_accepting(false);
    EXPECT_THAT(co_await expect_error<ConnectionLostError>(
                    test->client->get("/api/states/light.a", "reading")),
                AllOf(HasSubstr("reading: "), HasSubstr("refused")));
  }(this));
}

TEST_F(Requests, for_events_that_the_token_may_not_have_are_said_once) {
  home.refused_events = {"secret_event"};
  run(client->want("secret_event"));
  for (int i = 0; i < 2; ++i) {
    home.server.drop_all();
    run_until([&] { return client->link().state == LinkState::kLost; });
    run_until([&] { return client->link().state == LinkState::kConnected; });
  }
  EXPECT_EQ(tap->count("events of type `secret_event` will not come"), 1);
}

TEST_F(Requests, for_events_that_cannot_be_had_fail_and_are_not_asked_for_again) {
  answer_nothing();
  home.silent = {"subscribe_events"};
  run([](Requests* test) -> Task<> {
    const auto refuse = [](Requests* its) -> Task<> {
      while (its->home.last("subscribe_events")["event_type"] != Json("state_reported")) {
        co_await yield();
      }
      its->home.send(
          error_of(its->home.last("subscribe_events"), "home_assistant_error", "no filter"));
    };
    co_await when_all(expect_error<HomeAssistantError>(test->client->want("state_reported")),
                      refuse(test));
  }(this));
  home.silent.clear();
  home.commands.clear();
  home.server.drop_all();
  run_until([&] { return client->link().state == LinkState::kLost; });
  run_until([&] { return client->link().state == LinkState::kConnected; });
  EXPECT_THAT(home.subscriptions(), ElementsAre("state_changed", "core_config_updated"));
}

TEST_F(Requests, are_no_less_answered_between_frames_of_garbage) {
  for (const char* text :
       {"{\"type\":\"event\",\"event\":{", "moin", "[", R"({"type":"party"})",
        R"({"type":"party"})", R"({"id":900,"type":"result","success":true,"result":1})",
        R"({"id":900,"type":"pong"})", R"({"id":900,"type":"event","event":{"a":1}})",
        R"({"type":"auth_ok"})", "5"}) {
    home.send_text(text);
  }
  home.answer = [](const Json& command) { return result_of(command, 7); };
  run([](Requests* test) -> Task<> { EXPECT_EQ(co_await test->ask("x"), Json(7)); }(this));
  EXPECT_EQ(heard.garbage, (std::map<Garbage, int>{{Garbage::kNotJson, 2},
                                                   {Garbage::kNotAnObject, 1},
                                                   {Garbage::kUnknownType, 3},
                                                   {Garbage::kIncomplete, 1},
                                                   {Garbage::kUnknownId, 3}}));
  EXPECT_EQ(home.connections, 1);
  EXPECT_EQ(tap->count("it is ignored, and counted from now on"), 5) << "each kind is said once";
}

}  // namespace
}  // namespace hassette::ha
