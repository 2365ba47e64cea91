// Mistakes of a test itself, which would otherwise let it pass for ever.
#include <hassette/testing.hpp>

#include <gmock/gmock.h>

namespace hassette {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string refusal(const std::function<void()>& mistake) {
  try {
    mistake();
  } catch (const LogicError& error) {
    return error.what();
  }
  return "not refused";
}

class Idle : public App<> {};

/// Calls a service that the home lacks.
class Wishful : public App<> {
  Task<> on_initialize() override {
    try {
      co_await api.call_service("notify", "pigeon", {});
    } catch (const HomeAssistantError&) {
      refused = true;
    }
  }

 public:
  bool refused = false;
};

TEST(AppHarness, a_check_of_a_misspelt_service_fails_and_names_the_nearest) {
  AppHarness home;
  const auto check = home.not_called("light.turn_offf");
  EXPECT_FALSE(check);
  EXPECT_STREQ(check.message(),
               "the simulated home has no service `light.turn_offf`; did you mean "
               "`light.turn_off`?");
  EXPECT_FALSE(home.not_called("lihgt.turn_off"));
  EXPECT_THAT(home.called("lihgt.turn_off").message(), HasSubstr("did you mean `light.turn_off`?"));
  EXPECT_THAT(refusal([&] { home.call_count("light.turn_offf"); }), HasSubstr("did you mean"));
  EXPECT_TRUE(home.not_called("light.turn_off"));
}

TEST(AppHarness, services_of_the_test_and_those_that_an_app_called_are_known) {
  AppHarness home;
  EXPECT_THAT(home.not_called("notify.pigeon").message(), HasSubstr("add_service"));
  EXPECT_TRUE(home.start<Wishful>().refused);
  EXPECT_CALLED(home, notify.pigeon);
  home.add_service("notify.owl");
  EXPECT_NOT_CALLED(home, notify.owl);
  home.silence_service("notify.owl");
}

/// Listens to one entity, and switches another one off that the home lacks.
class Distant : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("sensor.far", [] {}, {.name = "far"});
    co_await api.turn_off("light.far");
  }
};

TEST(AppHarness, a_check_of_a_misspelt_entity_fails_and_names_the_nearest) {
  AppHarness home;
  home.set_state("light.hall", "on");
  constexpr std::string_view kUnknown =
      "the simulated home has no entity `light.hal`; did you mean `light.hall`?";
  const Json hal = {{"entity_id", "light.hal"}};
  EXPECT_EQ(home.not_called("light.turn_on", hal).message(), kUnknown);
  EXPECT_EQ(refusal([&] { home.call_count("light.turn_on", hal); }), kUnknown);
  EXPECT_THAT(home.called("light.turn_on", hal).message(),
              AllOf(StartsWith("light.turn_on {\"entity_id\":\"light.hal\"} was not called"),
                    HasSubstr(kUnknown)));
  EXPECT_FALSE(
      home.not_called("light.turn_on", {{"entity_id", Json::array({"light.hall", "light.hal"})}}));
  EXPECT_TRUE(home.not_called("light.turn_on", {{"entity_id", "light.hall"}}));
  EXPECT_TRUE(home.not_called("light.turn_on", {{"entity_id", "all"}}));
  EXPECT_EQ(home.not_called("vacuum.start", {{"entity_id", "vacuum.robot"}}).message(),
            std::string("the simulated home has no entity `vacuum.robot`; set_state makes one"));
}

TEST(AppHarness, entities_that_were_there_and_those_that_an_app_named_are_known) {
  AppHarness home;
  home.set_state("light.hall", "on");
  home.remove_entity("light.hall");
  home.start<Distant>();
  EXPECT_CALLED(home, light.turn_off, {{"entity_id", "light.far"}});
  home.forget_calls();
  for (const char* id : {"light.hall", "light.far", "sensor.far"}) {
    EXPECT_TRUE(home.not_called("light.turn_off", {{"entity_id", id}})) << id;
  }
}

TEST(AppHarness, an_unknown_service_cannot_be_spoiled) {
  AppHarness home;
  const auto refused = HasSubstr("no service `light.turnon`; did you mean `light.turn_on`?");
  EXPECT_THAT(refusal([&] { home.fail_service("light.turnon", "unknown", "no"); }), refused);
  EXPECT_THAT(refusal([&] { home.delay_service("light.turnon", 1s); }), refused);
  EXPECT_THAT(refusal([&] { home.silence_service("light.turnon"); }), refused);
}

TEST(AppHarness, a_call_by_somebody_else_names_domain_and_service_apart) {
  AppHarness home;
  EXPECT_EQ(refusal([&] { home.simulate_call_service("light.turn_on", {}); }),
            "domain and service are two arguments: home.simulate_call_service(\"light\", "
            "\"turn_on\", …)");
  home.simulate_call_service("light", "turn_on");
}

TEST(AppHarness, time_does_not_go_back) {
  AppHarness home;
  EXPECT_THAT(refusal([&] { home.advance(-1s); }), HasSubstr("time does not go back"));
}

TEST(AppHarness, an_app_that_was_not_started_cannot_be_stopped) {
  AppHarness home;
  home.start<Idle>();
  EXPECT_EQ(refusal([&] { home.stop("idel"); }),
            "no app named `idel` was started; did you mean `idle`?");
  home.stop("idle");
  home.stop("idle");  // it has stopped already
}

TEST(AppHarness, two_apps_that_run_have_two_names) {
  AppHarness home;
  home.start<Idle>();
  EXPECT_THAT(refusal([&] { home.start<Idle>(); }), HasSubstr("`idle` runs already"));
  home.start<Idle>({}, "second");
  home.stop("idle");
  home.start<Idle>();
}

TEST(AppHarness, what_is_not_there_has_no_attributes) {
  AppHarness home;
  home.set_state("light.hall", "on");
  EXPECT_EQ(refusal([&] { home.set_attribute("light.hal", "brightness", 20); }),
            "the simulated home has no entity `light.hal`; did you mean `light.hall`?");
}

Exploration explored(const std::function<void(TestHome&)>& scenario) {
  return explore({}, scenario);
}

TEST(Explore, what_is_not_there_has_no_attributes_in_any_order) {
  const Exploration seen = explored([](TestHome& home) {
    home.start<Idle>();
    home.set_state("light.hall", "on");
    home.set_attribute("light.hall", "brightness", 20);  // after what made it
    home.set_attribute("light.hal", "brightness", 20);
  });
  EXPECT_THAT(seen.fault, HasSubstr("no entity `light.hal`; did you mean `light.hall`?"));
}

}  // namespace
}  // namespace hassette
