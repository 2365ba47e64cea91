#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <hassette/accessor.hpp>
#include <hassette/states/light.hpp>
#include "bus/predicate_testing.hpp"

namespace hassette::bus {
namespace {

/// What the accessor finds, as text; "missing" where there is nothing.
std::string shown(const Value& value) {
  return value.is_missing() ? "missing" : value.json().dump();
}
std::string shown(const ChangeAccessor::Pair& pair) {
  return shown(pair.first) + " " + shown(pair.second);
}

const StateChange kDimmed =
    changed(state("light.a", "on", {{"brightness", 255}, {"effect", nullptr}, {"gone", 1}}),
            state("light.a", "on", {{"brightness", 10}, {"effect", nullptr}, {"rgb", {1, 2}}}),
            {.id = "01A", .parent_id = "01P", .user_id = ""});
const StateChange kAppeared = changed({}, state("light.a", "off"));
const StateChange kRemoved = changed(state("light.a", "off"), {});

TEST(Accessors, read_the_state_of_either_side) {
  EXPECT_EQ(shown(A::state()(turned("light.a", "off", "on"))), R"("off" "on")");
  EXPECT_EQ(shown(A::state()(kAppeared)), R"(missing "off")");
  EXPECT_EQ(shown(A::state_old()(kAppeared)), "missing");
  EXPECT_EQ(shown(A::state_new()(kRemoved)), "missing");
  EXPECT_EQ(shown(A::state_old()(kRemoved)), R"("off")");
}

TEST(Accessors, read_attributes_and_tell_null_from_absent) {
  EXPECT_EQ(shown(A::attr("brightness")(kDimmed)), "255 10");
  EXPECT_EQ(shown(A::attr("effect")(kDimmed)), "null null");
  EXPECT_EQ(shown(A::attr("rgb")(kDimmed)), "missing [1,2]");
  EXPECT_EQ(shown(A::attr_old("gone")(kDimmed)), "1");
  EXPECT_EQ(shown(A::attr_new("gone")(kDimmed)), "missing");
  EXPECT_EQ(shown(A::attr("x")(kRemoved)), "missing missing");
  EXPECT_EQ(shown(A::attrs({"brightness", "gone"})(kDimmed)),
            R"({"brightness":255,"gone":1} {"brightness":10})");
  EXPECT_EQ(shown(A::attrs_old({"gone"})(kAppeared)), "missing");
  EXPECT_EQ(shown(A::attrs_new({"gone"})(kAppeared)), "{}");
  EXPECT_EQ(shown(A::all_attrs_new()(kDimmed)), R"({"brightness":10,"effect":null,"rgb":[1,2]})");
  EXPECT_EQ(shown(A::all_attrs_old()(kAppeared)), "missing");
}

TEST(Accessors, read_members_of_typed_views) {
  EXPECT_EQ(shown(A::attr<&states::Light::brightness>()(kDimmed)), "255 10");
  EXPECT_EQ(shown(A::attr_new<&states::Light::is_on>()(kDimmed)), "true");
  EXPECT_EQ(shown(A::attr_new<&states::Light::effect>()(kDimmed)), "missing");
  EXPECT_EQ(shown(A::attr_old<&states::Light::brightness>()(kAppeared)), "missing");
  EXPECT_EQ(shown(A::attr_new<&states::Light::brightness>()(turned("sensor.a", "1", "2"))),
            "missing")
      << "it is no light";
  EXPECT_EQ(A::attr_new<&states::Light::brightness>().summary(), "brightness");
}

TEST(Accessors, follow_a_path) {
  const Event turned_on = call("light", "turn_on", {{"rgb_color", {1, 2, 3}}, {"x", {{"y", 5}}}});
  EXPECT_EQ(shown(A::path("service_data.x.y")(turned_on)), "5");
  EXPECT_EQ(shown(A::path("service_data.rgb_color.1")(turned_on)), "2");
  EXPECT_EQ(shown(A::path("service_data.rgb_color.3")(turned_on)), "missing");
  EXPECT_EQ(shown(A::path("service_data.rgb_color.-1")(turned_on)), "missing");
  EXPECT_EQ(shown(A::path("service_data.x.y.z")(turned_on)), "missing");
  EXPECT_EQ(shown(A::path("")(turned_on)), "missing");
  EXPECT_EQ(shown(A::path("entity_id")(kDimmed)), R"("light.a")");
  EXPECT_EQ(shown(A::path("new_state.state")(kDimmed)), R"("on")");
  EXPECT_EQ(shown(A::path("old_state.attributes.brightness")(kDimmed)), "255");
  EXPECT_EQ(shown(A::path("old_state.state")(kAppeared)), "missing");
  EXPECT_EQ(shown(A::path("old_state")(kDimmed)), "missing");
}

TEST(Accessors, read_what_both_kinds_of_events_have) {
  const Event one = call("light", "turn_on", {{"entity_id", "light.b"}});
  const Event several = call("light", "turn_on", {{"entity_id", Json::array({"light.b"})}});
  const Event other = {
      .type = "tag", .data = {{"entity_id", "tag.x"}}, .time_fired = {}, .context = {}};
  EXPECT_EQ(shown(A::domain()(kDimmed)), R"("light")");
  EXPECT_EQ(shown(A::domain()(one)), R"("light")");
  EXPECT_EQ(shown(A::domain()(other)), "missing");
  EXPECT_EQ(shown(A::entity_id()(kDimmed)), R"("light.a")");
  EXPECT_EQ(shown(A::entity_id()(one)), R"("light.b")");
  EXPECT_EQ(shown(A::entity_id()(several)), R"(["light.b"])");
  EXPECT_EQ(shown(A::entity_id()(other)), R"("tag.x")");
  EXPECT_EQ(shown(A::context()(kDimmed)), R"({"id":"01A","parent_id":"01P","user_id":null})");
}

TEST(Accessors, read_a_service_call) {
  const Event turned_on = call("light", "turn_on", {{"brightness", 5}});
  EXPECT_EQ(shown(A::service()(turned_on)), R"("turn_on")");
  EXPECT_EQ(shown(A::service_data()(turned_on)), R"({"brightness":5})");
  EXPECT_EQ(shown(A::service_data_key("brightness")(turned_on)), "5");
  EXPECT_EQ(shown(A::service_data_key("effect")(turned_on)), "missing");
  EXPECT_EQ(shown(A::service()({})), "missing");
}

TEST(Accessors, list_what_changed) {
  EXPECT_EQ(shown(A::all_changes()(kDimmed)),
            R"({"attributes":{"brightness":[255,10],"gone":[1,null],"rgb":[null,[1,2]]}})");
  EXPECT_EQ(shown(A::all_changes({"gone", "rgb", "brightness"})(kDimmed)), "missing");
  EXPECT_EQ(shown(A::all_changes()(turned("light.a", "off", "on"))), R"({"state":["off","on"]})");
  EXPECT_EQ(shown(A::all_changes()(kAppeared)), R"({"state":[null,"off"]})");
}

}  // namespace
}  // namespace hassette::bus
