#include <hassette/bus.hpp>

#include <fmt/format.h>

#include "bus/testing.hpp"

namespace hassette::bus {
namespace {

using async::Notes;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

Notes* free_notes = nullptr;
void free_function(const StateChange& change) {
  free_notes->push_back("free " + change.entity_id.str());
}
Task<> free_coroutine(EntityId id) {
  free_notes->push_back("free coroutine " + id.str());
  co_return;
}

// --- Handlers of every form

TEST_F(TheBus, runs_members_lambdas_and_free_functions) {
  free_notes = &notes;
  listen("light.a", &Lamp::on_change);
  listen("light.a", &Lamp::on_plain);
  listen("light.a", &Lamp::on_const);
  listen("light.a", noting());
  listen("light.a", [this]() -> Task<> {
    co_await sleep(1s);
    notes.push_back("lambda coroutine");
  });
  listen("light.a", free_function);
  listen("light.a", &free_coroutine);
  change("light.a", "on");
  EXPECT_THAT(notes, ElementsAre("member on", "plain light.a", "const", "ran light.a on",
                                 "free light.a", "free coroutine light.a"));
  advance(1s);
  EXPECT_THAT(notes, SizeIs(8));
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_F(TheBus, keeps_a_capturing_coroutine_and_its_event_alive) {
  {
    const std::string captured = "a text that is too long to be kept inside the object itself";
    listen("light.a",
           [this, captured](const StateChange& change) -> Task<> {
             co_await sleep(1h);
             notes.push_back(captured + " " + change.entity_id.str());
           },
           {.name = "test", .once = true, .timeout = kNoTimeout});
  }
  change("light.a", "on");
  change("light.a", "off");
  router.remove_all(owner, CancelReason::kOwnerStopped);
  advance(2h);
  EXPECT_THAT(notes, ElementsAre(StartsWith("a text that")));
  EXPECT_THAT(observer.sources, IsEmpty()) << "the registration went with its last run";
}

TEST_F(TheBus, hands_over_whatever_a_handler_asks_for) {
  listen("light.a",
         [this](D::StateNew<states::Light> now, D::StateOld<states::Light> before,
                D::MaybeStateNew<> maybe_now, D::MaybeStateOld<> maybe_before, EntityId id,
                D::Domain domain, D::EventContext context, StateChange change) {
           notes.push_back(fmt::format("{} {} {} {} {} {} {} {}", *now.brightness(), before.text(),
                                       maybe_now->text(), maybe_before->text(), id.str(), domain,
                                       context.id, change.entity_id.str()));
         });
  change("light.a", "off");
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("light.a has just appeared and has no old state; ask "
                                              "for D::MaybeStateOld<>")));
  change("light.a", "on", R"({"brightness":7})");
  EXPECT_THAT(notes, ElementsAre("7 off on off light.a light 01CTX light.a"));
}

TEST_F(TheBus, says_what_to_ask_for_when_a_state_is_not_there) {
  listen("light.a", [this](D::StateNew<> now) { notes.push_back(std::string(now.text())); });
  listen("light.a", [this](D::MaybeStateNew<> now) { notes.push_back(now ? "there" : "gone"); });
  change("light.a", "on");
  remove("light.a");
  EXPECT_THAT(notes, ElementsAre("on", "there", "gone"));
  EXPECT_THAT(logged(), ElementsAre(AllOf(HasSubstr("light.a was removed and has no new state"),
                                          HasSubstr("light.a: on → (none)"))));
  EXPECT_EQ(observer.last.outcome, run::Outcome::kSuccess);
}

TEST_F(TheBus, does_not_give_a_view_of_another_domain) {
  listen("*",
         [this](D::StateNew<states::Light> light) { notes.push_back(light.entity_id().str()); });
  listen("*", [this](D::MaybeStateNew<states::Light>) { notes.push_back("maybe"); },
         {.name = "maybe"});
  change("sensor.t", "21");
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_THAT(logged(),
              ElementsAre(HasSubstr("asks for a state of `light`, but the entity is sensor.t"),
                          HasSubstr("sensor.t")));
}

TEST_F(TheBus, hands_over_the_parts_of_other_events) {
  listen_event("my_event", [this](D::EventData data, D::EventContext context, const Event& event) {
    notes.push_back(data["x"].dump() + " " + context.id + " " + event.type);
  });
  listen_call("light", "turn_on", [this](D::Domain domain, D::EventData data) {
    notes.push_back(domain + " " + data["service"].as_string());
  });
  event("my_event", {{"x", 1}});
  event("call_service", {{"domain", "light"}, {"service", "turn_on"}});
  EXPECT_THAT(notes, ElementsAre("1 01EV my_event", "light turn_on"));
}

// --- Routing

TEST_F(TheBus, brings_changes_to_ids_and_patterns_and_to_nobody_else) {
  listen("light.a", noting("id"));
  listen("light.*", noting("pattern"));
  listen("*", noting("all"));
  listen("sensor.[ab]", noting("set"));
  change("light.a", "on");
  change("sensor.b", "1");
  change("sensor.c", "1");
  EXPECT_THAT(notes, ElementsAre("id light.a on", "pattern light.a on", "all light.a on",
                                 "all sensor.b 1", "set sensor.b 1", "all sensor.c 1"));
}

TEST_F(TheBus, finds_entities_that_come_after_the_pattern_and_patterns_after_the_entity) {
  listen("light.*", noting("early"));
  change("light.a", "on");
  change("switch.x", "on");
  listen("light.*", noting("late"));
  change("light.a", "off");
  change("light.b", "on");
  EXPECT_THAT(notes, ElementsAre("early light.a on", "early light.a off", "late light.a off",
                                 "early light.b on", "late light.b on"));
}

TEST_F(TheBus, waits_for_an_entity_that_the_home_does_not_have_yet) {
  listen("light.future", noting());
  EXPECT_THAT(states.all(), IsEmpty());
  change("light.future", "on");
  EXPECT_THAT(notes, ElementsAre("ran light.future on"));
}

TEST_F(TheBus, says_nothing_of_the_removal_of_what_was_not_there) {
  listen("*", noting());
  remove("light.never");
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(TheBus, ends_with_the_app) {
  OtherApp other_app;
  Owner other{.app = "other", .self = &other_app, .bucket = &bucket, .router = &router};
  listen("light.a", noting());
  listen("light.*", noting());
  listen_event("my_event", [] {});
  const auto others = [](Owner* who) -> Task<> {
    Bus theirs(*who);
    co_await theirs.on_state_change("light.a", [] {}, {.name = "theirs"});
  };
  run(others(&other));
  EXPECT_EQ(router.count(owner), 3u);
  EXPECT_EQ(router.count(other), 1u);
  router.remove_all(owner, CancelReason::kOwnerStopped);
  EXPECT_EQ(router.count(owner), 0u);
  EXPECT_EQ(router.count(other), 1u);
  change("light.a", "on");
  EXPECT_THAT(notes, IsEmpty());
  router.remove_all(other, CancelReason::kOwnerStopped);
  EXPECT_THAT(observer.sources, IsEmpty());
}

TEST_F(TheBus, tells_the_observer_what_a_registration_waits_for) {
  listen("light.a", noting(),
         {.name = "evening", .changed_from = "off", .changed_to = "on", .duration = 5min});
  listen_attribute("light.a", "brightness", noting(), {.name = "bright", .changed_to = 3});
  listen_call("light", "", [] {}, {.name = "calls"});
  Notes triggers;
  for (const auto& [number, of] : observer.sources) {
    triggers.push_back(of.app + " " + of.name + ": " + of.trigger);
    EXPECT_THAT(of.where.file_name(), HasSubstr("bus/testing.hpp"));
  }
  EXPECT_THAT(triggers,
              ElementsAre("lamp evening: light.a from \"off\" → \"on\" for 5 min",
                          "lamp bright: light.a [brightness] → 3", "lamp calls: call of light.*"));
}

}  // namespace
}  // namespace hassette::bus
