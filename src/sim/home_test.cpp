#include "sim/home.hpp"

#include "sim/test_home.hpp"

namespace hassette::sim {
namespace {

using Rules = HomeTest;

TEST_F(Rules, first_write_fires_an_event_without_an_old_state) {
  watch("state_changed");
  home.write("light.k", "on", Json::object({{"brightness", 9}}));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]->before(), nullptr);
  EXPECT_EQ(events[0]->after()->state(), "on");
  EXPECT_EQ(events[0]->after()->last_changed(), events[0]->after()->last_updated());
}

TEST_F(Rules, unchanged_write_only_moves_the_time_of_report) {
  home.write("light.k", "on", Json::object({{"brightness", 9}}));
  const StatePtr before = home.state("light.k");
  const std::string text = before->text();
  watch("state_changed");
  pass(std::chrono::seconds(10));
  home.write("light.k", "on", Json::object({{"brightness", 9.0}}));
  EXPECT_TRUE(events.empty());
  EXPECT_EQ(home.state("light.k"), before);
  EXPECT_GT(before->last_reported(), before->last_updated());
  EXPECT_EQ(before->text(), text) << "text that was made stays stale";
}

TEST_F(Rules, change_of_attributes_alone_keeps_the_time_of_change) {
  home.write("light.k", "on", Json::object({{"brightness", 9}}));
  const TimePoint changed = home.state("light.k")->last_changed();
  pass(std::chrono::seconds(10));
  home.write("light.k", "on", Json::object({{"brightness", 10}}));
  EXPECT_EQ(home.state("light.k")->last_changed(), changed);
  EXPECT_GT(home.state("light.k")->last_updated(), changed);
}

TEST_F(Rules, forced_write_of_the_same_is_a_change) {
  home.write("timer.t", "idle", {});
  watch("state_changed");
  home.write("timer.t", "idle", {}, true);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]->after()->last_changed(), events[0]->after()->last_updated());
}

TEST_F(Rules, state_over_255_characters_becomes_unknown) {
  home.write("sensor.long", std::string(256, 'x'), {});
  EXPECT_EQ(home.state("sensor.long")->state(), "unknown");
  std::string umlauts;
  for (int i = 0; i < 255; ++i) umlauts += "ä";
  home.write("sensor.long", umlauts, {});
  EXPECT_EQ(home.state("sensor.long")->state(), umlauts) << "510 bytes, 255 characters";
}

TEST_F(Rules, removal_fires_an_event_without_a_new_state) {
  home.write("light.k", "on", {});
  watch("state_changed");
  EXPECT_TRUE(home.remove("light.k", home.make_context()));
  EXPECT_FALSE(home.remove("light.k", home.make_context()));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]->after(), nullptr);
  EXPECT_EQ(*events[0]->compressed_text(), R"({"r":["light.k"]})");
}

TEST_F(Rules, writes_within_five_seconds_of_a_call_carry_its_context) {
  home.write("switch.s", "off", {});
  const Context context = home.make_context(kOwnerUser);
  home.touch("switch.s", context);
  pass(std::chrono::seconds(4));
  home.write_state("switch.s", "on");
  EXPECT_EQ(home.state("switch.s")->context(), context);
  pass(std::chrono::seconds(2));
  home.write_state("switch.s", "off");
  EXPECT_NE(home.state("switch.s")->context().id, context.id);
  EXPECT_TRUE(home.state("switch.s")->context().user_id.empty());
}

TEST_F(Rules, contexts_are_26_characters_in_order_of_time_and_the_same_from_the_same_seed) {
  const std::string first = home.make_context().id;
  pass(std::chrono::seconds(1));
  const std::string second = home.make_context().id;
  EXPECT_EQ(first.size(), 26u);
  EXPECT_LT(first, second);
  async::VirtualClock other_clock{*time::parse_iso8601("2026-05-03T06:00:00+00:00")};
  async::Loop other_loop{other_clock, reactor};
  Home other(other_loop, 7);
  EXPECT_EQ(other.make_context().id, first);
}

TEST_F(Rules, events_of_listeners_are_delivered_before_the_rest_of_the_first) {
  std::vector<std::string> order;
  home.bus().listen(EventBus::kAll, [&](const EventPtr& event) { order.push_back(event->type()); });
  home.bus().listen("first",
                    [&](const EventPtr&) { home.fire("second", {}, home.make_context()); });
  home.fire("first", {}, home.make_context());
  EXPECT_EQ(order, (std::vector<std::string>{"second", "first"}));
}

