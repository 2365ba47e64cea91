// The contract: what helpers, scenes and scripts do when they are called.
//
// Where the devices of Home Assistant's demo do what no home's do, differences.txt says so, and
// these bodies look away.
#include "service_calls.hpp"

namespace hassette::contract {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using HelperServices = Contract;
FOR_EACH_HOME(HelperServices);

CONTRACT(HelperServices, of_counters_count) {
  Guest& app = test->app();
  const char* visits = "counter.visits";
  co_await call(&app, "counter.reset", visits);
  EXPECT_EQ(test->visit().text(visits), "0");
  co_await call(&app, "counter.increment", visits);
  co_await call(&app, "counter.increment", visits);
  EXPECT_EQ(test->visit().text(visits), "2");
  co_await call(&app, "counter.decrement", visits);
  EXPECT_EQ(test->visit().text(visits), "1");
  co_await call(&app, "counter.set_value", visits, {{"value", 7}});
  EXPECT_EQ(test->visit().text(visits), "7");
  co_await call(&app, "counter.reset", visits);
  EXPECT_EQ(test->visit().text(visits), "0");
  EXPECT_EQ(shown(app, visits, "step"), Json(1));
  if (!words_are_comparable(test)) co_return;
  EXPECT_EQ(co_await refusal(&app, "counter.set_value", visits, {{"value", -4}}),
            "invalid_format: value must be at least 0 for dictionary value @ data['value']");
}

CONTRACT(HelperServices, of_scenes_lead_to_their_states) {
  Guest& app = test->app();
  co_await call(&app, "light.turn_off", "light.ceiling_lights");
  co_await call(&app, "scene.turn_on", "scene.movie");
  co_await until([&] { return test->visit().text("light.ceiling_lights") == "on"; });
  EXPECT_EQ(shown(app, "light.ceiling_lights", "brightness"), Json(40));
  EXPECT_THAT(test->visit().text("scene.movie"), HasSubstr("T")) << "when it was last called";
  co_await call(
      &app, "scene.apply", "",
      {{"entities", Json::object({{"light.ceiling_lights", "off"}, {"switch.ac", "on"}})}});
  co_await until([&] {
    return test->visit().text("light.ceiling_lights") == "off" &&
           test->visit().text("switch.ac") == "on";
  });
  if (!words_are_comparable(test)) co_return;
  EXPECT_EQ(co_await refusal(&app, "scene.apply", ""),
            "invalid_format: required key not provided @ data['entities']");
}

CONTRACT(HelperServices, of_scripts_run_their_steps) {
  Guest& app = test->app();
  co_await call(&app, "light.turn_on", "light.ceiling_lights");
  const auto calls = std::make_shared<std::vector<Event>>();
  co_await app.bus.on_call_service("light", "turn_off",
                                   [calls](Event event) { calls->push_back(std::move(event)); },
                                   {.name = "steps", .mode = Mode::kParallel});
  co_await call(&app, "script.turn_on", "script.night");
  co_await until([&] { return !calls->empty(); });
  EXPECT_EQ(calls->front().service_data()["entity_id"], Json::array({"light.ceiling_lights"}));
  co_await until([&] { return test->visit().text("light.ceiling_lights") == "off"; });
  co_await until([&] { return test->visit().text("script.night") == "off"; });
  EXPECT_EQ(shown(app, "script.night", "current"), Json(0));
  EXPECT_TRUE(shown(app, "script.night", "last_triggered").is_string());
  co_await call(&app, "light.turn_on", "light.ceiling_lights");
  co_await call(&app, "script.night", "");
  EXPECT_EQ(test->visit().text("light.ceiling_lights"), "off") << "its own service waits";
  if (!words_are_comparable(test)) co_return;
  EXPECT_EQ(co_await refusal(&app, "script.turn_on", "script.night", {{"variables", 5}}),
            "invalid_format: expected a dictionary for dictionary value @ data['variables']");
  EXPECT_EQ(co_await refusal(&app, "script.nothing", ""),
            "not_found: Service script.nothing not found.");
}

CONTRACT(HelperServices, of_selects_and_texts_hold_what_fits) {
  Guest& app = test->app();
  co_await call(&app, "input_select.select_last", "input_select.mode");
  EXPECT_EQ(test->visit().text("input_select.mode"), "night");
  co_await call(&app, "input_select.select_next", "input_select.mode");
  EXPECT_EQ(test->visit().text("input_select.mode"), "home") << "round about";
  co_await call(&app, "input_select.select_previous", "input_select.mode", {{"cycle", false}});
  EXPECT_EQ(test->visit().text("input_select.mode"), "home");
  co_await call(&app, "input_select.select_option", "input_select.mode", {{"option", "away"}});
  EXPECT_EQ(test->visit().text("input_select.mode"), "away");
  co_await call(&app, "input_text.set_value", "input_text.note", {{"value", "hello"}});
  EXPECT_EQ(test->visit().text("input_text.note"), "hello");
  co_await call(&app, "input_text.set_value", "input_text.note",
                {{"value", std::string(300, 'x')}});
  EXPECT_EQ(test->visit().text("input_text.note"), "hello") << "too long, and not refused";
  if (!words_are_comparable(test)) co_return;
  EXPECT_EQ(
      co_await refusal(&app, "input_select.select_option", "input_select.mode", {{"option", "no"}}),
      "home_assistant_error: Invalid option: no (possible options: home, away, night)");
}

CONTRACT(HelperServices, of_dates_and_buttons_hold_moments) {
  Guest& app = test->app();
  co_await call(&app, "input_datetime.set_datetime", "input_datetime.alarm",
                {{"time", "03:04:05"}});
  EXPECT_EQ(test->visit().text("input_datetime.alarm"), "03:04:05");
  EXPECT_EQ(shown(app, "input_datetime.alarm", "timestamp"), Json(11045));
  co_await call(&app, "input_datetime.set_datetime", "input_datetime.holiday",
                {{"date", "2026-12-24"}});
  EXPECT_EQ(test->visit().text("input_datetime.holiday"), "2026-12-24");
  EXPECT_EQ(shown(app, "input_datetime.holiday", "day"), Json(24));
  co_await call(&app, "input_datetime.set_datetime", "input_datetime.meeting",
                {{"datetime", "2026-01-02 03:04:05"}});
  EXPECT_EQ(test->visit().text("input_datetime.meeting"), "2026-01-02 03:04:05");
  EXPECT_EQ(shown(app, "input_datetime.meeting", "timestamp"), Json(1767319445.0));
  const std::string before = test->visit().text("input_button.press");
  co_await call(&app, "input_button.press", "input_button.press");
  EXPECT_NE(test->visit().text("input_button.press"), before);
  co_await call(&app, "button.press", "button.push");
  EXPECT_THAT(test->visit().text("button.push"), HasSubstr("T"));
  if (!words_are_comparable(test)) co_return;
  EXPECT_EQ(co_await refusal(&app, "input_datetime.set_datetime", "input_datetime.alarm",
                             {{"date", "2026-01-02"}}),
            "invalid_format: Nothing to set");
}

CONTRACT(HelperServices, of_timers_run_pause_and_end) {
  Guest& app = test->app();
  const char* oven = "timer.oven";
  co_await call(&app, "timer.cancel", oven);
  const auto told = std::make_shared<std::vector<std::string>>();
  for (const char* what : {"started", "restarted", "paused", "changed", "cancelled", "finished"}) {
    co_await app.bus.on(std::string("timer.") + what,
                        [told, what = std::string(what)] { told->push_back(what); },
                        {.name = what, .mode = Mode::kParallel});
  }
  co_await call(&app, "timer.start", oven);
  EXPECT_EQ(test->visit().text(oven), "active");
  EXPECT_EQ(shown(app, oven, "duration"), Json("0:10:00"));
  EXPECT_EQ(shown(app, oven, "remaining"), Json("0:10:00"));
  EXPECT_TRUE(shown(app, oven, "finishes_at").is_string());
  co_await call(&app, "timer.pause", oven);
  EXPECT_EQ(test->visit().text(oven), "paused");
  EXPECT_THAT(shown(app, oven, "remaining").as_string(), AnyOf("0:10:00", "0:09:59", "0:09:58"));
  EXPECT_TRUE(shown(app, oven, "finishes_at").is_null());
  co_await call(&app, "timer.start", oven);
  co_await call(&app, "timer.change", oven, {{"duration", -60}});
  EXPECT_EQ(test->visit().text(oven), "active");
  if (words_are_comparable(test)) {
    EXPECT_EQ(co_await refusal(&app, "timer.change", oven, {{"duration", 1'000'000}}),
              "home_assistant_error: Not possible to change timer timer.oven beyond duration");
  }
  co_await call(&app, "timer.cancel", oven);
  EXPECT_EQ(test->visit().text(oven), "idle");
  EXPECT_TRUE(shown(app, oven, "remaining").is_null());

  co_await call(&app, "timer.start", oven, {{"duration", 2}});
  EXPECT_EQ(shown(app, oven, "duration"), Json("0:00:02"));
  co_await until([&] { return test->visit().text(oven) == "idle"; });
  EXPECT_EQ(shown(app, oven, "duration"), Json("0:10:00")) << "its own again";
  co_await until([&] { return told->size() >= 7; });
  EXPECT_THAT(*told, ElementsAre("started", "paused", "restarted", "changed", "cancelled",
                                 "started", "finished"));
  if (!words_are_comparable(test)) co_return;
  EXPECT_EQ(co_await refusal(&app, "timer.change", oven, {{"duration", 1}}),
            "home_assistant_error: Timer timer.oven is not running, only active timers can be "
            "changed");
}

}  // namespace
}  // namespace hassette::contract
