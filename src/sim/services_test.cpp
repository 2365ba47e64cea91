#include "sim/service.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "sim/colour.hpp"
#include "sim/script.hpp"
#include "sim/test_home.hpp"

namespace hassette::sim {
namespace {

using Service_ = HomeTest;

Json on(const char* entity_id) {
  return Json::object({{"entity_id", entity_id}});
}

Json colour_light() {
  return Json::object({{"supported_color_modes", Json::array({"color_temp", "hs"})},
                       {"color_mode", nullptr},
                       {"brightness", nullptr},
                       {"color_temp_kelvin", nullptr},
                       {"color_temp", nullptr},
                       {"hs_color", nullptr},
                       {"rgb_color", nullptr},
                       {"xy_color", nullptr}});
}

TEST(Colour, comes_out_as_home_assistant_rounds_it) {
  EXPECT_EQ(hs_from_kelvin(2631), (Hs{28.55, 67.974}));
  EXPECT_EQ(rgb_from_hs({28.55, 67.974}), (Rgb{255, 164, 82}));
  EXPECT_EQ(xy_from_rgb({255, 164, 82}), (Xy{0.532, 0.388}));
  EXPECT_EQ(rgb_from_hs({345, 75}), (Rgb{255, 64, 112}));
  EXPECT_EQ(xy_from_rgb({255, 64, 112}), (Xy{0.588, 0.274}));
  EXPECT_EQ(rgb_from_rgbw({1, 2, 3, 4}), (Rgb{3, 3, 4}));
  EXPECT_EQ(rgbw_from_rgb({60, 120, 180}), (Rgbw{0, 90, 180, 90}));
  EXPECT_EQ(rgbw_from_rgb({0, 0, 0}), (Rgbw{0, 0, 0, 0}));
  EXPECT_EQ(rgb_by_name("Pale Green"), (Rgb{152, 251, 152}));
  EXPECT_EQ(rgb_by_name("bleu"), std::nullopt);
}

// As a state that somebody wrote may hold it: what is tested is that nothing is undefined.
TEST(Colour, of_any_numbers_is_some_colour) {
  const std::vector<double> all = {-1e6, -1, 0, 5e-324, 0.5, 1, 255, 1e6};
  std::size_t made = 0;
  const auto take = [&](const auto& colour) {
    made += std::ranges::all_of(colour, [](auto part) { return std::isfinite(part * 1.0); });
  };
  for (const double a : all) {
    for (const double b : all) {
      const Rgb rgb = rgb_from_xy({a, b});
      take(rgb);
      take(rgb_from_hs({a, b}));
      EXPECT_GE(kelvin_from_xy({a, b}), 1);
      for (const double c : all) {
        const Rgb far{static_cast<int>(a), static_cast<int>(b), static_cast<int>(c)};
        const Whites whites{.warmest = 1, .coldest = static_cast<std::int64_t>(std::abs(c)) + 1};
        take(rgbw_from_rgb(far));
        take(rgbww_from_rgb(far, whites));
        take(rgb_from_rgbw({far[0], far[1], far[2], far[0]}));
        take(rgb_from_rgbww({far[0], far[1], far[2], far[1], far[2]}, whites));
        take(rgbww_from_kelvin(whites.coldest, std::int64_t{far[0]} * 1'000'000, whites));
      }
    }
  }
  EXPECT_EQ(made, all.size() * all.size() * (2 + 5 * all.size()));
}

TEST(Schema, whole_numbers_fit_or_are_none) {
  EXPECT_EQ(to_whole(5.9), 5);
  EXPECT_EQ(to_whole(-5.9), -5);
  EXPECT_EQ(to_whole(-9223372036854775808.0), INT64_MIN);
  EXPECT_EQ(to_whole(9223372036854775808.0), std::nullopt);
  EXPECT_EQ(to_whole(1e300), std::nullopt);
  EXPECT_EQ(to_whole(std::numeric_limits<double>::quiet_NaN()), std::nullopt);
}

TEST(Schema, integers_beyond_what_a_double_holds_stay_exact) {
  const Schema schema({{"n", accept::integer_within(0, INT64_MAX)}});
  Json data = Json::object({{"n", 9007199254740993}});
  EXPECT_TRUE(schema.check(data).empty());
  EXPECT_EQ(data["n"].as_int(), 9007199254740993);
}

TEST(Schema, periods_are_read_as_home_assistant_reads_them) {
  using std::chrono::milliseconds;
  EXPECT_EQ(period_from("0:10"), milliseconds(600'000));
  EXPECT_EQ(period_from("-00:00:01"), milliseconds(-1000));
  EXPECT_EQ(period_from("0:0:1.5"), milliseconds(1500));
  EXPECT_EQ(period_from("7"), milliseconds(7000));
  EXPECT_EQ(period_from(1.5), milliseconds(1500));
  EXPECT_EQ(period_from(Json::object({{"minutes", 1}, {"milliseconds", 5}})), milliseconds(60'005));
  EXPECT_EQ(period_from("1:2:3:4"), std::nullopt);
  EXPECT_EQ(period_from("1.5:00"), std::nullopt);
  EXPECT_EQ(period_from(Json::object({{"minutes", "x"}})), std::nullopt);
  EXPECT_EQ(period_from(1e300), std::nullopt);
  EXPECT_EQ(period_from(1e11), std::nullopt) << "more than the loop can sleep";
}

TEST_F(Service_, numbers_beyond_every_bound_are_refused) {
  home.write("cover.c", "open", Json::object({{"current_position", 50}}));
  home.write("counter.c", "1", Json::object());
  home.write("timer.t", "idle", Json::object({{"duration", "0:10:00"}}));
  Json data = on("cover.c");
  data["position"] = 1e30;
  EXPECT_EQ(refusal("cover", "set_cover_position", data),
            "invalid_format: value must be at most 100 for dictionary value @ data['position']");
  data["position"] = -1e30;
  EXPECT_EQ(refusal("cover", "set_cover_position", data),
            "invalid_format: value must be at least 0 for dictionary value @ data['position']");
  data = on("counter.c");
  data["value"] = 1e30;
  EXPECT_EQ(refusal("counter", "set_value", data),
            "invalid_format: value must be at most 9223372036854775807 for dictionary value @ "
            "data['value']");
  data = on("timer.t");
  data["duration"] = 1e300;
  EXPECT_EQ(refusal("timer", "start", data),
            "unknown_error: Python int too large to convert to C int");
}

TEST_F(Service_, what_fails_unexpectedly_is_an_answer) {
  home.services().add(
      {.domain = "test", .name = "fail", .run = [](Home&, const ServiceCall&) -> Outcome {
         throw std::runtime_error("out of luck");
       }});
  EXPECT_EQ(refusal("test", "fail", Json::object()), "unknown_error: out of luck");
}

TEST_F(Service_, light_shows_its_values_while_on_and_remembers_them_while_off) {
  home.write("light.k", "off", colour_light());
  Json data = on("light.k");
  data["brightness_pct"] = 50;
  data["rgb_color"] = Json::array({255, 64, 112});
  call("light", "turn_on", data);
  EXPECT_EQ(home.state_text("light.k"), "on");
  EXPECT_EQ(attribute("light.k", "brightness"), Json(128));
  EXPECT_EQ(attribute("light.k", "color_mode"), Json("hs"));
  EXPECT_EQ(attribute("light.k", "xy_color"), Json::array({0.588, 0.274}));
  call("light", "turn_off", on("light.k"));
  EXPECT_TRUE(attribute("light.k", "brightness").is_null());
  call("light", "toggle", on("light.k"));
  EXPECT_EQ(attribute("light.k", "brightness"), Json(128));
  data = on("light.k");
  data["color_temp_kelvin"] = 2631;
  call("light", "turn_on", data);
  EXPECT_EQ(attribute("light.k", "color_temp"), Json(380));
  EXPECT_EQ(attribute("light.k", "rgb_color"), Json::array({255, 164, 82}));
}

TEST_F(Service_, brightness_zero_turns_a_light_off_and_a_plain_light_has_no_colours) {
  home.write("light.p", "on",
             Json::object({{"supported_color_modes", Json::array({"brightness"})},
                           {"color_mode", "brightness"},
                           {"brightness", 100}}));
  Json data = on("light.p");
  data["brightness"] = 0;
  call("light", "turn_on", data);
  EXPECT_EQ(home.state_text("light.p"), "off");
  data["brightness"] = 40;
  call("light", "turn_on", data);
  EXPECT_EQ(attribute("light.p", "brightness"), Json(40));
  EXPECT_FALSE(home.state("light.p")->attributes().contains("hs_color"));
}

TEST_F(Service_, cover_moves_in_steps_and_stops_where_it_is) {
  home.write("cover.c", "closed", Json::object({{"current_position", 0}}));
  call("cover", "open_cover", on("cover.c"));
  EXPECT_EQ(home.state_text("cover.c"), "opening");
  pass(std::chrono::milliseconds(3500));
  EXPECT_EQ(attribute("cover.c", "current_position"), Json(30));
  call("cover", "stop_cover", on("cover.c"));
  EXPECT_EQ(home.state_text("cover.c"), "open");
  Json data = on("cover.c");
  data["position"] = 0;
  call("cover", "set_cover_position", data);
  EXPECT_EQ(home.state_text("cover.c"), "closing");
  pass(std::chrono::seconds(4));
  EXPECT_EQ(home.state_text("cover.c"), "closed");
}

TEST_F(Service_, lock_is_locking_first_and_its_caller_waits) {
  home.write("lock.l", "unlocked", {});
  bool answered = false;
  home.call({"lock", "lock", on("lock.l"), home.make_context(), false},
            [&](const ServiceResult&) { answered = true; });
  EXPECT_EQ(home.state_text("lock.l"), "locking");
  pass(std::chrono::seconds(1));
  EXPECT_FALSE(answered);
  pass(std::chrono::seconds(2));
  EXPECT_TRUE(answered);
  EXPECT_EQ(home.state_text("lock.l"), "locked");
}

TEST_F(Service_, timer_runs_on_the_clock_and_says_when_it_is_over) {
  home.write("timer.t", "idle", Json::object({{"duration", "0:00:10"}}));
  watch("timer.started");
  watch("timer.paused");
  watch("timer.finished");
  call("timer", "start", on("timer.t"));
  EXPECT_EQ(home.state_text("timer.t"), "active");
  EXPECT_EQ(attribute("timer.t", "finishes_at"), Json("2026-05-03T06:00:10+00:00"));
  pass(std::chrono::seconds(4));
  call("timer", "pause", on("timer.t"));
  EXPECT_EQ(attribute("timer.t", "remaining"), Json("0:00:06"));
  pass(std::chrono::minutes(1));
  call("timer", "start", on("timer.t"));
  pass(std::chrono::seconds(7));
  EXPECT_EQ(home.state_text("timer.t"), "idle");
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[2]->type(), "timer.finished");
}

TEST_F(Service_, timer_tells_of_itself_and_its_state_knows_who_called) {
  home.write("timer.t", "idle", Json::object({{"duration", "0:00:10"}}));
  watch("timer.started");
  watch("timer.finished");
  call("timer", "start", on("timer.t"));
  EXPECT_EQ(home.state("timer.t")->context().user_id, kOwnerUser);
  call("timer", "pause", on("timer.t"));
  pass(std::chrono::seconds(30));
  call("timer", "finish", on("timer.t"));
  EXPECT_EQ(home.state_text("timer.t"), "idle");
  ASSERT_EQ(events.size(), 2u);
  for (const EventPtr& event : events) {
    EXPECT_EQ(event->context().user_id, "");
    EXPECT_NE(event->context(), home.state("timer.t")->context());
  }
  EXPECT_EQ(events[1]->data()["finished_at"], Json("2026-05-03T06:00:30+00:00"));
}

TEST_F(Service_, group_and_homeassistant_calls_reach_every_domain) {
  home.write("light.k", "on", colour_light());
  home.write("switch.s", "on", {});
  home.write("sensor.t", "1", {});
  home.write("group.g", "on",
             Json::object({{"entity_id", Json::array({"light.k", "switch.s", "sensor.t"})}}));
  watch("call_service");
  call("homeassistant", "turn_off", on("group.g"));
  EXPECT_EQ(home.state_text("light.k"), "off");
  EXPECT_EQ(home.state_text("switch.s"), "off");
  ASSERT_EQ(events.size(), 3u) << "the call itself, light and switch; sensors have no such service";
  EXPECT_EQ(events[1]->context(), events[0]->context());
}

TEST_F(Service_, all_means_every_entity_of_the_domain_and_unavailable_ones_are_left_alone) {
  home.write("switch.a", "on", {});
  home.write("switch.b", "on", {});
  home.write("switch.gone", "unavailable", {});
  call("switch", "turn_off", on("all"));
  EXPECT_EQ(home.state_text("switch.a"), "off");
  EXPECT_EQ(home.state_text("switch.b"), "off");
  EXPECT_EQ(home.state_text("switch.gone"), "unavailable");
}

TEST_F(Service_, refusals_are_worded_as_home_assistant_words_them) {
  home.write(
      "climate.c", "heat",
      Json::object(
          {{"hvac_modes", Json::array({"off", "heat"})}, {"min_temp", 7}, {"max_temp", 35}}));
  home.write("input_number.n", "1.0", Json::object({{"min", 0.0}, {"max", 10.0}, {"step", 1.0}}));
  home.write("input_select.s", "a", Json::object({{"options", Json::array({"a", "b"})}}));
  Json data = on("climate.c");
  data["temperature"] = 99;
  EXPECT_EQ(refusal("climate", "set_temperature", data),
            "service_validation_error: Validation error: Provided temperature 99.0 is not valid. "
            "Accepted range is 7 to 35");
  data = on("climate.c");
  data["fan_mode"] = "storm";
  EXPECT_EQ(refusal("climate", "set_fan_mode", data),
            "service_validation_error: Validation error: Fan mode storm is not valid. Valid fan "
            "modes are: ");
  EXPECT_EQ(refusal("climate", "set_temperature", on("climate.c")),
            "invalid_format: must contain at least one of temperature, target_temp_high, "
            "target_temp_low.");
  data = on("input_number.n");
  data["value"] = 11;
  EXPECT_EQ(refusal("input_number", "set_value", data),
            "invalid_format: Invalid value for input_number.n: 11.0 (range 0.0 - 10.0)");
  data = on("input_select.s");
  data["option"] = "c";
  EXPECT_EQ(refusal("input_select", "select_option", data),
            "home_assistant_error: Invalid option: c (possible options: a, b)");
  EXPECT_EQ(refusal("input_select", "select_option", on("input_select.s")),
            "invalid_format: required key not provided @ data['option']");
  EXPECT_EQ(refusal("light", "turn_on", on("kitchen")),
            "invalid_format: not a valid value for dictionary value @ data['entity_id']");
}

TEST_F(Service_, script_waits_and_answers_when_it_is_done) {
  home.write("switch.s", "off", {});
  const Json target = on("switch.s");
  add_script(home, "slow", "Slow",
             Json::array({Json::object({{"action", "switch.turn_on"}, {"target", target}}),
                          Json::object({{"delay", "00:00:05"}}),
                          Json::object({{"action", "switch.turn_off"}, {"target", target}})}),
             {});
  bool done = false;
  home.call({"script", "slow", Json::object(), home.make_context(), false},
            [&](const ServiceResult&) { done = true; });
  EXPECT_EQ(home.state_text("switch.s"), "on");
  EXPECT_EQ(home.state_text("script.slow"), "on");
  EXPECT_FALSE(done);
  pass(std::chrono::seconds(6));
  EXPECT_TRUE(done);
  EXPECT_EQ(home.state_text("switch.s"), "off");
  EXPECT_EQ(home.state_text("script.slow"), "off");
}

TEST_F(Service_, scene_sets_its_states_through_services) {
  home.write("light.k", "off", colour_light());
  home.write("switch.s", "on", {});
  add_scene(home, "scene.movie", "Movie",
            Json::object({{"light.k", Json::object({{"state", "on"}, {"brightness", 40}})},
                          {"switch.s", "off"}}));
  call("scene", "turn_on", on("scene.movie"));
  EXPECT_EQ(attribute("light.k", "brightness"), Json(40));
  EXPECT_EQ(home.state_text("switch.s"), "off");
  EXPECT_NE(home.state_text("scene.movie"), "unknown");
}

TEST_F(Service_, automation_runs_on_its_event_until_it_is_turned_off) {
  home.write("automation.echo", "on", Json::object({{"friendly_name", "Echo"}}));
  add_automation(home, "automation.echo",
                 Json::object({{"platform", "event"}, {"event_type", "ping"}}),
                 Json::array({Json::object(
                     {{"event", "pong"},
                      {"event_data", Json::object({{"n", "{{ trigger.event.data.n + 1 }}"}})}})}));
  watch("pong");
  const Context cause = home.make_context();
  home.fire("ping", Json::object({{"n", 1}}), cause);
  loop.run_ready();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]->data(), Json::object({{"n", 2}}));
  EXPECT_EQ(events[0]->context().parent_id, cause.id);
  call("automation", "turn_off", on("automation.echo"));
  home.fire("ping", Json::object({{"n", 1}}), cause);
  loop.run_ready();
  EXPECT_EQ(events.size(), 1u);
}

TEST_F(Service_, for_a_scene_that_turns_locks_lets_whoever_called_for_all_wait) {
  home.write("lock.front", "locked", {});
  call("scene", "create",
       Json::object(
           {{"scene_id", "open"}, {"entities", Json::object({{"lock.front", "unlocked"}})}}));
  bool answered = false;
  home.call({"homeassistant", "turn_on", on("scene.open"), home.make_context(), false},
            [&](const ServiceResult& result) { answered = !result.failure; });
  pass(std::chrono::seconds(1));
  EXPECT_FALSE(answered);
  EXPECT_EQ(home.state_text("lock.front"), "unlocking");
  pass(std::chrono::seconds(2));
  EXPECT_TRUE(answered);
  EXPECT_EQ(home.state_text("lock.front"), "unlocked");
}

TEST_F(Service_, for_a_place_that_is_none_is_refused) {
  const auto place = [&](Json latitude, Json longitude) {
    return refusal("homeassistant", "set_location",
                   Json::object({{"latitude", latitude}, {"longitude", longitude}}));
  };
  EXPECT_EQ(place(90, -180), "accepted");
  EXPECT_EQ(place("nan", 5),
            "invalid_format: invalid latitude for dictionary value @ "
            "data['latitude']");
  EXPECT_EQ(place(5, 1e9),
            "invalid_format: invalid longitude for dictionary value @ "
            "data['longitude']");
}

TEST_F(Service_, a_script_whose_step_makes_no_sense_after_a_while_is_over) {
  std::optional<ScriptEnd> end;
  run_script(home, Json::array({Json::object({{"delay", 1}}), Json::object({{"event", 5}})}), {},
             home.make_context(), [&](ScriptEnd given) { end = std::move(given); });
  pass(std::chrono::seconds(2));
  ASSERT_TRUE(end.has_value());
  EXPECT_TRUE(end->failure.has_value());
}

}  // namespace
}  // namespace hassette::sim
