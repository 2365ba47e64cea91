// What an app's connection adds to service calls.
#include "app/app_connection.hpp"

#include <gmock/gmock.h>

#include "app/test_support.hpp"

namespace hassette::app {
namespace {

using ha::error_of;
using ha::result_of;
using ha::state_of;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

Json call_with(Json target, Json data) {
  return {
      {"type", "call_service"}, {"target", std::move(target)}, {"service_data", std::move(data)}};
}

TEST(NamedEntities, are_read_as_home_assistant_reads_them) {
  const auto of_target = [](Json id) {
    return named_entities(call_with(Json::object({{"entity_id", std::move(id)}}), {}));
  };
  const auto of_data = [](Json id) {
    return named_entities(call_with({}, Json::object({{"entity_id", std::move(id)}})));
  };
  EXPECT_THAT(of_target("light.a"), ElementsAre("light.a"));
  EXPECT_THAT(of_target(Json::array({"light.a", "Light.B"})), ElementsAre("light.a", "light.b"));
  EXPECT_THAT(of_data("light.a, light.b"), ElementsAre("light.a", "light.b"));
  EXPECT_THAT(of_data(Json::array({"light.a"})), ElementsAre("light.a"));
  EXPECT_THAT(of_target("all"), IsEmpty());
  EXPECT_THAT(of_target("4b2f0c5e4a2a4c2f9d0a8f1f1f3a9b7c"), IsEmpty());
  EXPECT_THAT(of_data(Json::array({1, nullptr, "none", ""})), IsEmpty());
  EXPECT_THAT(named_entities({{"type", "call_service"}}), IsEmpty());
}

std::string hint(std::string_view domain, std::string_view service) {
  static const ServiceNames::Names kNames = ServiceNames::parse(Json::parse(R"({
    "light": {"turn_on": {}, "turn_off": {}, "toggle": {}},
    "climate": {"set_temperature": {}, "set_hvac_mode": {}},
    "notify": {"a1": {}, "a2": {}, "a3": {}, "a4": {}, "a5": {}, "a6": {}, "a7": {}, "a8": {},
               "a9": {}}
  })"));
  return ServiceNames::hint(kNames, domain, service);
}

TEST(ServiceNames, names_the_nearest_of_the_domain) {
  EXPECT_EQ(hint("light", "toggel"), "did you mean `light.toggle`?");
  EXPECT_EQ(hint("light", "turn_onn"), "did you mean `light.turn_on` or `light.turn_off`?");
  EXPECT_EQ(hint("climate", "set_temprature"), "did you mean `climate.set_temperature`?");
}

TEST(ServiceNames, lists_a_short_domain_where_nothing_is_near) {
  EXPECT_EQ(hint("light", "on"), "the services of `light` are toggle, turn_off, turn_on");
  EXPECT_EQ(hint("notify", "mobile_app_phone"), "");
}

TEST(ServiceNames, names_the_nearest_domain) {
  EXPECT_EQ(hint("lihgt", "toggle"), "did you mean `light.toggle`?");
  EXPECT_EQ(hint("lihgt", "togle"), "did you mean `light.toggle`?");
  EXPECT_EQ(hint("mqtt", "publish"), "the home has no services of `mqtt`");
}

TEST(ServiceNames, has_no_hint_for_a_service_that_is_there_or_without_a_list) {
  EXPECT_EQ(hint("light", "turn_on"), "");
  EXPECT_EQ(ServiceNames::hint({}, "light", "turn_onn"), "");
  EXPECT_THAT(ServiceNames::parse(Json("what?")), IsEmpty());
  EXPECT_THAT(ServiceNames::parse(Json::object({{"light", 1}})), IsEmpty());
}

/// An app's connection to a Home Assistant that has two services.
class AnAppConnection : public ha::HaTest {
 public:
  void SetUp() override {
    HaTest::SetUp();
    home.states = Json::array({state_of("light.kitchen", "on")});
    home.answer = [this](const Json& command) {
      if (command["type"] == Json("get_services")) {
        return result_of(command, {{"light", {{"turn_on", Json::object()}}}});
      }
      if (command["type"] == Json("call_service") && command["service"] != Json("turn_on")) {
        return error_of(command, "not_found", refusal);
      }
      return result_of(command, {{"context", {{"id", "c"}}}});
    };
    engine = std::make_unique<Engine>(loop, pool, ha::over_websocket(loop, options()), observed,
                                      observed, EngineOptions{});
    background.spawn(label, engine->run());
    run(engine->ready());
    tap->lines.clear();
    const Services& services = engine->services();
    owner.bucket = &background;
    owner.router = &services.router;
    connection.emplace(services.home, services.service_names, owner);
    api.emplace(*connection);
  }
  void TearDown() override {
    HaTest::TearDown();
    engine.reset();
  }
  static Task<> call(AnAppConnection* test, std::string service, std::string* refused) {
    try {
      co_await test->api->call_service("light", std::move(service));
    } catch (const HomeAssistantError& error) {
      const std::string_view context = error.context();
      const auto hint = context.find('(');
      *refused = hint == std::string_view::npos ? "" : context.substr(hint);
      *refused += std::string(refused->empty() ? "" : ": ") + std::string(error.message());
      EXPECT_THAT(error.what(), HasSubstr("app_connection_test.cpp:"));
    }
  }
  std::string refusal_of(std::string service) {
    std::string refused = "(none)";
    run(call(this, std::move(service), &refused));
    return refused;
  }