TEST_F(Rules, difference_names_only_what_changed_and_what_went) {
  home.write("light.k", "on", Json::object({{"brightness", 9}, {"effect", "rainbow"}}));
  const StatePtr before = home.state("light.k");
  home.set("light.k", "off", Json::object({{"effect", "none"}, {"icon", nullptr}}),
           home.make_context(kOwnerUser));
  const Json difference =
      json::parse(compressed_difference(*before, *home.state("light.k"))).value();
  const Json& added = difference["+"];
  EXPECT_EQ(added["s"], Json("off"));
  EXPECT_TRUE(added.contains("lc"));
  EXPECT_FALSE(added.contains("lu"));
  EXPECT_EQ(added["a"], Json::object({{"effect", "none"}})) << "a new attribute that is null";
  EXPECT_EQ(added["c"]["user_id"], Json(kOwnerUser));
  EXPECT_FALSE(added["c"].contains("parent_id"));
  EXPECT_EQ(difference["-"]["a"], Json::array({"brightness"}));
}

TEST_F(Rules, template_entities_follow_a_turn_later_and_once_for_many_changes) {
  home.write("input_number.n", "1.0", {});
  home.write("sensor.double", "2.0", {});
  int renders = 0;
  home.follow({"sensor.double", {"input_number.n"}, [&]() -> std::optional<std::string> {
                 ++renders;
                 return home.state_text("input_number.n");
               }});
  home.write_state("input_number.n", "2.0");
  home.write_state("input_number.n", "3.0");
  EXPECT_EQ(home.state_text("sensor.double"), "2.0");
  loop.run_ready();
  EXPECT_EQ(home.state_text("sensor.double"), "3.0");
  EXPECT_EQ(renders, 1);
}

TEST_F(Rules, history_gives_the_state_at_the_start_and_significant_changes) {
  home.write("sensor.t", "1", Json::object({{"friendly_name", "T"}, {"supported_features", 4}}));
  pass(std::chrono::minutes(10));
  const TimePoint start = home.now();
  pass(std::chrono::minutes(1));
  home.write_state("sensor.t", "2");
  home.write("sensor.t", "2", Json::object({{"friendly_name", "U"}}));
  HistoryRequest request{start, start + std::chrono::hours(1), {"sensor.t"}};
  const Json rows = home.recorder().history(request)["sensor.t"];
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows.at(0)["s"], Json("1"));
  EXPECT_EQ(rows.at(0)["lu"], Json(epoch_seconds(start)));
  EXPECT_EQ(rows.at(0)["a"], Json::object({{"friendly_name", "T"}}));
  request.significant_only = false;
  EXPECT_EQ(home.recorder().history(request)["sensor.t"].size(), 3u);
}

TEST_F(Rules, recorder_forgets_the_oldest) {
  home.recorder().set_capacity(10);
  for (int i = 0; i < 50; ++i) home.write("sensor.t", std::to_string(i), {});
  HistoryRequest request{
      home.now() - std::chrono::hours(1), home.now() + std::chrono::hours(1), {"sensor.t"}};
  EXPECT_EQ(home.recorder().history(request)["sensor.t"].size(), 10u);
}

TEST_F(Rules, entity_in_the_area_of_its_device_is_reached_and_hidden_ones_are_not) {
  Registries& registries = home.registries();
  registries.create("floor", Json::object({{"name", "Ground"}}));
  registries.create("area", Json::object({{"name", "Den"}, {"floor_id", "ground"}}));
  registries.create("label", Json::object({{"name", "Night"}}));
  registries.add_device("d1", "Lamp", Json::object({{"area_id", "den"}}));
  registries.add_entity("light.a", "demo", Json::object({{"device_id", "d1"}}));
  registries.add_entity("light.b", "demo",
                        Json::object({{"area_id", "den"}, {"hidden_by", "user"}}));
  registries.add_entity("sensor.c", "demo",
                        Json::object({{"area_id", "den"}, {"entity_category", "diagnostic"}}));
  registries.add_entity("light.d", "demo", Json::object({{"labels", Json::array({"night"})}}));
  const auto reach = [&](const char* key, const char* id) {
    Json target = Json::object();
    target[key] = Json::array({id});
    return resolve_target(home, target, {}).entities;
  };
  EXPECT_EQ(reach("area_id", "den"), std::vector<std::string>{"light.a"});
  EXPECT_EQ(reach("floor_id", "ground"), std::vector<std::string>{"light.a"});
  EXPECT_EQ(reach("device_id", "d1"), std::vector<std::string>{"light.a"});
  EXPECT_EQ(reach("label_id", "night"), std::vector<std::string>{"light.d"});
}

TEST_F(Rules, registry_refuses_a_name_that_is_taken_and_an_id_that_is_not_there) {
  home.registries().create("area", Json::object({{"name", "Den"}}));
  const auto message = [](auto action) -> std::string {
    try {
      action();
    } catch (const CommandFailure& failure) {
      return failure.code + ": " + failure.message;
    }
    return "accepted";
  };
  EXPECT_EQ(message([&] { home.registries().create("area", Json::object({{"name", "den"}})); }),
            "invalid_info: The name den (den) is already in use");
  EXPECT_EQ(message([&] { home.registries().remove("floor", "attic"); }),
            "invalid_info: Floor ID doesn't exist");
  EXPECT_EQ(message([&] { static_cast<void>(home.registries().entity("light.x")); }),
            "not_found: Entity not found");
}

}  // namespace
}  // namespace hassette::sim
