// What an app names and its home does not have, with the services of the simulated home.
#include <hassette/testing.hpp>

#include <gmock/gmock.h>

#include <algorithm>

namespace hassette {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// Calls a service whenever the test says so, and keeps what it was refused with.
class Caller : public App<> {
  Task<> on_initialize() override {
    co_await bus.on("call", &Caller::on_call, {.name = "call"});
    co_await bus.on_state_change("light.kichen_*", &Caller::on_light, {.name = "lights"});
  }
  Task<> on_call(D::EventData data) {
    CallOptions options;
    if (data.contains("entity_id")) options.target.entity_id = data["entity_id"].as_string();
    try {
      co_await api.call_service(data["domain"].as_string(), data["service"].as_string(), options);
    } catch (const HomeAssistantError& error) {
      refusals.emplace_back(error.what());
    }
  }
  void on_light(EntityId entity) { seen.push_back(entity.str()); }

 public:
  std::vector<std::string> refusals;
  std::vector<std::string> seen;
};

class InTheKitchen : public ::testing::Test {
 public:
  InTheKitchen() {
    home.set_state("light.kitchen_table", "off");
    app = &home.start<Caller>();
  }
  void call(Json data) { home.simulate_event("call", std::move(data)); }
  std::vector<std::string> warnings() const {
    std::vector<std::string> lines = home.tape(1000);
    std::erase_if(lines, [](const std::string& line) { return !line.contains("logs warning"); });
    return lines;
  }
  AppHarness home;
  Caller* app;
};

TEST_F(InTheKitchen, a_pattern_that_matches_nothing_is_told_and_goes_on) {
  EXPECT_THAT(warnings(),
              ElementsAre(AllOf(HasSubstr("caller logs warning"),
                                HasSubstr("`lights` listens to light.kichen_*, which matches "
                                          "nothing in the home (yet); the nearest is "
                                          "`light.kitchen_table` [registered at "
                                          "unknown_names_test.cpp:"))));
  home.set_state("light.kichen_lamp", "on");
  home.away_for(1min);
  EXPECT_THAT(app->seen, ElementsAre("light.kichen_lamp"));
  EXPECT_EQ(warnings().size(), 1u);
}

TEST_F(InTheKitchen, an_entity_that_the_home_does_not_have_is_told_once_and_called) {
  for (int times = 0; times < 3; ++times) {
    call({{"domain", "light"}, {"service", "turn_on"}, {"entity_id", "light.kitchen_tabel"}});
    home.advance(1min);
  }
  EXPECT_EQ(home.call_count("light.turn_on"), 3u);
  ASSERT_EQ(warnings().size(), 2u);
  EXPECT_THAT(warnings().back(),
              AllOf(HasSubstr("light.turn_on for light.kitchen_tabel at unknown_names_test.cpp:"),
                    HasSubstr("the home does not have light.kitchen_tabel"),
                    HasSubstr("did you mean `light.kitchen_table`?")));
  EXPECT_THAT(app->refusals, IsEmpty());
}

TEST_F(InTheKitchen, a_service_that_the_home_does_not_have_is_refused_with_the_nearest) {
  call({{"domain", "light"}, {"service", "turn_onn"}});
  call({{"domain", "lihgt"}, {"service", "turn_on"}});
  home.add_service("notify.owl");
  home.advance(2min);
  call({{"domain", "notify"}, {"service", "owll"}});
  EXPECT_THAT(
      app->refusals,
      ElementsAre(AllOf(StartsWith("light.turn_onn at unknown_names_test.cpp:"),
                        HasSubstr(" (did you mean `light.turn_on`"),
                        EndsWith("?): Service light.turn_onn not found.")),
                  EndsWith("(did you mean `light.turn_on`?): Service lihgt.turn_on not found."),
                  EndsWith("(did you mean `notify.owl`?): Service notify.owll not found.")));
}

TEST_F(InTheKitchen, a_refusal_of_a_service_that_is_there_stands) {
  home.fail_service("light.turn_on", "not_found", "no such lamp");
  call({{"domain", "light"}, {"service", "turn_on"}, {"entity_id", "light.kitchen_table"}});
  EXPECT_THAT(app->refusals, ElementsAre(EndsWith(": no such lamp")));
}

TEST(UnknownNames, nothing_is_said_of_what_the_home_has) {
  AppHarness home;
  home.set_state("light.kichen_table", "off");
  home.start<Caller>();
  home.simulate_event(
      "call", {{"domain", "light"}, {"service", "turn_on"}, {"entity_id", "light.kichen_table"}});
  EXPECT_CALLED(home, light.turn_on);
  for (const std::string& line : home.tape(1000)) EXPECT_FALSE(line.contains("warning")) << line;
}

/// Keeps what came of each call.
class Attempts : public App<> {
 public:
  std::vector<std::string> said;

