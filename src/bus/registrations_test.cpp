// Every kind of registration for events that are no state changes, and why a listener did not run.
#include "bus/engine_events.hpp"
#include "bus/testing.hpp"

namespace hassette::bus {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Registering : public TheBus {
 public:
  auto note(std::string what) {
    return [this, what] { notes.push_back(what); };
  }
  void engine(Event event) {
    router.dispatch(std::move(event));
    loop.run_ready();
  }
};

Task<> register_lifecycle(Registering* test) {
  Bus& bus = test->bus;
  co_await bus.on_homeassistant_start(test->note("start"), {.name = "t"});
  co_await bus.on_homeassistant_stop(test->note("stop"), {.name = "t"});
  co_await bus.on_homeassistant_restart(test->note("restart"), {.name = "t"});
  co_await bus.on_component_loaded("zha*", test->note("zha"), {.name = "t"});
  co_await bus.on_component_loaded("", test->note("component"), {.name = "t"});
  co_await bus.on_service_registered("light", "", test->note("light service"), {.name = "t"});
}

TEST_F(Registering, hears_of_home_assistants_own_life) {
  run(register_lifecycle(this));
  event("homeassistant_start");
  event("homeassistant_started");
  event("homeassistant_stop");
  event("homeassistant_final_write");
  event("call_service", {{"domain", "homeassistant"}, {"service", "restart"}});
  event("call_service", {{"domain", "homeassistant"}, {"service", "turn_on"}});
  EXPECT_THAT(notes, ElementsAre("start", "stop", "restart"));
  notes.clear();
  event("component_loaded", {{"component", "zha.light"}});
  event("component_loaded", {{"component", "hue"}});
  event("service_registered", {{"domain", "light"}, {"service", "turn_on"}});
  event("service_registered", {{"domain", "fan"}, {"service", "turn_on"}});
  EXPECT_THAT(notes, ElementsAre("zha", "component", "component", "light service"));
}

Task<> register_engine(Registering* test) {
  Bus& bus = test->bus;
  co_await bus.on_connected(test->note("connected"), {.name = "t"});
  co_await bus.on_disconnected(
      [test](D::EventData data) { test->notes.push_back(data["reason"].as_string()); },
      {.name = "t"});
  co_await bus.on_app_state_changed(
      "*",
      [test](D::EventData data) {
        test->notes.push_back(data["app"].as_string() + " " + data["status"].as_string());
      },
      {.name = "t"});
  co_await bus.on_app_running("hall", test->note("hall runs"), {.name = "t"});
  co_await bus.on_app_stopping("", test->note("one stops"), {.name = "t"});
  co_await bus.on_service_state_changed("job_*", test->note("the ledger changes"), {.name = "t"});
}

TEST_F(Registering, hears_of_the_connection_and_of_apps_without_asking_home_assistant) {
  run(register_engine(this));
  EXPECT_THAT(source.wanted, IsEmpty());
  engine(connected_event(loop.wall(), true));
  engine(disconnected_event(loop.wall(), "closed by the peer"));
  EXPECT_THAT(notes, ElementsAre("connected", "closed by the peer"));
  notes.clear();
  const auto app = [&](std::string key, std::string status) {
    engine(app_state_event(loop.wall(), {.app = std::move(key),
                                         .instance = "1",
                                         .status = std::move(status),
                                         .previous = "starting",
                                         .error = ""}));
  };
  app("hall", "running");
  app("other", "running");
  app("other", "stopping");
  EXPECT_THAT(notes, ElementsAre("hall running", "hall runs", "other running", "other stopping",
                                 "one stops"));
  notes.clear();
  engine(service_state_event(loop.wall(), "job_ledger", "the disk is full"));
  engine(service_state_event(loop.wall(), "other", ""));
  engine(service_state_event(loop.wall(), "job_ledger", ""));
  EXPECT_THAT(notes, ElementsAre("the ledger changes", "the ledger changes"));
}

// --- Why not

std::vector<std::string> outcomes(const Subscription& of) {
  std::vector<std::string> texts;
  for (const Seen& seen : of.recent()) texts.push_back(seen.what + ": " + seen.outcome);
  return texts;
}

TEST_F(Registering, says_which_part_of_where_said_no_and_asks_each_once) {
  int asked = 0;
  const Subscription own =
      listen("light.*", &Lamp::on_change,
             {.name = "t", .where = P::state_to("on") && [&asked](const StateChange& change) {
                ++asked;
                return change.entity_id != "light.b";
              } && (P::domain_matches("light") || P::domain_matches("switch"))});
  for (const char* const id : {"light.a", "light.b"}) {
    change(id, "off");
    change(id, "on");
  }
  EXPECT_EQ(asked, 2);
  EXPECT_THAT(
      outcomes(own),
      ElementsAre("light.a: its .where says no (state to \"on\")", "light.a: ran",
                  "light.b: its .where says no (state to \"on\")",
                  HasSubstr("light.b: its .where says no (the function at registrations_test")));
}

TEST_F(Registering, says_of_the_last_events_why_they_did_not_run_the_handler) {
  const Subscription own =
      listen("light.*", &Lamp::on_change,
             {.name = "t",
              .changed_from = "off",
              .changed_to = "on",
              .where = [](const StateChange& change) { return change.entity_id != "light.b"; }});
  change("light.a", "off");
  change("light.a", "on");
  change("light.a", "on", R"({"x":1})");
  change("light.a", "off");
  change("light.a", "on");
  change("light.b", "off");
  change("light.b", "on");
  EXPECT_THAT(outcomes(own),
              ElementsAre(HasSubstr("light.a: its .changed_from says no (\"off\")"), "light.a: ran",
                          "light.a: the value did not change",
                          HasSubstr("light.a: its .changed_from says no"),
                          "light.a: suppressed: an earlier run was under way",
                          HasSubstr("light.b: its .changed_from says no"),
                          AllOf(HasSubstr("light.b: its .where says no (the function at "),
                                HasSubstr("registrations_test.cpp:"))));
  EXPECT_EQ(own.recent().back().time, loop.wall());
  for (int i = 0; i < 5; ++i) change("light.a", std::to_string(i));
  EXPECT_THAT(own.recent(), SizeIs(8)) << "the last ones";
}

TEST_F(Registering, says_what_is_held_back) {
  const Subscription held =
      listen("light.a", noting(), {.name = "held", .changed_to = "on", .duration = 5s});
  const Subscription quiet = listen("light.a", noting(), {.name = "quiet", .debounce = 1s});
  const Subscription slow = listen("light.a", noting(), {.name = "slow", .throttle = 1min});
  change("light.a", "on");
  change("light.a", "on", R"({"x":1})");
  change("light.a", "off");
  advance(1s);
  EXPECT_THAT(outcomes(held),
              ElementsAre("light.a: its .duration began", "light.a: its .duration goes on",
                          "light.a: its .duration was broken off"));
  EXPECT_THAT(outcomes(quiet), ElementsAre("light.a: debounced: waits for quiet",
                                           "light.a: the value did not change",
                                           "light.a: debounced: waits for quiet", "light.a: ran"));
  EXPECT_THAT(outcomes(slow), ElementsAre("light.a: ran", "light.a: the value did not change",
                                          "light.a: throttled"));
  EXPECT_THAT(Subscription().recent(), IsEmpty());
}

// --- Conditions on both values

TEST_F(Registering, asks_how_the_value_changed) {
  listen("sensor.t", noting("up"), {.name = "t", .changed = C::increased()});
  change("sensor.t", "20");
  change("sensor.t", "21");
  change("sensor.t", "19");
  change("sensor.t", "unavailable");
  change("sensor.t", "25");
  EXPECT_THAT(notes, ElementsAre("up sensor.t 21"));
}

}  // namespace
}  // namespace hassette::bus
