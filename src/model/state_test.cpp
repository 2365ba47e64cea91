#include <hassette/state.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <hassette/error.hpp>
#include <hassette/event.hpp>
#include <hassette/states/binary_sensor.hpp>
#include <hassette/states/light.hpp>
#include <hassette/states/sensor.hpp>
#include <thread>
#include <vector>

#include "model/state_record.hpp"

namespace hassette {
namespace {

using model::WireState;

State make(std::string_view id, std::string_view text, std::string_view attributes = "{}",
           std::string_view context = "null") {
  return model::make_state(model::intern_entity(id),
                           {.entity_id = id,
                            .state = text,
                            .attributes = attributes,
                            .context = context,
                            .last_changed = TimePoint(std::chrono::seconds(10)),
                            .last_updated = TimePoint(std::chrono::seconds(20))});
}

TEST(StateOfAnEntity, tells_what_was_said_of_it) {
  const State state = make("light.hall", "on", R"({"brightness":200,"friendly_name":"Hall"})");
  EXPECT_EQ(state.entity_id(), "light.hall");
  EXPECT_EQ(state.domain(), "light");
  EXPECT_EQ(state.text(), "on");
  EXPECT_EQ(state.attribute_as<int>("brightness"), 200);
  EXPECT_EQ(state.attribute_as<std::string>("brightness"), std::nullopt);
  EXPECT_TRUE(state.attribute("absent").is_null());
  EXPECT_EQ(state.friendly_name(), "Hall");
  EXPECT_EQ(state.last_changed(), TimePoint(std::chrono::seconds(10)));
  EXPECT_EQ(state.last_updated(), TimePoint(std::chrono::seconds(20)));
  EXPECT_EQ(make("light.hall", "on").friendly_name(), "light.hall");
}

TEST(StateOfAnEntity, says_whether_there_is_a_value) {
  EXPECT_TRUE(make("sensor.t", "unknown").is_unknown());
  EXPECT_TRUE(make("sensor.t", "unavailable").is_unavailable());
  EXPECT_FALSE(make("sensor.t", "unavailable").has_value());
  EXPECT_TRUE(make("sensor.t", "21").has_value());
}

TEST(StateOfAnEntity, does_not_need_the_message_that_it_came_in) {
  auto text =
      std::make_unique<std::string>(R"({"a":"long enough to live on the heap"}{"id":"01H"})");
  const std::size_t attributes = text->find('}') + 1;
  const State state = make("sensor.t", "21", std::string_view(*text).substr(0, attributes),
                           std::string_view(*text).substr(attributes));
  text.reset();
  EXPECT_EQ(state.attribute_as<std::string>("a"), "long enough to live on the heap");
  EXPECT_EQ(state.context().id, "01H");
}

TEST(StateOfAnEntity, reads_attributes_once_also_from_several_threads) {
  const State state = make("sensor.t", "21", R"({"a":[1,2,3]})");
  const Json* seen[4] = {};
  {
    std::vector<std::jthread> threads;
    for (auto& into : seen) threads.emplace_back([&] { into = &state.attributes(); });
  }
  for (const Json* one : seen) EXPECT_EQ(one, seen[0]);
  EXPECT_EQ(state.attribute("a").size(), 3u);
}

TEST(StateOfAnEntity, lives_as_long_as_its_last_copy_on_whatever_thread) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    // Each thread has copies of a state that the loop's thread goes on sharing and dropping.
    State state = make("sensor.t", std::to_string(i), std::string(100 + i * 900u, ' '));
    std::optional<State> other = state;
    threads.emplace_back([state = std::move(state), i] {
      std::vector<State> copies(1000, state);
      copies.resize(10, state);
      copies[3] = copies[4];
      EXPECT_EQ(copies[3].text(), std::to_string(i));
    });
    for (int again = 0; again < 1000; ++again) other = State(*other);
    other.reset();
  }
}

TEST(StateOfAnEntity, may_be_assigned_to_itself_and_moved) {
  State state = make("sensor.t", "21");
  const State& same = state;
  state = same;
  EXPECT_EQ(state.text(), "21");
  State moved = std::move(state);
  state = make("sensor.t", "22");
  EXPECT_EQ(moved.text(), "21");
  EXPECT_EQ(state.text(), "22");
}

TEST(AnEntityId, is_kept_once_for_all_states_of_the_entity) {
  const EntityId& id = model::intern_entity("light.hall");
  EXPECT_EQ(&id, &model::intern_entity(std::string("light.") + "hall"));
  EXPECT_NE(&id, &model::intern_entity("light.hall_2"));
  EXPECT_EQ(&make("light.hall", "on").entity_id(), &id);
}

TEST(StateOfAnEntity, without_readable_attributes_has_none) {
  EXPECT_TRUE(make("sensor.t", "21", "{broken").attributes().is_object());
  EXPECT_TRUE(make("sensor.t", "21", "[1]").attributes().empty());
}

