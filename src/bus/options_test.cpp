// Priorities, names that are taken, time limits, error handlers, and what holds events back.
#include <fmt/format.h>

#include "bus/testing.hpp"
#include "run/error_tasks.hpp"

namespace hassette::bus {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// --- Order

TEST_F(TheBus, tells_the_higher_priority_first_and_equals_in_the_order_of_registration) {
  listen("light.a", noting("second"));
  listen("light.*", noting("third"));
  listen("light.a", noting("last"), {.name = "t", .priority = -1});
  listen("light.*", noting("first"), {.name = "t", .priority = 10});
  listen_event("x", [this] { notes.push_back("low"); });
  listen_event("x", [this] { notes.push_back("high"); }, {.name = "t", .priority = 1});
  change("light.a", "on");
  event("x");
  EXPECT_THAT(notes, ElementsAre("first light.a on", "second light.a on", "third light.a on",
                                 "last light.a on", "high", "low"));
}

TEST_F(TheBus, keeps_the_order_of_each_entity_whatever_the_handlers_do) {
  listen("sensor.*",
         [this](StateChange change) -> Task<> {
           // The earlier, the longer it takes.
           co_await sleep(std::chrono::seconds(10 - std::stoi(std::string(change.new_text()))));
           notes.push_back(change.entity_id.str() + " " + std::string(change.new_text()));
         },
         {.name = "t", .mode = Mode::kQueued});
  for (int i = 0; i < 4; ++i) {
    dispatch("sensor.a", std::to_string(i));
    dispatch("sensor.b", std::to_string(i + 4));
  }
  advance(1min);
  EXPECT_THAT(notes, ElementsAre("sensor.b 4", "sensor.a 0", "sensor.b 5", "sensor.b 6",
                                 "sensor.b 7", "sensor.a 1", "sensor.a 2", "sensor.a 3"))
      << "one after the other for each, and neither waits for the other";
}

TEST_F(TheBus, tells_nobody_twice_who_asks_in_two_ways) {
  listen({"light.a", "light.*", "light.a"}, noting());
  change("light.a", "on");
  change("light.new", "on");
  EXPECT_THAT(notes, ElementsAre("ran light.a on", "ran light.new on"));
}

TEST_F(TheBus, lets_a_handler_register_for_the_event_that_it_handles) {
  listen("light.a", [this]() -> Task<> {
    co_await bus.on_state_change("light.a", noting("inner"), {.name = "inner", .once = true});
    co_await bus.on_state_change("light.*", noting("glob"), {.name = "glob", .once = true});
  });
  change("light.a", "on");
  EXPECT_THAT(notes, IsEmpty()) << "they have their first event after this one";
  EXPECT_THAT(logged(), IsEmpty());
  change("light.a", "off");
  EXPECT_THAT(notes, ElementsAre("inner light.a off", "glob light.a off"));
}

// --- Names

TEST_F(TheBus, refuses_a_name_that_is_taken_for_the_same_thing) {
  const auto listen_to = [this](Entities entities) {
    run(state_task(std::move(entities), noting(), {.name = "motion"}));
  };
  listen_to("light.a");
  try {
    listen_to("light.a");
    ADD_FAILURE() << "not refused";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("listens to light.a under this name already"),
                                    HasSubstr("testing.hpp:"), HasSubstr(".if_exists")));
  }
  listen_to("light.b");
  run(attribute_task("light.a", "brightness", noting(), {.name = "motion"}));
  run(event_task("x", noting_event(), {.name = "motion"}));
  EXPECT_EQ(router.count(owner), 4u) << "the same name for another thing is none of its business";
  change("light.a", "on");
  EXPECT_THAT(notes, SizeIs(1));
}

TEST_F(TheBus, lets_a_name_be_used_again_after_its_end) {
  const StateChangeOptions options{.name = "motion", .once = true};
  run(state_task("light.a", noting(), options));
  change("light.a", "on");
  Subscription again = run(state_task("light.a", noting(), options));
  again.cancel();
  run(state_task("light.a", noting(), options));
  change("light.a", "off");
  EXPECT_THAT(notes, SizeIs(2));
}

