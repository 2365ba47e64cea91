#include "state/cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <hassette/error.hpp>
#include <hassette/states.hpp>
#include <utility>

namespace hassette::state {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using namespace std::chrono_literals;

constexpr TimePoint at(int second) {
  return TimePoint(std::chrono::seconds(second));
}

model::WireState wire(std::string_view id, std::string_view text,
                      std::string_view attributes = "{}", int changed = 0) {
  return {.entity_id = id,
          .state = text,
          .attributes = attributes,
          .context = "\"ctx\"",
          .last_changed = at(changed),
          .last_updated = at(changed)};
}

class Caching : public testing::Test {
 public:
  Change apply(std::string_view id, std::string_view text, std::string_view attributes = "{}",
               int when = 1) {
    return cache.apply(wire(id, text, attributes, when), at(when), {});
  }
  std::vector<std::string> told(const std::vector<Change>& changes) {
    std::vector<std::string> lines;
    for (const Change& change : changes) {
      const StateChange full = to_state_change(change);
      lines.push_back(full.entity_id.str() + " " + std::string(full.old_text()) + ">" +
                      std::string(full.new_text()) + (full.recovered ? " r" : ""));
    }
    return lines;
  }
  Cache cache;
  States states{cache};
};

TEST_F(Caching, takes_changes_and_keeps_what_was_before) {
  const StateChange appeared = to_state_change(apply("light.a", "on"));
  EXPECT_FALSE(appeared.old_state.has_value());
  EXPECT_EQ(appeared.new_text(), "on");
  EXPECT_FALSE(appeared.recovered);
  const StateChange changed = to_state_change(apply("light.a", "off", "{}", 5));
  EXPECT_EQ(changed.old_text(), "on");
  EXPECT_EQ(changed.new_text(), "off");
  EXPECT_EQ(changed.time_fired, at(5));
  EXPECT_EQ(changed.context.id, "ctx") << "that of the new state, where the event has none";
  EXPECT_EQ(cache.size(), 1u);
}

TEST_F(Caching, removes_entities_and_knows_them_again) {
  apply("light.a", "on");
  const std::uint32_t number = cache.find("light.a")->number;
  const StateChange removed = to_state_change(cache.remove("light.a", at(2), R"({"id":"why"})"));
  EXPECT_EQ(removed.old_text(), "on");
  EXPECT_FALSE(removed.new_state.has_value());
  EXPECT_EQ(removed.context.id, "why");
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(states.get("light.a"), std::nullopt);
  apply("light.a", "off");
  EXPECT_EQ(cache.find("light.a")->number, number);
}

TEST_F(Caching, gives_each_entity_a_number_that_stays) {
  Entity& first = cache.entity("light.a");
  for (int i = 0; i < 1000; ++i) cache.entity("sensor.n" + std::to_string(i));
  EXPECT_EQ(&cache.entity("light.a"), &first);
  EXPECT_EQ(first.number, 0u);
  EXPECT_EQ(cache.find("sensor.n999")->number, 1000u);
  EXPECT_EQ(cache.find("sensor.n1000"), nullptr);
  EXPECT_EQ(cache.size(), 0u) << "known is not present";
}

TEST_F(Caching, finds_after_a_lost_connection_what_differs_and_nothing_else) {
  apply("light.same", "on", R"({"a":1,"b":2})", 1);
  apply("light.changed", "on");
  apply("light.dimmed", "on", R"({"brightness":1})");
  apply("light.gone", "on");
  const model::WireState snapshot[] = {
      wire("light.same", "on", R"({"b":2,"a":1})", 50), wire("light.changed", "off"),
      wire("light.dimmed", "on", R"({"brightness":2})"), wire("light.new", "off")};
  const auto changes = cache.reconcile(snapshot, at(60));
  EXPECT_THAT(told(changes),
              ElementsAre("light.changed on>off r", "light.dimmed on>on r", "light.new >off r"));
  EXPECT_EQ(changes[0].time_fired, at(60));
  EXPECT_EQ(states.get("light.same")->last_changed(), at(1)) << "it has been so all along";
  EXPECT_EQ(states.get("light.gone")->text(), "on") << "absence proves nothing yet";
}

TEST_F(Caching, tells_what_was_something_else_meanwhile_where_the_home_ran_through) {
  apply("light.same", "on");
  apply("light.returned", "on");
  const model::WireState snapshot[] = {wire("light.same", "on", "{}", 1),
                                       wire("light.returned", "on", "{}", 50)};
  const auto changes = cache.reconcile(snapshot, at(60));
  EXPECT_THAT(told(changes), ElementsAre("light.returned on>on r"));
  EXPECT_TRUE(changes[0].returned);
  EXPECT_FALSE(changes[0].is_news);
  EXPECT_EQ(states.get("light.returned")->last_changed(), at(50));
  EXPECT_THAT(cache.reconcile(snapshot, at(70)), IsEmpty());
}

TEST_F(Caching, tells_of_what_has_another_attribute_whether_it_was_something_else) {
  apply("light.same", "on");
  apply("light.dimmed", "on", R"({"brightness":1})");
  apply("light.returned", "on", R"({"brightness":1})");
  const model::WireState snapshot[] = {wire("light.same", "on", "{}", 1),
                                       wire("light.dimmed", "on", R"({"brightness":2})", 1),
                                       wire("light.returned", "on", R"({"brightness":2})", 50)};
  const auto changes = cache.reconcile(snapshot, at(60));
  EXPECT_THAT(told(changes), ElementsAre("light.dimmed on>on r", "light.returned on>on r"));
  EXPECT_FALSE(changes[0].returned);
  EXPECT_TRUE(changes[1].returned);
  EXPECT_TRUE(changes[0].is_news && changes[1].is_news);
}

TEST_F(Caching, does_not_mind_a_clock_of_the_home_that_was_set_back) {
  apply("light.a", "on", "{}", 100);
  apply("light.b", "on", "{}", 100);
  const model::WireState started[] = {wire("light.a", "on", "{}", 20),
                                      wire("light.b", "on", "{}", 20)};
  EXPECT_THAT(cache.reconcile(started, at(110)), IsEmpty());
  apply("light.b", "off", "{}", 30);
  const model::WireState later[] = {wire("light.a", "on", "{}", 20),
                                    wire("light.b", "off", "{}", 40)};
  EXPECT_THAT(told(cache.reconcile(later, at(120))), ElementsAre("light.b off>off r"));
}

TEST_F(Caching, compares_after_a_restart_with_what_the_home_has_said_since) {
  apply("light.a", "on");
  apply("light.b", "on");
  const model::WireState started[] = {wire("light.a", "on", "{}", 40),
                                      wire("light.b", "on", "{}", 40)};
  EXPECT_THAT(cache.reconcile(started, at(50)), IsEmpty()) << "all that it knows began at 40";
  EXPECT_EQ(states.get("light.a")->last_changed(), at(1));
  const model::WireState later[] = {wire("light.a", "on", "{}", 40),
                                    wire("light.b", "on", "{}", 60)};
  EXPECT_THAT(told(cache.reconcile(later, at(70))), ElementsAre("light.b on>on r"));
  const model::WireState started_again[] = {wire("light.a", "on", "{}", 80),
                                            wire("light.b", "on", "{}", 80)};
  EXPECT_THAT(cache.reconcile(started_again, at(90)), IsEmpty());
  EXPECT_EQ(states.get("light.b")->last_changed(), at(60));
}

TEST_F(Caching, removes_after_the_grace_period_what_has_not_come_back) {
  apply("light.stays", "on");
  apply("light.returns", "on");
  apply("light.gone", "on");
  const model::WireState snapshot[] = {wire("light.stays", "on")};
  EXPECT_THAT(cache.reconcile(snapshot, at(60)), IsEmpty());
  const StateChange back = to_state_change(apply("light.returns", "on", "{}", 70));
  EXPECT_EQ(back.old_text(), "on");
  EXPECT_THAT(told(cache.remove_missing(at(80))), ElementsAre("light.gone on> r"));
  EXPECT_THAT(cache.remove_missing(at(90)), IsEmpty());
  EXPECT_EQ(cache.size(), 2u);
}

TEST_F(Caching, does_not_remove_twice_what_an_event_removed_in_the_grace_period) {
  apply("light.a", "on");
  cache.reconcile({}, at(1));
  cache.remove("light.a", at(2), {});
  EXPECT_THAT(cache.remove_missing(at(3)), IsEmpty());
}

TEST_F(Caching, forgets_what_was_missing_when_the_next_snapshot_has_it) {
  apply("light.a", "on");
  cache.reconcile({}, at(1));
  const model::WireState snapshot[] = {wire("light.a", "on")};
  EXPECT_THAT(cache.reconcile(snapshot, at(2)), IsEmpty());
  EXPECT_THAT(cache.remove_missing(at(3)), IsEmpty());
  EXPECT_EQ(cache.size(), 1u);
}

TEST_F(Caching, brings_back_what_had_been_removed_in_between) {
  apply("light.a", "on");
  cache.reconcile({}, at(1));
  cache.remove_missing(at(2));
  const model::WireState snapshot[] = {wire("light.a", "on")};
  EXPECT_THAT(told(cache.reconcile(snapshot, at(3))), ElementsAre("light.a >on r"));
}

TEST_F(Caching, finds_each_entity_whatever_was_announced_before) {
  for (const char* const id : {"light.a", "light.b", "light.c"}) apply(id, "off");
  const auto announce = [&](std::initializer_list<std::string_view> ids) {
    for (const std::string_view id : ids) cache.expect(id);
    cache.expect({});
  };
  announce({"light.a", "light.b"});
  EXPECT_EQ(*apply("light.a", "on").entity->id, "light.a");
  EXPECT_EQ(*apply("light.b", "on").entity->id, "light.b");
  announce({"light.a", "light.b"});  // the first one does not come
  EXPECT_EQ(*apply("light.b", "dim").entity->id, "light.b");
  EXPECT_EQ(*apply("light.a", "dim").entity->id, "light.a");
  announce({"light.c"});  // a removal takes its turn, too
  EXPECT_EQ(*cache.remove("light.c", at(2), {}).entity->id, "light.c");
  // Far more than anything reads ahead, and none of it comes.
  for (int i = 0; i < 100; ++i) cache.expect(i % 2 == 0 ? "light.a" : "light.b");
  EXPECT_EQ(*apply("light.new", "on").entity->id, "light.new");
  EXPECT_EQ(*apply("light.c", "on").entity->id, "light.c");
  EXPECT_EQ(cache.size(), 4u);
}

TEST_F(Caching, may_be_told_what_is_coming_and_what_never_comes) {
  cache.expect("light.a");  // nothing is known yet
  for (int i = 0; i < 300; ++i) apply("light.n" + std::to_string(i), "on");
  for (int i = 0; i < 300; ++i) {
    const std::string id = "light.n" + std::to_string(i);
    cache.expect(id);
    cache.expect("light.unknown");
    cache.expect("");
    // Its record goes while it is being expected.
    if (i % 2 == 0) cache.remove(id, at(2), {});
    EXPECT_EQ(to_state_change(apply(id, "off")).old_text(), i % 2 == 0 ? "" : "on");
  }
  EXPECT_EQ(cache.size(), 300u);
  EXPECT_EQ(cache.find("light.unknown"), nullptr);
}

// --- States, what apps see

TEST_F(Caching, lets_apps_read_raw_and_typed) {
  apply("light.kitchen", "on", R"({"brightness":9})");
  apply("sensor.t", "21.5");
  EXPECT_EQ(states.get("light.kitchen")->text(), "on");
  EXPECT_EQ(states.get<states::Light>("light.kitchen")->brightness(), 9);
  EXPECT_EQ(states.light().get("kitchen")->brightness(), 9);
  EXPECT_EQ(states.light().get("light.kitchen")->brightness(), 9);
  EXPECT_EQ(states.light().get("nowhere"), std::nullopt);
  const EntityId kitchen = "light.kitchen";
  EXPECT_EQ(states.light().get(kitchen)->brightness(), 9);
  EXPECT_EQ(states.get<states::Light>(kitchen)->brightness(), 9);
  EXPECT_THROW((void)states.get<states::Light>("sensor.t"), Error);
  EXPECT_THROW((void)states.light().get("sensor.t"), Error);
  EXPECT_EQ(states.size(), 2u);
}

TEST_F(Caching, says_what_is_missing_where_it_is_used_unasked) {
  apply("light.kitchen", "on");
  Found<State> nothing = states.get("light.nope");
  const Found<states::Light> no_light = states.light().get("nope");
  EXPECT_FALSE(nothing);
  EXPECT_EQ(nothing.missing(), "light.nope");
  const auto what = [](auto use) -> std::string {
    try {
      use();
    } catch (const Error& error) {
      return std::string(error.code()) + ": " + error.what();
    }
    return "nothing was thrown";
  };
  for (const std::string& said :
       {what([&] { (void)nothing->text(); }), what([&] { (void)(*nothing).text(); }),
        what([&] { (void)nothing.value(); }), what([&] { (void)*std::as_const(nothing); }),
        what([&] { (void)no_light->is_on(); }), what([&] { (void)no_light.value(); }),
        what([&] { (void)states.light().get("nope")->is_on(); }),
        what([&] { (void)*states.get("light.nope"); })}) {
    EXPECT_THAT(said, AllOf(StartsWith("not_found: "), HasSubstr("light.nope"))) << said;
  }
  // Everything else is as with a std::optional.
  std::optional<State> kept = states.get("light.kitchen");
  EXPECT_EQ(kept->text(), "on");
  EXPECT_EQ((*states.get("light.kitchen")).text(), "on");
  EXPECT_EQ(states.get("light.kitchen").value().text(), "on");
  EXPECT_TRUE(states.get("light.kitchen").missing().empty());
  kept = states.get("light.nope");
  EXPECT_EQ(kept, std::nullopt);
}

TEST_F(Caching, lists_by_entity_id) {
  for (const char* id : {"sensor.b", "light.b", "light.a"}) apply(id, "1");
  cache.entity("light.unknown");
  std::vector<std::string> all;
  for (const State& state : states.all()) all.push_back(state.entity_id().str());
  EXPECT_THAT(all, ElementsAre("light.a", "light.b", "sensor.b"));
  EXPECT_EQ(states.all("light").size(), 2u);
  EXPECT_EQ(states.light().all().size(), 2u);
  EXPECT_EQ(states.all("lights").size(), 0u);
}

TEST_F(Caching, tells_who_is_home) {
  EXPECT_TRUE(states.nobody_home());
  EXPECT_FALSE(states.everybody_home());
  apply("device_tracker.phone", "home");
  EXPECT_TRUE(states.everybody_home());
  apply("person.ann", "not_home");
  EXPECT_TRUE(states.nobody_home()) << "where there are persons, they count";
  apply("person.bob", "home");
  EXPECT_TRUE(states.anybody_home());
  EXPECT_FALSE(states.everybody_home());
  apply("person.ann", "home");
  EXPECT_TRUE(states.everybody_home());
}

}  // namespace
}  // namespace hassette::state