TEST(StateOfAnEntity, is_compared_by_value_and_not_by_time_or_spelling) {
  const State state = make("sensor.t", "21", R"({"a":1,"b":[1,2]})");
  EXPECT_TRUE(state.same_value(make("sensor.t", "21", R"({ "b": [1.0, 2], "a": 1 })", "\"x\"")));
  EXPECT_FALSE(state.same_value(make("sensor.t", "22", R"({"a":1,"b":[1,2]})")));
  EXPECT_FALSE(state.same_value(make("sensor.t", "21", R"({"a":1})")));
}

TEST(StateOfAnEntity, knows_both_forms_of_context) {
  const Context full =
      make("light.a", "on", "{}", R"({"id":"01","parent_id":null,"user_id":"u"})").context();
  EXPECT_EQ(full.id, "01");
  EXPECT_EQ(full.parent_id, "");
  EXPECT_EQ(full.user_id, "u");
  EXPECT_EQ(make("light.a", "on", "{}", R"("02")").context().id, "02");
  EXPECT_EQ(make("light.a", "on", "{}", "null").context(), Context());
  EXPECT_EQ(make("light.a", "on", "{}", "").context(), Context());
}

TEST(AContext, is_read_alike_however_it_is_written) {
  const Context expected{.id = "01", .parent_id = "00", .user_id = ""};
  for (const std::string_view text :
       {R"({"id":"01","parent_id":"00","user_id":null})", R"({ "id": "01", "parent_id": "00" })",
        R"({"id":"\u00301","parent_id":"00"})",
        R"({"user_id":null,"more":"x","parent_id":"00","id":"01"})",
        R"({"more":{"id":"x"},"parent_id":"00","id":"01"})"}) {
    EXPECT_EQ(model::parse_context(text), expected) << text;
  }
  for (const std::string_view text :
       {"", "{", "{}", R"({"id":"01")", R"({"id":"01",})", R"({"id")", "[]"}) {
    EXPECT_EQ(model::parse_context(text), Context()) << text;
  }
}

TEST(StateOfAnEntity, is_made_from_a_state_object) {
  const State state = model::make_state(
      Json{{"entity_id", "light.hall"},
           {"state", "on"},
           {"attributes", {{"brightness", 3}}},
           {"last_changed", "2025-11-24T16:00:00.5+00:00"},
           {"last_updated", "2025-11-24T17:00:01+01:00"},
           {"context", {{"id", "01"}, {"parent_id", "00"}, {"user_id", nullptr}}}});
  EXPECT_EQ(state.entity_id(), "light.hall");
  EXPECT_EQ(state.attribute_as<int>("brightness"), 3);
  EXPECT_EQ(state.last_changed(),
            TimePoint(std::chrono::seconds(1'764'000'000)) + std::chrono::milliseconds(500));
  EXPECT_EQ(state.last_updated() - state.last_changed(), std::chrono::milliseconds(500));
  EXPECT_EQ(state.context().parent_id, "00");
}

TEST(StateOfAnEntity, is_not_made_from_anything_else) {
  for (const Json& wrong : {Json(), Json("on"), Json{{"state", "on"}}, Json{{"entity_id", "a.b"}},
                            Json{{"entity_id", "a.b"}, {"state", 21}}}) {
    EXPECT_THROW(model::make_state(wrong), Error) << wrong.dump();
  }
  const State bare = model::make_state(Json{{"entity_id", "a.b"}, {"state", "x"}});
  EXPECT_TRUE(bare.attributes().empty());
  EXPECT_EQ(bare.context(), Context());
  EXPECT_EQ(bare.last_changed(), TimePoint());
}

TEST(TypedViews, read_what_their_domain_has) {
  const states::Light light(make("light.hall", "on", R"({"brightness":200,"rgb_color":[1,2,3]})"));
  EXPECT_TRUE(light.is_on());
  EXPECT_EQ(light.value(), true);
  EXPECT_EQ(light.brightness(), 200);
  EXPECT_EQ(light.rgb_color().size(), 3u);
  EXPECT_EQ(light.effect(), std::nullopt);
  EXPECT_EQ(states::Light(make("light.hall", "unavailable")).value(), std::nullopt);
  EXPECT_TRUE(states::BinarySensor(make("binary_sensor.door", "off")).is_off());
}

TEST(AStateChange, tells_a_changed_state_from_changed_attributes) {
  StateChange change{.entity_id = "light.a",
                     .old_state = make("light.a", "on"),
                     .new_state = make("light.a", "on", R"({"a":1})")};
  EXPECT_FALSE(change.state_changed());
  change.new_state = make("light.a", "off");
  EXPECT_TRUE(change.state_changed());
  EXPECT_EQ(change.old_text(), "on");
  EXPECT_EQ(change.new_text(), "off");
  change.new_state.reset();
  EXPECT_TRUE(change.state_changed());
  EXPECT_EQ(change.new_text(), "");
}

TEST(AServiceCall, names_domain_service_and_data) {
  const Event event{
      .type = "call_service",
      .data = {{"domain", "light"}, {"service", "turn_on"}, {"service_data", {{"x", 1}}}}};
  EXPECT_EQ(event.domain(), "light");
  EXPECT_EQ(event.service(), "turn_on");
  EXPECT_EQ(event.service_data()["x"], Json(1));
  EXPECT_EQ(Event{.type = "other"}.domain(), "");
}

}  // namespace
}  // namespace hassette
