#include "bus/testing.hpp"

namespace hassette::bus {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// --- Refusals: one sentence each, before anything takes effect

TEST_F(TheBus, refuses_what_contradicts_itself) {
  const auto state = [this](EntityId id, StateChangeOptions options) {
    return refusal(state_task(std::move(id), [] {}, std::move(options)));
  };
  EXPECT_THAT(state("light.a", {.name = ""}), HasSubstr(".name is empty"));
  EXPECT_THAT(state("kitchen light", {.name = "t"}),
              HasSubstr("listener `t`: `kitchen light` cannot be an entity id"));
  EXPECT_THAT(state("", {.name = "t"}), HasSubstr("cannot be an entity id"));
  EXPECT_THAT(state("light.a", {.name = "t", .duration = 0s}), HasSubstr("longer than zero"));
  EXPECT_THAT(state("light.a", {.name = "t", .duration = -5s}), HasSubstr("longer than zero"));
  EXPECT_THAT(state("light.a", {.name = "t", .changed_from = "on", .changed = false}),
              HasSubstr("contradicts .changed_from"));
}

TEST_F(TheBus, refuses_options_that_contradict_each_other_and_names_both) {
  const auto state = [this](StateChangeOptions options) {
    options.name = "t";
    return refusal(state_task("light.a", [] {}, std::move(options)));
  };
  const auto both = [](const char* first, const char* second) {
    return AllOf(HasSubstr(first), HasSubstr("contradicts"), HasSubstr(second));
  };
  EXPECT_THAT(state({.name = "t", .debounce = 1s, .throttle = 1s}), both(".debounce", ".throttle"));
  EXPECT_THAT(state({.name = "t", .duration = 1s, .debounce = 1s}), both(".duration", ".debounce"));
  EXPECT_THAT(state({.name = "t", .duration = 1s, .throttle = 1s}), both(".duration", ".throttle"));
  EXPECT_THAT(state({.name = "t", .changed_from = "on", .immediate = true}),
              both(".immediate", ".changed_from"));
  EXPECT_THAT(state({.name = "t", .changed = C::increased(), .immediate = true}),
              both(".immediate", ".changed"));
  EXPECT_THAT(
      refusal(state_task("light.a", [](D::StateOld<>) {}, {.name = "t", .immediate = true})),
      both(".immediate", "D::StateOld<>"));
  EXPECT_EQ(refusal(state_task("light.a", [](D::MaybeStateOld<>) {},
                               {.name = "t", .once = true, .immediate = true})),
            "not refused");
  router.remove_all(owner, CancelReason::kRequested);
  EXPECT_THAT(refusal(event_task("x", [] {}, {.name = "t", .debounce = 1s, .throttle = 1s})),
              both(".debounce", ".throttle"));
}

TEST_F(TheBus, refuses_lengths_and_limits_that_cannot_be_meant) {
  const auto state = [this](StateChangeOptions options) {
    return refusal(state_task("light.a", [] {}, std::move(options)));
  };
  EXPECT_THAT(state({.name = "t", .debounce = 0s}),
              HasSubstr(".debounce must be longer than zero"));
  EXPECT_THAT(state({.name = "t", .throttle = -1s}), HasSubstr(".throttle must be longer"));
  EXPECT_THAT(state({.name = "t", .timeout = 0s}), HasSubstr("kNoTimeout"));
  EXPECT_THAT(state({.name = "t", .duration = std::chrono::years(1000)}),
              HasSubstr(".duration is longer than ten years"))
      << "and does not wrap around to something short";
  EXPECT_THAT(state({.name = "t", .mode = queued(0)}), HasSubstr(".mode has a limit of 0"));
  EXPECT_THAT(state({.name = "t", .mode = parallel(5000)}), HasSubstr("1 to 1000"));
}

TEST_F(TheBus, refuses_to_listen_to_nothing_and_to_registries_that_are_not_there) {
  EXPECT_THAT(refusal(state_task(std::vector<EntityId>(), [] {}, {.name = "t"})),
              HasSubstr("it listens to nothing"));
  EXPECT_THAT(refusal(state_task(Target{}, [] {}, {.name = "t"})), HasSubstr("listens to nothing"));
  EXPECT_THAT(refusal(state_task(Target{.area_id = "kitchen"}, [] {}, {.name = "t"})),
              HasSubstr("areas, floors, devices and labels are not known here"));
  EXPECT_THAT(refusal(state_task({"light.a", "no entity"}, [] {}, {.name = "t"})),
              HasSubstr("`no entity` cannot be an entity id"));
}

TEST_F(TheBus, keeps_the_engines_own_events_for_the_engine) {
  EXPECT_THROW(run(emit("hassette.connected", {})), Error);
  EXPECT_THROW(run(emit("state_changed", {})), Error);
}

TEST_F(TheBus, refuses_a_handler_for_another_domain) {
  const auto light = [](D::StateNew<states::Light>) {};
  EXPECT_THAT(refusal(state_task("sensor.t", light, {.name = "t"})),
              HasSubstr("its handler asks for a state of `light`, but it listens to sensor.t"));
  EXPECT_THAT(refusal(state_task("sensor.*", light, {.name = "t"})), HasSubstr("sensor.*"));
  EXPECT_EQ(refusal(state_task("light.*", light, {.name = "t", .once = true})), "not refused");
}

TEST_F(TheBus, refuses_attributes_events_and_services_that_cannot_be_meant) {
  EXPECT_THAT(refusal(attribute_task("light.a", "", [] {}, {.name = "t"})),
              HasSubstr("for the state itself use bus.on_state_change"));
  EXPECT_THAT(refusal(event_task("", [] {}, {.name = "t"})), HasSubstr("name one event type"));
  EXPECT_THAT(refusal(event_task("*", [] {}, {.name = "t"})), HasSubstr("name one event type"));
  EXPECT_THAT(refusal(event_task("state_changed", [] {}, {.name = "t"})),
              HasSubstr("bus.on_state_change"));
  EXPECT_THAT(refusal(event_task("x", [] {}, {.name = ""})), HasSubstr(".name is empty"));
  EXPECT_THAT(refusal(call_task("light.turn_on", "", [] {}, {.name = "t"})),
              HasSubstr("write domain and service apart"));
}

TEST_F(TheBus, says_at_which_line_what_it_refuses_would_be_registered) {
  const auto at_a_line = testing::ContainsRegex(R"( \[[a-z_]+\.(cpp|hpp):[0-9]+\]$)");
  const auto light = [](D::StateNew<states::Light>) {};
  EXPECT_THAT(refusal(state_task("Light.Bed Light", [] {}, {.name = "t"})), at_a_line);
  EXPECT_THAT(refusal(state_task("light.a", [] {}, {.name = "t", .duration = 0s})), at_a_line);
  EXPECT_THAT(refusal(state_task("light.a", [] {}, {.name = "t", .duration = 24h * 9999})),
              at_a_line);
  EXPECT_THAT(refusal(state_task("sensor.t", light, {.name = "t"})), at_a_line);
  EXPECT_THAT(
      refusal(state_task("light.a", [](D::StateOld<>) {}, {.name = "t", .immediate = true})),
      at_a_line);
  EXPECT_THAT(refusal(event_task("*", [] {}, {.name = "t"})), at_a_line);
  EXPECT_THAT(refusal(call_task("light.turn_on", "", [] {}, {.name = "t"})), at_a_line);
}

TEST_F(TheBus, says_at_which_line_a_wait_is_refused) {
  unsigned line = 0;
  const auto ask = [](TheBus* test, unsigned* where) -> Task<Subscription> {
    *where = __LINE__ + 1;
    co_await test->bus.next("no entity");
    co_return Subscription();
  };
  const std::string said = refusal(ask(this, &line));
  EXPECT_THAT(said, HasSubstr(" [refusal_test.cpp:" + std::to_string(line) + "]"));
}

TEST_F(TheBus, refuses_members_of_another_app) {
  EXPECT_THAT(refusal(state_task("light.a", &OtherApp::handler, {.name = "t"})),
              HasSubstr("a member handler belongs to the app that registers it"));
}

TEST_F(TheBus, refuses_to_be_used_outside_the_loop) {
  std::vector<Task<Subscription>> none;
  EXPECT_THROW(none.push_back(bus.on_state_change("light.a", [] {}, {.name = "t"})), LogicError);
}

TEST_F(TheBus, refuses_listeners_of_an_app_that_has_stopped) {
  async::Bucket stopped(loop, {});
  run(stopped.close(CancelReason::kOwnerStopped));
  owner.bucket = &stopped;
  EXPECT_THAT(refusal(state_task("light.a", [] {}, {.name = "t"})),
              HasSubstr("its app has stopped"));
  EXPECT_EQ(router.count(owner), 0u);
  owner.bucket = &bucket;
}

TEST_F(TheBus, takes_effect_only_when_it_is_awaited) {
  const async::UnawaitedReports reports;
  unsigned line = 0;
  const auto forgetful = [](TheBus* test, unsigned* where) -> Task<> {
    std::vector<Task<Subscription>> kept;
    *where = __LINE__ + 1;
    kept.push_back(test->bus.on_state_change("light.a", test->noting(), {.name = "t"}));
    EXPECT_EQ(test->router.count(test->owner), 0u);
    co_return;
  };
  run(forgetful(this, &line));
  EXPECT_EQ(router.count(owner), 0u);
  EXPECT_THAT(observer.sources, IsEmpty());
  ASSERT_THAT(reports.all(), SizeIs(1));
  EXPECT_EQ(reports.all()[0].line, line);
}

}  // namespace
}  // namespace hassette::bus