 protected:
  template <class F>
  Task<> attempt(F call) {
    try {
      co_await call();
      said.emplace_back("called");
    } catch (const Error& error) {
      said.emplace_back(error.what());
    }
  }
};

class OneText : public Attempts {
  Task<> on_initialize() override {
    co_await attempt([this]() -> Task<> { co_await api.call_service("light.turn_on", {}); });
    co_await attempt([this]() -> Task<> { co_await api.call_service("light/toggle", ""); });
    co_await attempt([this]() -> Task<> { co_await api.call_service("light", ""); });
    co_await attempt([this]() -> Task<> {
      co_await api.call_service("light", "turn_on", {.target = {.entity_id = "light.hall"}});
    });
  }
};

TEST(Calls, with_domain_and_service_in_one_text_are_refused_with_how_it_is_written) {
  AppHarness home;
  home.set_state("light.hall", "off");
  const auto& app = home.start<OneText>();
  constexpr std::string_view kTurnOn =
      "domain and service are two arguments: api.call_service(\"light\", \"turn_on\", …)";
  EXPECT_THAT(app.said, ElementsAre(AllOf(StartsWith("api.call_service(\"light.turn_on\", \"\") at "
                                                     "unknown_names_test.cpp:"),
                                          EndsWith(kTurnOn)),
                                    EndsWith("api.call_service(\"light\", \"toggle\", …)"),
                                    EndsWith(kTurnOn), "called"));
  EXPECT_EQ(home.calls().size(), 1u) << "what was refused here has not been sent";
}

class Braces : public Attempts {
  Task<> on_initialize() override { co_await bus.on("call", &Braces::on_call, {.name = "call"}); }
  Task<> on_call() {
    co_await attempt([this]() -> Task<> {
      co_await api.call_service("light", "turn_off", {{"entity_id", "light.kitchen_table"}});
    });
    co_await attempt([this]() -> Task<> {
      co_await api.call_service("light", "turn_on", {.data = {"x", 200}});
    });
    co_await attempt([this]() -> Task<> { co_await api.turn_on("light.kitchen_table", 200); });
    co_await attempt(
        [this]() -> Task<> { co_await api.turn_on("light.kitchen_table", {"brightness", 200}); });
    co_await attempt(
        [this]() -> Task<> { co_await api.turn_on("light.kitchen_table", {{"brightness", 200}}); });
    for (const char* id : {"all", "LIGHT.kitchen_table", "0123456789abcdef0123456789abcdef"}) {
      co_await attempt([this, id]() -> Task<> {
        co_await api.call_service("light", "turn_off", {.target = {.entity_id = id}});
      });
    }
  }
};

TEST(Calls, with_braces_in_the_wrong_places_are_refused_where_they_stand) {
  AppHarness home;
  home.set_state("light.kitchen_table", "off");
  auto& app = home.start<Braces>();
  home.simulate_event("call");
  ASSERT_EQ(app.said.size(), 8u);
  EXPECT_THAT(app.said[0], AllOf(HasSubstr("`entity_id` cannot be an entity id"),
                                 HasSubstr("unknown_names_test.cpp:"), HasSubstr(".target")));
  for (const std::size_t number : {1u, 2u, 3u}) {
    EXPECT_THAT(app.said[number],
                AllOf(HasSubstr("are no data of a call"), HasSubstr(R"({{"brightness", 200}})")));
  }
  for (const std::size_t number : {4u, 5u, 6u}) EXPECT_EQ(app.said[number], "called");
  EXPECT_THAT(app.said[7], HasSubstr("0123456789abcdef` cannot be an entity id"))
      << "Home Assistant refuses ids of the registry, too";
  EXPECT_EQ(home.calls().size(), 3u) << "what was refused here has not been sent";
}

}  // namespace
}  // namespace hassette
