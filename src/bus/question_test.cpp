#include "bus/testing.hpp"

namespace hassette::bus {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// --- What is asked of a change

TEST_F(TheBus, asks_what_the_state_was_and_became) {
  listen("light.a", noting("on"), {.name = "t", .changed_to = "on"});
  listen("light.a", noting("off-on"), {.name = "t", .changed_from = "off", .changed_to = "on"});
  listen("light.a", noting("from-on"), {.name = "t", .changed_from = "on"});
  change("light.a", "on");
  change("light.a", "off");
  change("light.a", "on");
  change("light.a", "unavailable");
  EXPECT_THAT(notes, ElementsAre("on light.a on", "from-on light.a off", "on light.a on",
                                 "off-on light.a on", "from-on light.a unavailable"));
}

TEST_F(TheBus, does_not_ask_of_a_state_that_there_never_was) {
  listen("light.a", noting(),
         {.name = "t", .changed_from = [](const Json& was) { return was != "on"; }});
  change("light.a", "on");
  EXPECT_THAT(notes, IsEmpty()) << "it appeared: there was no state before";
  change("light.a", "off");
  change("light.a", "on");
  EXPECT_THAT(notes, ElementsAre("ran light.a on"));
}

TEST_F(TheBus, compares_numbers_and_booleans_by_value) {
  listen("sensor.t", noting("20"), {.name = "t", .changed_to = 20});
  listen("sensor.t", noting("above"), {.name = "t", .changed_to = [](const Json& value) {
                                         return std::stod(value.as_string()) > 25;
                                       }});
  listen("light.a", noting("true"), {.name = "t", .changed_to = true});
  change("sensor.t", "20.0");
  change("sensor.t", "20.5");
  change("sensor.t", "26");
  change("light.a", "on");
  change("light.a", "off");
  EXPECT_THAT(notes, ElementsAre("20 sensor.t 20.0", "above sensor.t 26", "true light.a on"));
}

TEST_F(TheBus, runs_for_attributes_only_when_asked_to) {
  listen("light.a", noting("changed"));
  listen("light.a", noting("updated"), {.name = "t", .changed = false});
  change("light.a", "on");
  change("light.a", "on", R"({"brightness":1})");
  EXPECT_THAT(notes, ElementsAre("changed light.a on", "updated light.a on", "updated light.a on"));
}

TEST_F(TheBus, asks_any_further_question_also_of_the_home) {
  change("sun.sun", "above_horizon");
  listen("light.a", noting(), {.name = "t", .where = [this](const StateChange&) {
                                 return states.get("sun.sun")->text() == "below_horizon";
                               }});
  change("light.a", "on");
  change("sun.sun", "below_horizon");
  change("light.a", "off");
  EXPECT_THAT(notes, ElementsAre("ran light.a off"));
}

TEST_F(TheBus, runs_once_and_lets_that_run_go_on) {
  const Subscription once = listen("light.a", &Lamp::on_change, {.name = "t", .once = true});
  change("light.a", "on");
  EXPECT_FALSE(once.active());
  change("light.a", "off");
  advance(2s);
  EXPECT_THAT(notes, ElementsAre("member on", "member done"));
  EXPECT_EQ(router.count(owner), 0u);
}

TEST_F(TheBus, cancels_the_run_of_a_once_that_has_begun) {
  Subscription once = listen("light.a", &Lamp::on_change, {.name = "t", .once = true});
  change("light.a", "on");
  once.cancel();
  advance(2s);
  EXPECT_THAT(notes, ElementsAre("member on"));
}

TEST_F(TheBus, runs_when_an_attribute_became_another) {
  listen_attribute("light.a", "brightness", noting());
  listen_attribute("light.a", "brightness", noting("full"), {.name = "t", .changed_to = 255});
  listen_attribute("light.a", "brightness", noting("gone"), {.name = "t", .changed_from = 255});
  change("light.a", "on", R"({"brightness":1})");
  change("light.a", "on", R"({"brightness":1,"other":2})");
  change("light.a", "off", R"({"brightness":1.0})");
  change("light.a", "on", R"({"brightness":255})");
  change("light.a", "off");
  EXPECT_THAT(notes, ElementsAre("ran light.a on", "ran light.a on", "full light.a on",
                                 "ran light.a off", "gone light.a off"));
}

TEST_F(TheBus, names_the_app_and_the_event_of_a_question_that_throws) {
  listen("light.a", noting(), {.name = "odd", .where = [](const StateChange&) -> bool {
                                 throw std::runtime_error("no such key");
                               }});
  listen("light.a", noting("other"));
  change("light.a", "on");
  change("light.a", "off");
  EXPECT_THAT(notes, ElementsAre("other light.a on", "other light.a off"));
  EXPECT_THAT(logged(), SizeIs(2));
  EXPECT_THAT(logged()[0],
              AllOf(HasSubstr("lamp: `odd`: its condition failed"), HasSubstr("no such key"),
                    HasSubstr("light.a: (none) → on"), HasSubstr("registered at testing.hpp:")));
}

TEST_F(TheBus, names_the_app_while_its_question_holds_the_loop) {
  std::string asked_by;
  listen("light.a", noting(), {.name = "slow", .where = [&](const StateChange&) {
                                 asked_by = loop.busy().label->app + " " + loop.busy().label->task;
                                 return false;
                               }});
  change("light.a", "on");
  EXPECT_EQ(asked_by, "lamp slow");
}

TEST_F(TheBus, logs_a_handler_that_throws_and_lets_the_others_go_on) {
  listen("light.a",
         []() -> Task<> {
           co_await yield();
           throw Error("x", "boom");
         },
         {.name = "bad"});
  listen("light.a", [] { throw std::runtime_error("plain boom"); }, {.name = "worse"});
  listen("light.a", noting("good"));
  change("light.a", "on");
  change("light.a", "off");
  EXPECT_THAT(notes, ElementsAre("good light.a on", "good light.a off"));
  ASSERT_THAT(logged(), SizeIs(4));
  EXPECT_THAT(logged()[0], AllOf(HasSubstr("lamp: `worse` failed"), HasSubstr("plain boom"),
                                 HasSubstr("light.a: (none) → on")));
  EXPECT_THAT(logged()[1], HasSubstr("boom"));
}

}  // namespace
}  // namespace hassette::bus
