// The contract: what is lost when the connection or the home goes, and what is not. These take the
// longest and leave a home that has been restarted, so their name puts them last.
#include "visit.hpp"

namespace hassette::contract {
namespace {

using Outages = Contract;
FOR_EACH_HOME(Outages);

/// The changes of a recording that came as recovered ones, by entity.
std::map<std::string, const StateChange*> recovered(const Changes& changes) {
  std::map<std::string, const StateChange*> found;
  for (const StateChange& change : changes) {
    if (change.recovered) found.emplace(change.entity_id.str(), &change);
  }
  return found;
}

std::string shown(const State& state) {
  return std::string(state.text()) + ' ' + state.attributes().dump();
}

bool same_value(const StateChange& change) {
  return change.old_state && change.new_state && change.old_state->same_value(*change.new_state);
}

CONTRACT(Outages, of_the_line_bring_what_changed_meanwhile) {
  Guest& app = test->app();
  co_await app.api.turn_off("light.bed_light");
  co_await app.api.turn_off("input_boolean.motion");
  co_await app.api.turn_off("input_boolean.away");
  const TimePoint away_since = app.states.get("input_boolean.away")->last_changed();
  EXPECT_EQ(co_await test->rest("POST", "/api/states/sensor.gone", {{"state", "1"}}), 201);
  co_await until([&] { return test->visit().text("sensor.gone") == "1"; });
  const auto seen = std::make_shared<Changes>();
  co_await app.record("*", seen);

  test->relay->cut();
  co_await until([&] { return test->visit().link().state == ha::LinkState::kLost; });
  const std::string refused =
      co_await ha::expect_error<ConnectionLostError>(app.api.turn_on("light.bed_light"));
  EXPECT_THAT(refused, ::testing::HasSubstr("not connected"));
  const int ticks = app.ticks();
  EXPECT_EQ(co_await test->rest("POST", "/api/services/light/turn_on",
                                {{"entity_id", "light.bed_light"}}),
            200);
  for (const char* service : {"turn_on", "turn_off"}) {
    EXPECT_EQ(co_await test->rest("POST", fmt::format("/api/services/input_boolean/{}", service),
                                  {{"entity_id", "input_boolean.away"}}),
              200);
  }
  EXPECT_EQ(co_await test->rest("DELETE", "/api/states/sensor.gone", nullptr), 200);
  EXPECT_EQ(co_await test->rest("POST", "/api/states/sensor.fresh", {{"state", "2"}}), 201);
  co_await until([&] { return app.ticks() > ticks + 3; });
  EXPECT_EQ(test->visit().text("light.bed_light"), "off");
  seen->clear();

  test->relay->restore();
  co_await until([&] { return test->visit().link().state == ha::LinkState::kConnected; });
  EXPECT_EQ(test->visit().text("light.bed_light"), "on");
  EXPECT_EQ(test->visit().text("sensor.gone"), "1") << "it may still come";
  co_await until([&] { return test->visit().text("sensor.gone") == "(none)"; });
  const auto changes = recovered(*seen);
  for (const char* entity : {"light.bed_light", "sensor.gone", "sensor.fresh"}) {
    EXPECT_TRUE(changes.contains(entity)) << entity;
  }
  EXPECT_FALSE(changes.contains("input_boolean.motion"));
  EXPECT_FALSE(changes.contains("input_boolean.away")) << "it is as it was";
  EXPECT_GT(app.states.get("input_boolean.away")->last_changed(), away_since);
  for (const auto& [entity, change] : changes) EXPECT_FALSE(same_value(*change)) << entity;
  EXPECT_EQ(test->tap->count("lost Home Assistant"), 1);
  EXPECT_EQ(test->tap->count("Home Assistant is back after"), 1);
  co_await test->rest("DELETE", "/api/states/sensor.fresh", nullptr);
}

/// The home goes and comes again, in order or not: apps keep their timers and memory, and hear of
/// what is different afterwards and of nothing else.
Task<> live_through(Outages* test, void (Home::*how)()) {
  Guest& app = test->app();
  co_await app.api.turn_on("light.bed_light", {{"brightness", 77}});
  co_await test->rest("POST", "/api/states/sensor.passing", {{"state", "1"}});
  co_await until([&] { return test->visit().text("sensor.passing") == "1"; });
  const auto seen = std::make_shared<Changes>();
  co_await app.record("*", seen);
  const auto pongs = std::make_shared<int>(0);
  co_await app.bus.on("test_pong", [pongs] { ++*pongs; }, {.name = "pong"});
  const auto before = test->visit().everything();
  const int ticks = app.ticks();

  (test->home().*how)();
  co_await until([&] { return test->visit().link().state == ha::LinkState::kLost; });
  EXPECT_EQ(test->visit().entities(), before.size()) << "the last known states stay";
  seen->clear();
  co_await until([&] { return test->visit().link().state == ha::LinkState::kConnected; },
                 std::chrono::seconds(120));
  // The sensor that nobody brings back goes when the grace period is over, and nothing else with
  // it.
  co_await until([&] { return test->visit().text("sensor.passing") == "(none)"; });

  const auto after = test->visit().everything();
  for (const auto& [entity, value] : before) {
    EXPECT_TRUE(after.contains(entity) || entity == "sensor.passing") << entity << " was lost";
  }
  EXPECT_GT(app.ticks(), ticks + 10) << "timers go on, in the same object";
  const auto changes = recovered(*seen);
  EXPECT_TRUE(changes.contains("sensor.passing"));
  for (const auto& [entity, change] : changes) {
    EXPECT_FALSE(same_value(*change)) << entity << " was only announced again";
    if (before.contains(entity)) {
      EXPECT_EQ(before.at(entity), change->old_state ? shown(*change->old_state) : "(none)");
    }
  }
  std::set<std::string> heard;
  for (const StateChange& change : *seen) heard.insert(change.entity_id.str());
  for (const auto& [entity, value] : after) {
    const bool differs = !before.contains(entity) || before.at(entity) != value;
    EXPECT_TRUE(!differs || heard.contains(entity)) << entity << " changed, and nobody was told";
  }
  EXPECT_EQ(test->tap->count("lost Home Assistant"), 1);
  EXPECT_EQ(test->tap->count("Home Assistant is back after"), 1);

  // Commands and subscriptions work as before.
  co_await app.api.turn_off("light.bed_light");
  EXPECT_EQ(test->visit().text("light.bed_light"), "off");
  co_await app.api.fire_event("test_ping", {{"n", 1}});
  co_await until([&] { return *pongs > 0; });
}

CONTRACT(Outages, of_a_home_that_is_stopped_and_started_are_lived_through) {
  co_await live_through(test, &Home::restart);
}

CONTRACT(Outages, of_a_home_that_is_killed_are_lived_through) {
  co_await live_through(test, &Home::kill);
}

}  // namespace
}  // namespace hassette::contract