TEST_F(TheBus, skips_an_equal_registration_and_gives_the_old_one) {
  const StateChangeOptions options{
      .name = "motion", .changed_to = "on", .debounce = 5s, .if_exists = IfExists::kSkip};
  Subscription first = run(state_task("light.a", &Lamp::on_plain, options));
  Subscription second = run(state_task("light.a", &Lamp::on_plain, options));
  EXPECT_EQ(router.count(owner), 1u);
  EXPECT_THAT(observer.sources, SizeIs(1));
  change("light.a", "on");
  advance(5s);
  EXPECT_THAT(notes, ElementsAre("plain light.a"));
  second.cancel();
  EXPECT_FALSE(first.active());
}

TEST_F(TheBus, does_not_skip_one_that_differs_and_says_in_what) {
  run(state_task("light.a", &Lamp::on_plain, {.name = "motion", .changed_to = "on"}));
  const auto differing = [this](auto handler, StateChangeOptions options) -> std::string {
    options.if_exists = IfExists::kSkip;
    try {
      run(state_task("light.a", handler, std::move(options)));
    } catch (const Error& error) {
      return error.what();
    }
    return "skipped";
  };
  EXPECT_THAT(differing(&Lamp::on_plain, {.name = "motion", .changed_to = "off", .debounce = 5s}),
              AllOf(HasSubstr(".debounce (5 s instead of none)"), HasSubstr(".changed_to"),
                    Not(HasSubstr("handler")), Not(HasSubstr(".mode"))));
  EXPECT_THAT(differing(&Lamp::on_change, {.name = "motion", .changed_to = "on"}),
              HasSubstr("differs in the handler"));
  EXPECT_THAT(differing(&Lamp::on_plain, {.name = "motion", .changed_to = "on", .mode = queued(3)}),
              HasSubstr(".mode (queued(3) instead of single)"));
  EXPECT_EQ(differing(&Lamp::on_plain, {.name = "motion", .changed_to = "on"}), "skipped");
}

TEST_F(TheBus, replaces_one_and_resets_all_that_it_held_back) {
  const StateChangeOptions options{
      .name = "motion", .changed_to = "on", .duration = 5min, .if_exists = IfExists::kReplace};
  const Subscription old = run(state_task("light.a", noting("old"), options));
  change("light.a", "on");
  const Subscription fresh = run(state_task("light.a", noting("new"), options));
  EXPECT_FALSE(old.active());
  EXPECT_TRUE(fresh.active());
  advance(1h);
  EXPECT_THAT(notes, IsEmpty());
  change("light.a", "off");
  change("light.a", "on");
  advance(5min);
  EXPECT_THAT(notes, ElementsAre("new light.a on"));
}

TEST_F(TheBus, lets_a_handler_replace_its_own_registration_and_go_on) {
  listen("light.a",
         [this]() -> Task<> {
           co_await bus.on_state_change("light.a", noting("new"),
                                        {.name = "own", .if_exists = IfExists::kReplace});
           co_await sleep(1s);
           notes.push_back("went on");
         },
         {.name = "own"});
  change("light.a", "on");
  change("light.a", "off");
  advance(1s);
  EXPECT_THAT(notes, ElementsAre("new light.a off", "went on"));
}

TEST_F(TheBus, keeps_the_old_one_where_its_replacement_is_refused_by_home_assistant) {
  run(event_task("x", noting_event(), {.name = "own"}));
  source.refuses = true;
  EXPECT_THROW(run(event_task("x", [] {}, {.name = "own", .if_exists = IfExists::kReplace})),
               Error);
  event("x");
  EXPECT_THAT(notes, ElementsAre("event x"));
  source.refuses = false;
  run(event_task("x", [this] { notes.push_back("new"); },
                 {.name = "own", .if_exists = IfExists::kReplace}));
  event("x");
  EXPECT_THAT(notes, ElementsAre("event x", "new"));
}

// --- Time limits

TEST_F(TheBus, cancels_a_run_that_takes_too_long) {
  listen("light.a", &Lamp::on_change, {.name = "t", .timeout = 500ms});
  change("light.a", "on");
  advance(500ms);
  EXPECT_THAT(notes, ElementsAre("member on"));
  EXPECT_THAT(observer.lines, ElementsAre("t started", "t timed out"));
  EXPECT_THAT(logged(), ElementsAre(AllOf(HasSubstr("lamp: `t` failed (light.a: (none) → on)"),
                                          HasSubstr("it did not end within 0.5 s"))));
}

