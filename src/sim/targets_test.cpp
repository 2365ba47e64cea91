// Whom calls reach, what groups say of their members, and who is to blame.
#include "sim/script.hpp"
#include "sim/test_home.hpp"

namespace hassette::sim {
namespace {

using namespace std::chrono_literals;

using Targets = HomeTest;

Json group(Json fields) {
  fields["object_id"] = "g";
  return fields;
}

TEST_F(Targets, a_label_does_not_reach_what_is_hidden) {
  for (const char* id : {"switch.shown", "switch.hidden", "switch.for_diagnosis"}) {
    home.registries().add_entity(id, "demo", Json::object({{"labels", Json::array({"lab"})}}));
    home.write(id, "off", {});
  }
  home.registries().update_entity(
      Json::object({{"entity_id", "switch.hidden"}, {"hidden_by", "user"}}));
  home.registries().update_entity(
      Json::object({{"entity_id", "switch.for_diagnosis"}, {"entity_category", "diagnostic"}}));
  call("switch", "turn_on", Json::object({{"label_id", "lab"}}));
  EXPECT_EQ(home.state_text("switch.shown"), "on");
  EXPECT_EQ(home.state_text("switch.hidden"), "off");
  EXPECT_EQ(home.state_text("switch.for_diagnosis"), "off");
}

TEST_F(Targets, what_is_disabled_has_no_state_until_it_is_enabled_again) {
  home.registries().add_entity("switch.s", "demo", {});
  home.write("switch.s", "on", Json::object({{"friendly_name", "S"}}));
  const auto disable = [&](Json by) {
    return home.registries().update_entity(
        Json::object({{"entity_id", "switch.s"}, {"disabled_by", std::move(by)}}));
  };
  disable("user");
  EXPECT_FALSE(home.state("switch.s"));
  EXPECT_EQ(disable(nullptr)["reload_delay"], Json(30));
  EXPECT_FALSE(home.state("switch.s"));
  pass(30s);
  EXPECT_EQ(home.state_text("switch.s"), "on");
  EXPECT_EQ(attribute("switch.s", "friendly_name"), Json("S"));
}

TEST_F(Targets, an_automation_that_is_triggered_acts_on_its_own_behalf) {
  home.write("automation.echo", "on", Json::object({{"friendly_name", "Echo"}}));
  const Json data = Json::object({{"n", "{{ trigger.event.data.n }}"}});
  add_automation(home, "automation.echo",
                 Json::object({{"platform", "event"}, {"event_type", "ping"}}),
                 Json::array({Json::object({{"event", "pong"}, {"event_data", data}})}));
  for (const char* type : {"call_service", "automation_triggered", "pong", "state_changed"}) {
    watch(type);
  }
  call("automation", "trigger", Json::object({{"entity_id", "automation.echo"}}));
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[1]->data(), Json::object({{"name", "Echo"}, {"entity_id", "automation.echo"}}));
  for (std::size_t i = 1; i < 5; ++i) {
    EXPECT_EQ(events[i]->context().parent_id, events[0]->context().id) << i;
    EXPECT_EQ(events[i]->context().user_id, "") << i;
    EXPECT_EQ(events[i]->context(), events[1]->context()) << i;
  }
  EXPECT_EQ(events[3]->type(), "pong");
  EXPECT_EQ(events[3]->data(), Json::object()) << "there was no event to read n from";
}

TEST_F(Targets, a_notification_is_no_event) {
  watch("persistent_notifications_updated");
  call("persistent_notification", "create", Json::object({{"message", "x"}}));
  EXPECT_EQ(home.notifications().size(), 1u);
  EXPECT_TRUE(events.empty());
}

TEST_F(Targets, a_group_is_set_changed_and_removed) {
  home.write("light.l", "on", {});
  home.write("switch.s", "off", {});
  watch("state_changed");
  call("group", "set", group(Json::object({{"entities", Json::array({"light.l", "switch.s"})}})));
  EXPECT_EQ(events.size(), 1u);
  EXPECT_EQ(home.state("group.g")->attributes(),
            Json::object({{"entity_id", Json::array({"light.l", "switch.s"})},
                          {"order", 0},
                          {"auto", true},
                          {"friendly_name", "g"}}));
  EXPECT_EQ(home.state_text("group.g"), "on");
  call("group", "set", group(Json::object({{"all", true}, {"name", "All"}, {"icon", "mdi:x"}})));
  EXPECT_EQ(home.state_text("group.g"), "on") << "nobody has looked again";
  EXPECT_EQ(attribute("group.g", "friendly_name"), Json("All"));
  home.write("light.l", "on", Json::object({{"brightness", 5}}));
  EXPECT_EQ(home.state_text("group.g"), "off");
  home.write_state("switch.s", "on");
  EXPECT_EQ(home.state_text("group.g"), "on");
  home.write("lock.k", "locked", {});
  call("group", "set", group(Json::object({{"add_entities", "lock.k"}})));
  EXPECT_EQ(home.state_text("group.g"), "off");
  call("group", "set", group(Json::object({{"entities", Json::array({"lock.k"})}})));
  EXPECT_EQ(home.state_text("group.g"), "locked") << "the word of its only kind";
  home.write_state("lock.k", "unlocked");
  EXPECT_EQ(home.state_text("group.g"), "unlocked");
  EXPECT_EQ(refusal("group", "set", Json::object({{"object_id", "Bad Id"}})),
            "invalid_format: invalid slug Bad Id (try bad_id) for dictionary value @ "
            "data['object_id']");
  call("group", "remove", Json::object({{"object_id", "g"}}));
  EXPECT_FALSE(home.state("group.g"));
}

}  // namespace
}  // namespace hassette::sim
