#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <hassette/error.hpp>
#include <hassette/predicate.hpp>
#include <hassette/states/light.hpp>
#include <hassette/window.hpp>
#include "bus/predicate_testing.hpp"
#include "time/moment.hpp"

namespace hassette::bus {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

const StateChange kOn = turned("light.a", "off", "on");
const StateChange kAppeared = changed({}, state("light.a", "on", {{"brightness", 5}}));
const StateChange kRemoved = changed(state("light.a", "on", {{"brightness", 5}}), {});

// --- Where

struct Options {
  std::string name;
  Where<StateChange> where = {};
};

bool free_function(const StateChange& change) {
  return change.new_text() == "on";
}

TEST(Where, is_made_from_anything_that_answers) {
  const auto asked = [](const Options& options) { return options.where(kOn); };
  EXPECT_TRUE(asked({.name = "none"}));
  EXPECT_TRUE(asked({.name = "t", .where = free_function}));
  EXPECT_TRUE(asked({.name = "t", .where = &StateChange::state_changed}));
  EXPECT_FALSE(asked({.name = "t", .where = &StateChange::recovered}));
  EXPECT_FALSE(asked({.name = "t", .where = [] { return false; }}));
  EXPECT_TRUE(
      asked({.name = "t", .where = [](const auto& change) { return change.context.id.empty(); }}));
  EXPECT_TRUE(asked({.name = "t", .where = std::function<bool(const StateChange&)>()}))
      << "an empty function asks nothing";
  const std::string wanted = "on";
  EXPECT_TRUE(asked({.name = "t", .where = [wanted](const StateChange& change) {
                       return change.new_text() == wanted;
                     }}));
}

TEST(Where, names_the_line_of_a_function) {
  const Options options = {.name = "t", .where = [](const StateChange&) { return true; }};
  EXPECT_THAT(options.where.summary(), MatchesRegex("the function at predicate_test.cpp:[0-9]+"));
  EXPECT_THAT((P::state_to("on") && [] { return true; }).summary(),
              MatchesRegex(R"(state to "on" and the function at predicate_test.cpp:[0-9]+)"));
  EXPECT_EQ(P::guard("somebody is home", [] { return true; }).summary(), "somebody is home");
}

TEST(Where, joins_flatly_and_in_parentheses) {
  const Where<StateChange> a = P::state_to("a");
  const Where<StateChange> b = P::state_to("b");
  const Where<StateChange> c = P::state_to("c");
  EXPECT_EQ((a && b && c).summary(), R"(state to "a" and state to "b" and state to "c")");
  EXPECT_EQ((a && (b && c)).summary(), (a && b && c).summary());
  EXPECT_EQ((a && (b || c)).summary(), R"(state to "a" and (state to "b" or state to "c"))");
  EXPECT_EQ((!(a || b)).summary(), R"(not (state to "a" or state to "b"))");
  EXPECT_EQ((!!a).summary(), a.summary());
  const Where<StateChange> none;
  EXPECT_EQ((none && a).summary(), a.summary());
  EXPECT_FALSE((none || a).is_set()) << "anything, or a, is anything";
  EXPECT_FALSE((!none)(kOn));
}

TEST(Where, says_which_part_says_no) {
  const Where<StateChange> where =
      P::state_to("on") && !P::recovered() && (P::domain_matches("switch") || P::state_from("x"));
  EXPECT_EQ(where.why_not(turned("light.a", "on", "off")), R"(state to "on")");
  StateChange late = kOn;
  late.recovered = true;
  EXPECT_EQ(where.why_not(late), "not recovered");
  EXPECT_EQ(where.why_not(kOn), R"(domain switch or state from "x")");
  EXPECT_EQ(where.why_not(turned("switch.a", "off", "on")), "");
  EXPECT_EQ(Where<StateChange>().why_not(kOn), "");
}

TEST(Where, stops_at_the_first_answer_and_lets_through_what_is_thrown) {
  const Where<StateChange> throws = [](const StateChange&) -> bool {
    throw std::runtime_error("boom");
  };
  EXPECT_FALSE((P::state_to("off") && throws)(kOn));
  EXPECT_TRUE((P::state_to("on") || throws)(kOn));
  EXPECT_THROW(static_cast<void>((P::state_to("on") && throws)(kOn)), std::runtime_error);
}

// --- State changes

TEST(Predicates, ask_what_the_state_was_and_is) {
  EXPECT_TRUE((P::state_from("off") && P::state_to(true))(kOn));
  EXPECT_FALSE(P::state_from("on")(kOn));
  EXPECT_FALSE(P::state_from(!Condition("on"))(kAppeared)) << "there was no state";
  EXPECT_FALSE(P::state_to(!Condition("off"))(kRemoved));
  EXPECT_TRUE(P::state_did_change()(kOn));
  EXPECT_TRUE(P::state_did_change()(kAppeared));
  EXPECT_TRUE(P::state_did_change()(kRemoved));
  EXPECT_FALSE(P::state_did_change()(turned("light.a", "on", "on")));
  EXPECT_TRUE(P::state_comparison(C::increased())(turned("sensor.a", "9", "10")));
  EXPECT_FALSE(P::state_comparison(C::increased())(turned("sensor.a", "unknown", "10")));
}

TEST(Predicates, ask_what_an_attribute_was_and_is) {
  const StateChange dimmed = changed(state("light.a", "on", {{"brightness", 255}, {"x", nullptr}}),
                                     state("light.a", "on", {{"brightness", 10}}));
  EXPECT_TRUE(P::attr_from("brightness", 255)(dimmed));
  EXPECT_TRUE(P::attr_to("brightness", C::below(20))(dimmed));
  EXPECT_TRUE(P::attr_did_change("brightness")(dimmed));
  EXPECT_TRUE(P::attr_did_change("x")(dimmed)) << "absent differs from null";
  EXPECT_FALSE(P::attr_did_change("y")(dimmed));
  EXPECT_TRUE(P::attr_to("x", C::missing())(dimmed));
  EXPECT_TRUE(P::attr_comparison("brightness", C::decreased())(dimmed));
  EXPECT_TRUE(P::attr_did_change("brightness")(kAppeared));
  EXPECT_FALSE(P::attr_did_change("y")(kAppeared)) << "it appeared without it";
  EXPECT_EQ(P::attr_to("brightness", C::below(20)).summary(), "brightness to below 20");
}

TEST(Predicates, ask_members_of_typed_views) {
  const auto bright = P::attr_to<&states::Light::brightness>(C::above(100));
  EXPECT_TRUE(bright(changed({}, state("light.a", "on", {{"brightness", 101}}))));
  EXPECT_FALSE(bright(changed({}, state("light.a", "on", {{"brightness", "101"}}))))
      << "the view has no such brightness";
  EXPECT_FALSE(bright(changed({}, state("fan.a", "on", {{"brightness", 101}}))));
  EXPECT_EQ(bright.summary(), "brightness above 100");
  EXPECT_TRUE(P::attr_did_change<&states::Light::is_on>()(kOn));
  EXPECT_TRUE(P::attr_from<&states::Light::value>(false)(kOn));
}

TEST(Predicates, tell_old_news_of_event_entities) {
  const auto happened = [](std::string_view when) {
    return changed({}, state("event.button", when));  // changed at 04:21:31
  };
  const auto fresh = P::event_entity_fresh(std::chrono::seconds(5));
  EXPECT_TRUE(fresh(happened("2026-05-03T04:21:30.000+00:00")));
  EXPECT_FALSE(fresh(happened("2026-05-03T04:21:20.000+00:00")));
  EXPECT_TRUE(fresh(happened("unknown")));
  EXPECT_TRUE(fresh(kOn)) << "of another domain";
  EXPECT_TRUE(fresh(kRemoved));
  EXPECT_THROW(P::event_entity_fresh(std::chrono::seconds(0)), Error);
  EXPECT_EQ(fresh.summary(), "happened within 5 s");
}

// --- Events

TEST(Predicates, ask_which_service_is_called) {
  const Event turn_on = call("light", "turn_on", Json::object());
  EXPECT_TRUE(P::service_matches("turn_on")(turn_on));
  EXPECT_TRUE(P::service_matches("turn_*")(turn_on));
  EXPECT_TRUE(P::service_matches("light.turn_on")(turn_on));
  EXPECT_TRUE(P::service_matches("*.turn_on")(turn_on));
  EXPECT_FALSE(P::service_matches("switch.turn_on")(turn_on));
  EXPECT_FALSE(P::service_matches("turn_on")({}));
}

TEST(Predicates, ask_what_a_service_is_given) {
  const Event turn_on = call("light", "turn_on",
                             {{"entity_id", "light.kitchen"}, {"brightness", 200}, {"x", nullptr}});
  EXPECT_TRUE(P::service_data_where({{"brightness", C::above(100)}})(turn_on));
  EXPECT_TRUE(P::service_data_where({{"brightness", 200}, {"entity_id", "light.*"}})(turn_on));
  EXPECT_FALSE(P::service_data_where({{"brightness", 200}, {"entity_id", "fan.*"}})(turn_on));
  EXPECT_TRUE(P::service_data_where({{"x", {}}})(turn_on)) << "it is there";
  EXPECT_FALSE(P::service_data_where({{"y", {}}})(turn_on));
  EXPECT_TRUE(P::service_data_where({{"y", C::missing()}})(turn_on));
  EXPECT_TRUE(P::service_data_where({{"entity_id", EntityId("light.kitchen")}})(turn_on));
  EXPECT_TRUE(P::service_data_where({})(turn_on));
}

// --- Both

TEST(Predicates, ask_both_kinds_of_events_alike) {
  const Event turn_on =
      call("light", "turn_on", {{"entity_id", Json::array({"light.a", "fan.b"})}});
  const Where<StateChange> of_change = P::domain_matches("li*");
  const Where<Event> of_event = P::domain_matches("li*");
  EXPECT_TRUE(of_change(kOn));
  EXPECT_TRUE(of_event(turn_on));
  EXPECT_FALSE(of_change(turned("switch.a", "on", "off")));
  const WhereAny entity = P::entity_matches({"fan.*", "light.a"});
  EXPECT_TRUE(static_cast<Where<StateChange>>(entity)(kOn));
  EXPECT_TRUE(static_cast<Where<Event>>(entity)(turn_on));
  EXPECT_FALSE(static_cast<Where<Event>>(P::entity_matches("light.b"))(turn_on));
}

TEST(Predicates, ask_who_caused_it) {
  const auto by = [](Context context) {
    return changed(state("light.a", "off"), state("light.a", "on"), std::move(context));
  };
  const StateChange user = by({.id = "1", .parent_id = "", .user_id = "anna"});
  const StateChange automation = by({.id = "1", .parent_id = "0", .user_id = ""});
  const StateChange device = by({.id = "1", .parent_id = "", .user_id = ""});
  const auto ask = [](const Where<StateChange>& where, const StateChange& change) {
    return where(change);
  };
  EXPECT_TRUE(ask(P::from_user(), user));
  EXPECT_TRUE(ask(P::from_user("anna"), user));
  EXPECT_FALSE(ask(P::from_user("bert"), user));
  EXPECT_FALSE(ask(P::from_user(), automation));
  EXPECT_TRUE(ask(P::by_automation(), automation));
  EXPECT_FALSE(ask(P::by_automation(), device));
  EXPECT_TRUE(ask(P::by_device(), device));
  EXPECT_FALSE(ask(P::by_device(), user));
  StateChange found = device;
  found.recovered = true;
  EXPECT_FALSE(ask(P::by_device(), found)) << "nobody knows who did it";
  EXPECT_TRUE(ask(P::from_user() || P::by_automation(), user));
  EXPECT_TRUE(ask(!P::from_user() && P::state_to("on"), device));
  EXPECT_TRUE(ask(P::state_to("on") && !P::from_user(), device));
}

TEST(Predicates, ask_any_accessor) {
  EXPECT_TRUE(P::value_is(A::attr_new("brightness"), 5)(kAppeared));
  EXPECT_TRUE(P::is_present(A::attr_new("brightness"))(kAppeared));
  EXPECT_TRUE(P::is_missing(A::state_old())(kAppeared));
  EXPECT_TRUE(P::value_is(A::service_data_key("x"), C::above(1))(call("a", "b", {{"x", 2}})));
  const Where<Event> tag = P::value_is(A::path("tag_id"), "42");
  EXPECT_TRUE(tag({.type = "tag", .data = {{"tag_id", "42"}}, .time_fired = {}, .context = {}}));
  EXPECT_TRUE(P::did_change(A::all_attrs())(kAppeared));
  EXPECT_EQ(P::value_is(A::attr_new("x"), "y").summary(), R"(x "y")");
}

TEST(Predicates, ask_what_time_it_is_at_home) {
  const time::Place place{.zone = time::Zone::utc(), .observer = {}};
  const auto at = [&](int hour) {
    return Moment{.now = TimePoint(std::chrono::hours(24 * 20000 + hour)), .place = &place};
  };
  const Where<StateChange> evening = between("18:00", "23:00");
  EXPECT_TRUE(evening(kOn, at(20)));
  EXPECT_FALSE(evening(kOn, at(23)));
  const Where<StateChange> joined = P::state_to("on") && !during(between("18:00", "23:00"));
  EXPECT_FALSE(joined(kOn, at(20)));
  EXPECT_TRUE(joined(kOn, at(12)));
  EXPECT_EQ(joined.why_not(kOn, at(20)), "not between 18:00 and 23:00");
  const Where<StateChange> other_way = between("18:00", "23:00") && P::by_device();
  EXPECT_TRUE((other_way && between("19:00", "21:00"))(kOn, at(20)));
  const Where<Event> of_event = between("18:00", "23:00") || weekdays();
  EXPECT_TRUE(of_event({}, at(20)));
  EXPECT_THROW(static_cast<void>(evening(kOn)), Error) << "nobody knows where the home is";
}

TEST(Predicates, guard_with_any_function) {
  bool home = false;
  const WhereAny somebody = P::guard([&home] { return home; });
  EXPECT_FALSE(static_cast<Where<StateChange>>(somebody)(kOn));
  home = true;
  EXPECT_TRUE(static_cast<Where<Event>>(somebody)({}));
  const Where<StateChange> one_kind =
      P::guard([](const StateChange& change) { return change.new_text() == "on"; });
  EXPECT_TRUE(one_kind(kOn));
}

}  // namespace
}  // namespace hassette::bus