TEST_F(TheBus, takes_the_time_limit_from_the_app_where_none_is_given) {
  const auto forever = []() -> Task<> { co_await sleep(24h); };
  listen("light.a", forever, {.name = "limited"});
  listen("light.a", forever, {.name = "unlimited", .timeout = kNoTimeout});
  change("light.a", "on");
  advance(10min - 1s);
  EXPECT_THAT(observer.lines, ElementsAre("limited started", "unlimited started"));
  advance(1h);
  EXPECT_EQ(observer.lines.back(), "limited timed out");
  EXPECT_THAT(observer.lines, SizeIs(3));
}

// --- Error handlers

TEST_F(TheBus, tells_an_error_handler_who_failed_at_what_and_where) {
  std::vector<HandlerError> told;
  listen(
      "light.a", [] { throw Error("x", "boom"); },
      {.name = "bad", .on_error = [&told](const HandlerError& error) { told.push_back(error); }});
  change("light.a", "on");
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].app, "lamp");
  EXPECT_EQ(told[0].handler, "bad");
  EXPECT_EQ(told[0].cause, "light.a: (none) → on");
  EXPECT_EQ(told[0].message, "boom");
  EXPECT_THAT(told[0].place(), HasSubstr("testing.hpp:"));
  EXPECT_THROW(std::rethrow_exception(told[0].error), Error);
  ASSERT_TRUE(told[0].change);
  EXPECT_EQ(told[0].change->new_text(), "on");
  EXPECT_THAT(logged(), SizeIs(1)) << "it is logged all the same";
}

TEST_F(TheBus, tells_of_time_limits_and_conditions_but_not_of_cancelling) {
  async::Notes told;
  const auto tell = [&told](const HandlerError& error) {
    told.push_back(error.handler + (error.timed_out ? " timed out" : " failed"));
  };
  listen("light.a", &Lamp::on_change, {.name = "slow", .timeout = 1ms, .on_error = tell});
  listen(
      "light.a", noting(),
      {.name = "odd", .where = []() -> bool { throw std::runtime_error("no"); }, .on_error = tell});
  Subscription cancelled =
      listen("light.a", &Lamp::on_change, {.name = "cancelled", .on_error = tell});
  change("light.a", "on");
  cancelled.cancel();
  advance(5s);
  EXPECT_THAT(told, ElementsAre("odd failed", "slow timed out"));
}

TEST_F(TheBus, falls_back_to_the_apps_error_handler_the_last_one_given) {
  async::Notes told;
  const auto note = [&told](std::string who) {
    return [&told, who](const HandlerError& error) { told.push_back(who + " " + error.handler); };
  };
  const auto give = [](TheBus* test, ErrorHandler handler) -> Task<> {
    test->bus.on_error(handler);
    co_return;
  };
  listen("light.a", [] { throw 1; }, {.name = "a"});
  listen("light.a", [] { throw 1; }, {.name = "b", .on_error = note("own")});
  listen_event("x", [] { throw 1; }, {.name = "c"});
  run(give(this, note("first")));
  run(give(this, note("second")));
  change("light.a", "on");
  event("x");
  EXPECT_THAT(told, ElementsAre("second a", "own b", "second c"));
}

TEST_F(TheBus, bounds_error_handlers_in_number_and_time_and_never_calls_them_for_each_other) {
  int begun = 0;
  const auto stuck = [&begun]() -> Task<> {
    ++begun;
    co_await sleep(24h);
  };
  listen("light.*", [] { throw 1; }, {.name = "bad", .on_error = stuck});
  for (int i = 0; i < 20; ++i) dispatch(fmt::format("light.n{}", i), "on");
  loop.run_ready();
  EXPECT_EQ(begun, 8);
  EXPECT_EQ(owner.error_tasks->failures(), 12u);
  EXPECT_EQ(owner.error_tasks->running(), 8u);
  advance(5s);
  EXPECT_EQ(owner.error_tasks->running(), 0u);
  EXPECT_EQ(owner.error_tasks->failures(), 20u);
  EXPECT_EQ(begun, 8) << "a failed error handler has no error handler";
  EXPECT_EQ(std::ranges::count_if(logged(),
                                  [](const std::string& line) {
                                    return line.find("error handlers run already") !=
                                           std::string::npos;
                                  }),
            1);
  EXPECT_EQ(std::ranges::count(observer.lines, "bad error handler failed"), 20);
}

