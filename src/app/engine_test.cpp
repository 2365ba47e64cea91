// The engine between a Home Assistant and apps: what reaches handlers, above all after an outage.
#include "app/engine.hpp"

#include "app/instance_testing.hpp"
#include "run/disk_testing.hpp"

namespace hassette::app {
namespace {

using ha::change_of;
using ha::state_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// Writes down every change and event that its handlers get, and counts on through outages.
class Witness : public App<SharedConfig> {
 public:
  Task<> on_initialize() override {
    co_await bus.on_state_change("*", &Witness::on_change,
                                 {.name = "all", .changed = false, .mode = Mode::kParallel});
    co_await bus.on("doorbell", &Witness::on_doorbell, {.name = "doorbell"});
    co_await scheduler.run_every(2ms, &Witness::on_tick, {.name = "tick"});
  }

 private:
  void on_change(StateChange change) { app_config.shared->lines.push_back(bus::describe(change)); }
  void on_doorbell(D::EventData data) {
    app_config.shared->lines.push_back("doorbell " + data.dump());
  }
  void on_tick() { ++ticks_; }
  int ticks_ = 0;
};

class TheEngine : public ha::HaTest {
 public:
  void SetUp() override {
    HaTest::SetUp();
    home.states = Json::array({state_of("light.a", "on"), state_of("light.b", "off"),
                               state_of("sensor.c", "21", {{"unit", "°C"}})});
  }
  void TearDown() override {
    if (instance) run(instance->stop(CancelReason::kShutdown));
    HaTest::TearDown();
    instance.reset();
    engine.reset();
  }
  void make(std::optional<time::Zone> zone = {}, std::chrono::nanoseconds grace = 30ms,
            std::chrono::nanoseconds registries_limit = kRegistriesLimit) {
    engine = std::make_unique<Engine>(
        loop, pool, ha::over_websocket(loop, options()), observed, observed,
        EngineOptions{.zone = zone, .missing_grace = grace, .registries_limit = registries_limit});
    background.spawn(label, engine->run());
    run(engine->ready());
  }
  void make_with_witness(std::chrono::nanoseconds grace = 30ms) {
    make({}, grace);
    instance.emplace(engine->services(), "witness", "witness");
    run(start<Witness>(*instance, shared));
  }
  void lose() {
    home.server.drop_all();
    run_until([&] { return engine->link().state == ha::LinkState::kLost; });
  }
  void return_home() {
    run_until([&] { return engine->link().state == ha::LinkState::kConnected; });
    settle();
  }
  std::string text(const char* id) const {
    const state::Entity* entity = engine->services().cache.find(id);
    return entity && entity->state ? std::string(entity->state->text()) : "(none)";
  }

