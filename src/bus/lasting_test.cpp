#include "bus/testing.hpp"

namespace hassette::bus {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// --- Duration

class Lasting : public TheBus {};

TEST_F(Lasting, runs_after_the_state_has_lasted_with_the_change_that_began_it) {
  listen("light.a", noting(), {.name = "t", .changed_to = "on", .duration = 5min});
  change("light.a", "on");
  advance(4min);
  change("light.a", "on", R"({"brightness":1})");
  EXPECT_THAT(notes, IsEmpty());
  advance(1min);
  EXPECT_THAT(notes, ElementsAre("ran light.a on"));
  advance(1h);
  EXPECT_THAT(notes, SizeIs(1)) << "once for each time that it comes true";
}

TEST_F(Lasting, starts_over_after_a_break) {
  listen("light.a", noting(), {.name = "t", .changed_to = "on", .duration = 5min});
  change("light.a", "on");
  advance(4min);
  change("light.a", "off");
  advance(1h);
  change("light.a", "on");
  advance(4min);
  EXPECT_THAT(notes, IsEmpty());
  advance(1min);
  EXPECT_THAT(notes, SizeIs(1));
}

TEST_F(Lasting, is_not_broken_by_a_change_that_still_is_what_was_asked_for) {
  listen("sensor.t", noting(),
         {.name = "t",
          .changed_to = [](const Json& value) { return std::stod(value.as_string()) > 25; },
          .duration = 5min});
  change("sensor.t", "26");
  for (int i = 0; i < 4; ++i) {
    advance(1min);
    change("sensor.t", "27." + std::to_string(i));
  }
  advance(1min);
  EXPECT_THAT(notes, ElementsAre("ran sensor.t 26")) << "it has been above 25 for five minutes";
}

TEST_F(Lasting, without_a_wanted_state_starts_over_with_each) {
  listen("light.a", noting(), {.name = "t", .duration = 5min});
  change("light.a", "on");
  advance(4min);
  change("light.a", "off");
  advance(4min);
  EXPECT_THAT(notes, IsEmpty());
  advance(1min);
  EXPECT_THAT(notes, ElementsAre("ran light.a off"));
}

TEST_F(Lasting, of_any_update_is_not_broken_by_an_update_that_changes_no_state) {
  listen("light.a", noting(), {.name = "t", .changed = false, .duration = 5min});
  change("light.a", "on");
  advance(4min);
  change("light.a", "on", R"({"brightness":1})");
  advance(1min);
  EXPECT_THAT(notes, SizeIs(1));
}

TEST_F(Lasting, counts_anew_where_the_state_was_another_while_nobody_could_tell) {
  listen("light.a", noting("held"), {.name = "held", .changed_to = "on", .duration = 5min});
  listen("light.a", noting("any"), {.name = "any", .changed = false});
  change("light.a", "on");
  notes.clear();
  advance(4min);
  come_back("light.a", "on", loop.wall() - 1min);
  EXPECT_THAT(notes, IsEmpty()) << "nothing has changed";
  advance(3min);
  EXPECT_THAT(notes, IsEmpty());
  advance(1min);
  EXPECT_THAT(notes, ElementsAre("held light.a on"));
  come_back("light.a", "on", loop.wall());
  advance(1h);
  EXPECT_THAT(notes, SizeIs(1)) << "there was no hold any more";
}

TEST_F(Lasting, counts_anew_also_where_an_attribute_is_another) {
  listen("light.a", noting("held"), {.name = "held", .changed_to = "on", .duration = 5min});
  change("light.a", "on");
  advance(4min);
  come_back("light.a", "on", loop.wall(), R"({"brightness":9})");
  advance(4min);
  EXPECT_THAT(notes, IsEmpty());
  advance(1min);
  EXPECT_THAT(notes, ElementsAre("held light.a on"));
}

TEST_F(Lasting, of_an_attribute_goes_on_where_the_state_was_another) {
  run([](Lasting* test) -> Task<> {
    co_await test->bus.on_attribute_change("light.a", "brightness", test->noting("held"),
                                           {.name = "held", .changed_to = 9, .duration = 5min});
  }(this));
  change("light.a", "on", R"({"brightness":9})");
  advance(4min);
  come_back("light.a", "on", loop.wall(), R"({"brightness":9,"effect":"x"})");
  advance(1min);
  EXPECT_THAT(notes, ElementsAre("held light.a on"));
}

TEST_F(Lasting, is_over_at_once_where_the_state_is_back_for_longer) {
  listen("light.a",
         [this](const StateChange& change) {
           notes.push_back(change.recovered && change.old_text() == "off" ? "recovered" : "other");
         },
         {.name = "t", .changed_to = "on", .duration = 5min});
  change("light.a", "off");
  change("light.a", "on");
  advance(1min);
  come_back("light.a", "on", loop.wall() - 6min);
  advance(0s);
  EXPECT_THAT(notes, ElementsAre("recovered"));
  advance(1h);
  EXPECT_THAT(notes, SizeIs(1));
}

TEST_F(Lasting, ends_with_the_entity) {
  listen("light.a", noting(), {.name = "t", .changed_to = "on", .duration = 5min});
  listen("light.a", noting(), {.name = "t", .duration = 5min});
  change("light.a", "on");
  remove("light.a");
  advance(1h);
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_EQ(loop.timers(), 0u);
}

TEST_F(Lasting, counts_for_each_entity_of_a_pattern) {
  listen("light.*", noting(), {.name = "t", .changed_to = "on", .duration = 5min});
  change("light.a", "on");
  advance(2min);
  change("light.b", "on");
  advance(1min);
  change("light.a", "off");
  advance(1h);
  EXPECT_THAT(notes, ElementsAre("ran light.b on"));
}

TEST_F(Lasting, once_runs_for_the_first_entity_only) {
  const Subscription once = listen(
      "light.*", noting(), {.name = "t", .changed_to = "on", .once = true, .duration = 5min});
  change("light.a", "on");
  change("light.b", "on");
  EXPECT_TRUE(once.active());
  advance(1h);
  EXPECT_THAT(notes, ElementsAre("ran light.a on"));
  EXPECT_FALSE(once.active());
  EXPECT_EQ(loop.timers(), 0u);
}

TEST_F(Lasting, ends_with_the_registration) {
  Subscription waiting =
      listen("light.a", noting(), {.name = "t", .changed_to = "on", .duration = 5min});
  change("light.a", "on");
  waiting.cancel();
  EXPECT_EQ(loop.timers(), 0u);
  advance(1h);
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(Lasting, works_for_attributes) {
  listen_attribute("light.a", "brightness", noting(),
                   {.name = "t", .changed_to = 255, .duration = 1min});
  change("light.a", "on", R"({"brightness":255})");
  advance(30s);
  change("light.a", "off", R"({"brightness":255,"x":1})");
  advance(30s);
  EXPECT_THAT(notes, ElementsAre("ran light.a on"));
}

TEST_F(Lasting, asks_where_again_when_the_time_has_passed) {
  change("sun.sun", "below_horizon");
  const Subscription own =
      listen("light.a", noting(),
             {.name = "t",
              .changed_to = "on",
              .where = [this] { return states.get("sun.sun")->text() == "below_horizon"; },
              .once = true,
              .duration = 5min});
  change("light.a", "on");
  change("sun.sun", "above_horizon");
  advance(1h);
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_TRUE(own.active()) << "a wait that came to nothing does not use up a `once`";
  change("light.a", "off");
  change("sun.sun", "below_horizon");
  change("light.a", "on");
  advance(5min);
  EXPECT_THAT(notes, SizeIs(1));
}

TEST_F(Lasting, counts_what_was_missed_by_home_assistants_clock) {
  listen("light.a", noting(), {.name = "t", .changed_to = "on", .duration = 5min});
  router.set_clock_offset(1h);
  recover("light.a", "on", loop.wall() + 1h - 3min);
  advance(2min - 1s);
  EXPECT_THAT(notes, IsEmpty());
  advance(1s);
  EXPECT_THAT(notes, SizeIs(1));
}

TEST_F(Lasting, counts_an_attribute_from_the_last_update) {
  change("light.a", "on", R"({"brightness":255})");
  advance(2min);
  run([](TheBus* test) -> Task<> {
    co_await test->bus.on_attribute_change(
        "light.a", "brightness", test->noting(),
        {.name = "t", .changed_to = 255, .immediate = true, .duration = 5min});
  }(this));
  advance(3min - 1s);
  EXPECT_THAT(notes, IsEmpty());
  advance(1s);
  EXPECT_THAT(notes, SizeIs(1));
}

TEST_F(Lasting, counts_a_condition_that_throws_as_a_no) {
  listen("sensor.t", noting(),
         {.name = "t",
          .changed_to = [](const Json& value) { return std::stod(value.as_string()) > 25; },
          .duration = 5min});
  change("sensor.t", "26");
  change("sensor.t", "none of your business");
  advance(1h);
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_EQ(loop.timers(), 0u);
}

}  // namespace
}  // namespace hassette::bus