TEST_F(TheBus, takes_members_and_coroutines_as_error_handlers) {
  listen("light.a", [] { throw 1; }, {.name = "bad", .on_error = &Lamp::on_const});
  change("light.a", "on");
  EXPECT_THAT(notes, ElementsAre("const"));
}

TEST_F(TheBus, refuses_an_error_handler_of_another_app) {
  EXPECT_THAT(refusal(state_task("light.b", [] {}, {.name = "t", .on_error = &OtherApp::handler})),
              HasSubstr("a member handler belongs to the app that registers it"));
}

// --- What is held back

TEST_F(TheBus, counts_and_tells_what_it_drops_once_a_burst) {
  listen("light.a",
         [this](D::StateNew<> state) -> Task<> {
           const std::string text(state.text());
           co_await sleep(1s);
           notes.push_back(text);
         },
         {.name = "t", .mode = queued(2)});
  for (int i = 0; i < 10; ++i) dispatch("light.a", std::to_string(i));
  advance(1min);
  EXPECT_THAT(notes, ElementsAre("0", "1", "2"));
  EXPECT_EQ(std::ranges::count(observer.lines, "t dropped"), 7);
  EXPECT_THAT(logged(), ElementsAre(AllOf(HasSubstr("has 2 runs waiting: the newest is dropped"),
                                          HasSubstr("light.a: 2 → 3")),
                                    HasSubstr("7 runs were dropped meanwhile")));
}

TEST_F(TheBus, bounds_what_all_entities_of_a_listener_have_waiting) {
  listen("light.*", []() -> Task<> { co_await sleep(1s); }, {.name = "t", .mode = queued(10)});
  for (int entity = 0; entity < 200; ++entity) {
    for (int i = 0; i < 8; ++i) dispatch(fmt::format("light.n{}", entity), std::to_string(i));
  }
  EXPECT_EQ(std::ranges::count(observer.lines, "t dropped"), 200 * 7 - 1000);
  advance(1min);
  EXPECT_EQ(std::ranges::count(observer.lines, "t succeeded"), 1200);
}

TEST_F(TheBus, does_not_delay_anybody_for_a_slow_handler) {
  for (int i = 0; i < 60; ++i) {
    listen("light.a", []() -> Task<> { co_await sleep(1h); }, {.name = "slow", .mode = queued(1)});
  }
  listen("light.a", noting());
  for (int i = 0; i < 5; ++i) change("light.a", i % 2 == 0 ? "on" : "off");
  EXPECT_THAT(notes, SizeIs(5)) << "there is no number of slots that they could use up";
}

TEST_F(TheBus, throttles_and_debounces_other_events_too) {
  listen_event("x", [this] { notes.push_back("throttled"); }, {.name = "t", .throttle = 10s});
  listen_event("x", [this](D::EventData data) { notes.push_back("quiet " + data["n"].dump()); },
               {.name = "d", .debounce = 2s});
  event("x", {{"n", 1}});
  event("x", {{"n", 2}});
  advance(2s);
  EXPECT_THAT(notes, ElementsAre("throttled", "quiet 2"));
  EXPECT_EQ(std::ranges::count(observer.lines, "t throttled"), 1);
}

// --- What there is at registration

TEST_F(TheBus, gives_the_state_at_registration_before_what_comes_of_it) {
  change("light.a", "on");
  StateChange seen;
  const auto registering = [](TheBus* test) -> Task<> {
    co_await test->bus.on_state_change("light.*", test->noting(), {.name = "t", .immediate = true});
    test->notes.push_back("registered");
    test->dispatch("light.a", "off");  // in the same turn
  };
  run(registering(this));
  EXPECT_THAT(notes, ElementsAre("registered", "ran light.a on", "ran light.a off"));
  listen("light.a", [&seen](const StateChange& change) { seen = change; },
         {.name = "t", .immediate = true});
  loop.run_ready();
  EXPECT_TRUE(seen.immediate);
  EXPECT_FALSE(seen.old_state);
  EXPECT_EQ(seen.new_text(), "off");
  EXPECT_EQ(seen.context.id, "01CTX");
}

}  // namespace
}  // namespace hassette::bus