  std::shared_ptr<Shared> shared = std::make_shared<Shared>();
  async::Pool pool{1};
  Observed observed;
  std::unique_ptr<Engine> engine;
  std::optional<Instance> instance;
};

TEST_F(TheEngine, is_ready_with_the_first_snapshot_which_is_no_change) {
  make();
  EXPECT_EQ(engine->entities(), 3u);
  EXPECT_EQ(text("light.a"), "on");
  EXPECT_THAT(observed.changes, IsEmpty());
}

TEST_F(TheEngine, brings_changes_and_events_to_handlers) {
  make_with_witness();
  home.send(change_of("light.a", state_of("light.a", "off")));
  home.send(ha::event_of("doorbell", {{"n", 1}}));
  home.send(change_of("light.new", state_of("light.new", "on")));
  home.send(change_of("light.b", nullptr));
  run_until([&] { return shared->lines.size() == 4; });
  EXPECT_THAT(shared->lines, ElementsAre("light.a: on → off", R"(doorbell {"n":1})",
                                         "light.new: (none) → on", "light.b: off → (none)"));
  EXPECT_EQ(engine->entities(), 3u);
}

TEST_F(TheEngine, has_the_new_state_right_after_the_call_that_caused_it) {
  make();
  home.answer = [](const Json& command) {
    return Json::array({change_of("light.b", state_of("light.b", "on")),
                        ha::result_of(command, {{"context", {{"id", "c"}}}})});
  };
  run([](TheEngine* test) -> Task<> {
    Api api(test->engine->services().home);
    co_await api.turn_on("light.b", {{"brightness", 120}});
    EXPECT_EQ(test->text("light.b"), "on");
  }(this));
  EXPECT_EQ(home.last("call_service")["service_data"]["brightness"], Json(120));
}

TEST_F(TheEngine, tells_what_changed_during_an_outage_and_nothing_else) {
  make_with_witness();
  home.server.set_accepting(false);
  lose();
  EXPECT_EQ(text("light.a"), "on") << "the last known value stays";
  home.states =
      Json::array({state_of("light.a", "off"), state_of("light.b", "off"),
                   state_of("sensor.c", "21", {{"unit", "K"}}), state_of("light.d", "on")});
  home.server.set_accepting(true);
  return_home();
  EXPECT_THAT(shared->lines,
              UnorderedElementsAre("light.a: on → off, recovered", "sensor.c: 21 → 21, recovered",
                                   "light.d: (none) → on, recovered"));
  EXPECT_EQ(tap->count("3 entities have changed meanwhile: light.a, sensor.c, light.d"), 1);
}

TEST_F(TheEngine, takes_no_note_of_entities_that_are_only_announced_again) {
  make_with_witness();
  home.phase = "NOT_RUNNING";
  const Json states = std::exchange(home.states, Json::array());
  lose();
  run_until([&] { return engine->link().state == ha::LinkState::kStarting; });
  for (const Json& state : states.as_array()) {
    home.send(change_of(state["entity_id"].as_string(), state));
  }
  home.send(change_of("light.a", state_of("light.a", "unavailable", {{"restored", true}})));
  settle();
  home.states = states;
  home.phase = "RUNNING";
  home.send(ha::event_of("core_config_updated", Json::object()));
  return_home();
  run([]() -> Task<> { co_await sleep(60ms); }());
  EXPECT_THAT(shared->lines, IsEmpty());
  EXPECT_EQ(engine->entities(), 3u);
}

TEST_F(TheEngine, removes_what_is_missing_when_the_grace_period_is_over) {
  make_with_witness(300ms);
  home.states =
      Json::array({state_of("light.a", "on"), state_of("sensor.c", "21", {{"unit", "°C"}})});
  lose();
  return_home();
  EXPECT_EQ(text("light.b"), "off");
  EXPECT_THAT(shared->lines, IsEmpty());
  run_until([&] { return !shared->lines.empty(); });
  EXPECT_THAT(shared->lines, ElementsAre("light.b: off → (none), recovered"));
  EXPECT_EQ(text("light.b"), "(none)");
  EXPECT_EQ(engine->entities(), 2u);
  EXPECT_EQ(tap->count("1 entity has not come back with Home Assistant: light.b"), 1);
}

TEST_F(TheEngine, removes_nothing_that_comes_late) {
  make_with_witness(200ms);
  home.states =
      Json::array({state_of("light.a", "on"), state_of("sensor.c", "21", {{"unit", "°C"}})});
  lose();
  return_home();
  home.send(change_of("light.b", state_of("light.b", "off")));
  run_until([&] { return !shared->lines.empty(); });
  run([]() -> Task<> { co_await sleep(300ms); }());
  EXPECT_THAT(shared->lines, ElementsAre("light.b: off → off"));
}

TEST_F(TheEngine, removes_nothing_when_the_link_is_lost_again_in_the_meantime) {
  make_with_witness(300ms);
  const Json states = std::exchange(home.states, Json::array());
  lose();
  return_home();
  home.server.set_accepting(false);
  lose();
  run([]() -> Task<> { co_await sleep(400ms); }());
  EXPECT_EQ(engine->entities(), 3u);
  home.states = states;
  home.server.set_accepting(true);
  return_home();
  run([]() -> Task<> { co_await sleep(400ms); }());
  EXPECT_THAT(shared->lines, IsEmpty());
  EXPECT_EQ(engine->entities(), 3u);
}

/// Listens to two areas.
class AreaWatcher : public App<SharedConfig> {
 public:
  Task<> on_initialize() override {
    co_await bus.on_state_change(Target{.area_id = "kitchen"}, [] {}, {.name = "kitchen"});
    co_await bus.on_state_change(Target{.area_id = "kitchn"}, [] {}, {.name = "mistyped"});
  }
};

TEST_F(TheEngine, judges_targets_only_when_the_registries_have_come) {
  home.silent = {"config/entity_registry/list"};
  home.answer = [](const Json& command) {
    if (command["type"] == Json("config/entity_registry/list")) {
      return ha::result_of(command,
                           Json::array({Json{{"entity_id", "light.a"}, {"area_id", "kitchen"}}}));
    }
    return ha::result_of(command, Json::array());
  };
  make({}, 30ms, 5ms);
  instance.emplace(engine->services(), "areas", "areas");
  run(start<AreaWatcher>(*instance, shared));
  settle();
  EXPECT_EQ(tap->count("which has no entities"), 0);
  home.silent.clear();
  lose();
  run_until([&] { return tap->count("which has no entities") > 0; });
  EXPECT_EQ(tap->count("listens to area kitchn, which has no entities"), 1);
  EXPECT_EQ(tap->count("listens to area kitchen, which has no entities"), 0);
}

TEST_F(TheEngine, follows_the_zone_of_the_home_unless_one_is_set) {
  home.time_zone = "Asia/Tokyo";
  make();
  EXPECT_EQ(engine->services().timetable.zone().name(), "Asia/Tokyo");
}

TEST_F(TheEngine, follows_the_zone_that_is_set) {
  home.time_zone = "Asia/Tokyo";
  make(time::Zone::find("Europe/Berlin").value());
  EXPECT_EQ(engine->services().timetable.zone().name(), "Europe/Berlin");
}

TEST_F(TheEngine, says_that_a_zone_is_unusable) {
  home.time_zone = "Middle/Earth";
  make();
  EXPECT_EQ(tap->count("time zone is unusable"), 1);
}

/// Waits for an hour in two ways that outlive the engine.
class Patient : public App<SharedConfig> {
 public:
  Task<> on_initialize() override {
    co_await bus.on_state_change(
        "cover.garage", [] {},
        {.name = "left open", .changed_to = "open", .duration = 1h, .durable = true});
    co_await scheduler.run_in(1h, [] {}, {.name = "later", .durable = true});
  }
};

class AClockThatIsSet : public AnInstance {};

TEST_F(AClockThatIsSet, moves_what_durable_holds_and_delays_have_planned) {
  run::Disk disk;
  run::DiskLedger ledger(disk, true);
  Engine its(loop, pool, ha::over_websocket(loop, {}), observed, observed, {.ledger = &ledger});
  Instance instance(its.services(), "patient", "patient");
  EXPECT_EQ(run(start<Patient>(instance, shared)), "");
  its.services().router.dispatch(its.services().cache.apply({.entity_id = "cover.garage",
                                                             .state = "open",
                                                             .attributes = "{}",
                                                             .context = R"("c")",
                                                             .last_changed = loop.wall(),
                                                             .last_updated = loop.wall()},
                                                            loop.wall(), {}));
  for (const auto step : {0h, 3h, -5h}) {
    clock.step_wall(step);
    its.clock_was_set();
    ASSERT_THAT(disk.written, ::testing::SizeIs(2));
    for (const auto& [key, entry] : disk.written) EXPECT_EQ(entry.planned, loop.wall() + 1h);
  }
  EXPECT_EQ(run(instance.stop(CancelReason::kShutdown)), "");
}

}  // namespace
}  // namespace hassette::app