  std::string refusal = "Service not found.";
  async::Pool pool{1};
  Observed observed;
  std::unique_ptr<Engine> engine;
  bus::Owner owner{.app = "bedroom"};
  std::optional<AppConnection> connection;
  std::optional<Api> api;
};

TEST_F(AnAppConnection, asks_for_the_services_only_when_one_is_not_there_and_then_once) {
  EXPECT_EQ(refusal_of("turn_on"), "(none)");
  EXPECT_EQ(home.count("get_services"), 0u);
  EXPECT_EQ(refusal_of("turn_onn"), "(did you mean `light.turn_on`?): Service not found.");
  EXPECT_EQ(refusal_of("trun_on"), "(did you mean `light.turn_on`?): Service not found.");
  EXPECT_EQ(home.count("get_services"), 1u);
}

TEST_F(AnAppConnection, asks_once_for_refusals_at_the_same_time) {
  std::string first;
  std::string second;
  run([](AnAppConnection* test, std::string* one, std::string* two) -> Task<> {
    co_await when_all(call(test, "turn_onn", one), call(test, "turn_no", two));
  }(this, &first, &second));
  EXPECT_EQ(first, "(did you mean `light.turn_on`?): Service not found.");
  EXPECT_EQ(second, "(did you mean `light.turn_on`?): Service not found.");
  EXPECT_EQ(home.count("get_services"), 1u);
}

TEST_F(AnAppConnection, leaves_the_refusal_as_it_is_where_the_services_are_not_told) {
  home.unknown = {"get_services"};
  EXPECT_EQ(refusal_of("turn_onn"), "Service not found.");
  EXPECT_EQ(refusal_of("turn_onn"), "Service not found.");
  EXPECT_EQ(home.count("get_services"), 1u) << "a home that does not tell is not asked each time";
}

TEST_F(AnAppConnection, whoever_waits_for_the_services_goes_on_when_the_app_that_asked_is_stopped) {
  home.silent = {"get_services"};
  std::string first = "(none)";
  std::string second = "(none)";
  const std::uint64_t asking = background.spawn(label, call(this, "turn_onn", &first));
  run_until([&] { return home.count("get_services") == 1; });
  background.spawn(label, call(this, "turn_no", &second));
  run_until([&] { return home.count("call_service") == 2; });
  settle();
  background.cancel(asking, CancelReason::kRequested);
  run_until([&] { return second != "(none)"; });
  EXPECT_EQ(second, "Service not found.");
  EXPECT_EQ(first, "(none)");
}

/// How long the refusal of a call with this limit takes.
std::chrono::nanoseconds time_of_refusal(AnAppConnection& test, std::chrono::nanoseconds limit) {
  const auto begin = std::chrono::steady_clock::now();
  test.run([](AnAppConnection* its, std::chrono::nanoseconds given) -> Task<> {
    Json command{{"type", "call_service"}, {"domain", "light"}, {"service", "turn_onn"}};
    try {
      co_await its->connection->call(std::move(command), "the call", given);
      ADD_FAILURE() << "it is refused";
    } catch (const HomeAssistantError& error) {
      EXPECT_EQ(error.context(), "the call");
    }
  }(&test, limit));
  return std::chrono::steady_clock::now() - begin;
}

TEST_F(AnAppConnection, a_refusal_waits_for_its_hint_no_longer_than_its_call_may_take) {
  home.silent = {"get_services"};
  EXPECT_LT(time_of_refusal(*this, 400ms), 1s);
  EXPECT_EQ(home.count("get_services"), 1u);
  home.silent.clear();
  EXPECT_EQ(refusal_of("turn_onn"), "(did you mean `light.turn_on`?): Service not found.")
      << "a short limit says nothing of the home";
}

TEST_F(AnAppConnection, a_refusal_waits_for_its_hint_a_second_at_most_and_the_next_not_at_all) {
  home.silent = {"get_services"};
  EXPECT_LT(time_of_refusal(*this, 30s), 3s);
  EXPECT_LT(time_of_refusal(*this, 30s), 1s);
  EXPECT_EQ(home.count("get_services"), 1u);
}

TEST_F(AnAppConnection, who_waits_for_the_services_that_another_asked_for_has_its_own_limit) {
  home.silent = {"get_services"};
  std::string first = "(none)";
  const std::uint64_t asking = background.spawn(label, call(this, "turn_onn", &first));
  run_until([&] { return home.count("get_services") == 1; });
  EXPECT_LT(time_of_refusal(*this, 400ms), 1s);
  EXPECT_EQ(home.count("get_services"), 1u);
  background.cancel(asking, CancelReason::kRequested);
  settle();
}

TEST_F(AnAppConnection, leaves_other_refusals_alone) {
  home.answer = [](const Json& command) {
    return error_of(command, "service_validation_error", "brightness: expected int");
  };
  EXPECT_EQ(refusal_of("turn_onn"), "brightness: expected int");
  EXPECT_EQ(home.count("get_services"), 0u);
}

TEST_F(AnAppConnection, tells_of_entities_that_the_home_does_not_have_and_calls_all_the_same) {
  run([](AnAppConnection* test) -> Task<> {
    co_await test->api->turn_on("light.kichen");
    co_await test->api->turn_on("light.kitchen");
    co_await test->api->call_service("light", "turn_on",
                                     {.target = {.entity_id = {"light.kitchen", "light.hall"}},
                                      .data = {{"entity_id", "light.kichen, light.bath"}}});
  }(this));
  EXPECT_EQ(home.count("call_service"), 3u);
  EXPECT_THAT(tap->lines,
              ElementsAre(AllOf(HasSubstr("api.turn_on(light.kichen) at app_connection_test.cpp:"),
                                HasSubstr("the home does not have light.kichen"),
                                HasSubstr("did you mean `light.kitchen`?")),
                          HasSubstr("the home does not have light.hall"),
                          HasSubstr("the home does not have light.bath")));
}

/// What `get_state` of this entity is refused with.
std::string refusal_to_read(AnAppConnection& test, std::string entity) {
  std::string refused = "(none)";
  test.run([](AnAppConnection* its, std::string id, std::string* said) -> Task<> {
    try {
      co_await its->api->get_state(EntityId(std::move(id)));
    } catch (const HomeAssistantError& error) {
      EXPECT_EQ(error.code(), "not_found");
      EXPECT_EQ(error.message(), "Entity not found.");
      *said = error.context();
    }
  }(&test, std::move(entity), &refused));
  return refused;
}

TEST_F(AnAppConnection, names_the_nearest_of_an_entity_that_cannot_be_read) {
  EXPECT_EQ(refusal_to_read(*this, "light.kitchen"), "(none)");
  EXPECT_THAT(refusal_to_read(*this, "light.kichen"),
              AllOf(StartsWith("api.get_state(light.kichen) at app_connection_test.cpp:"),
                    EndsWith(" (did you mean `light.kitchen`?)")));
  EXPECT_THAT(refusal_to_read(*this, "vacuum.robot"), Not(HasSubstr("did you mean")));
  home.states = Json::array();  // gone, and its removal is not heard of yet
  EXPECT_THAT(refusal_to_read(*this, "light.kitchen"), Not(HasSubstr("did you mean")));
}

TEST_F(AnAppConnection, gives_the_rest_through) {
  EXPECT_EQ(connection->link().state, ha::LinkState::kConnected);
  run([](AnAppConnection* test) -> Task<> {
    EXPECT_EQ((co_await test->api->get_state("light.kitchen")).text(), "on");
    co_await test->api->fire_event("ring");
    co_await test->connection->want("doorbell");
  }(this));
  EXPECT_EQ(home.last("fire_event")["event_type"], Json("ring"));
  EXPECT_THAT(home.subscriptions(), ::testing::Contains("doorbell"));
}

}  // namespace
}  // namespace hassette::app
