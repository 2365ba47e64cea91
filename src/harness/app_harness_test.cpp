#include <hassette/testing.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>

namespace hassette {
namespace {

struct MotionLightsConfig {
  EntityId motion;
  EntityId light;
  std::chrono::seconds off_after = 5min;
};

class MotionLights : public App<MotionLightsConfig> {
  Task<> on_initialize() override {
    co_await bus.on_state_change(app_config.motion, &MotionLights::on_motion,
                                 {.name = "motion", .changed_to = "on"});
    co_await bus.on_state_change(
        app_config.motion, &MotionLights::on_clear,
        {.name = "clear", .changed_to = "off", .duration = app_config.off_after});
  }
  Task<> on_motion() { co_await api.turn_on(app_config.light, {{"brightness", 200}}); }
  Task<> on_clear() { co_await api.turn_off(app_config.light); }
};

class InTheHall : public ::testing::Test {
 public:
  InTheHall() {
    home.set_state("binary_sensor.hall", "off");
    home.set_state("light.hall", "off", {{"supported_color_modes", {"brightness", "xy"}}});
    home.start<MotionLights>({.motion = "binary_sensor.hall", .light = "light.hall"});
  }
  AppHarness home;
};

TEST_F(InTheHall, a_light_follows_motion_and_goes_out_after_five_quiet_minutes) {
  home.set_state("binary_sensor.hall", "on");
  ASSERT_CALLED(home, light.turn_on, {{"entity_id", "light.hall"}, {"brightness", 200}});
  EXPECT_EQ(home.state("light.hall")->text(), "on");
  home.set_state("binary_sensor.hall", "off");
  home.advance(4min + 59s);
  EXPECT_NOT_CALLED(home, light.turn_off);
  home.advance(1s);
  ASSERT_CALLED(home, light.turn_off, {{"entity_id", "light.hall"}});
  EXPECT_EQ(home.state("light.hall")->text(), "off");
}

TEST_F(InTheHall, every_wait_follows_the_clock_of_the_test) {
  const auto began = std::chrono::steady_clock::now();
  home.set_state("binary_sensor.hall", "on");
  home.set_state("binary_sensor.hall", "off");
  EXPECT_TRUE(home.run_until([&] { return home.call_count("light.turn_off") == 1; }));
  EXPECT_EQ(home.local_now().str(), "2026-03-02 12:05:00 CET");
  home.advance(std::chrono::hours(24 * 365));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 30s);
}

TEST_F(InTheHall, a_failed_check_shows_the_nearest_call_and_what_happened) {
  home.set_state("binary_sensor.hall", "on");
  const std::string text =
      home.explain_missing("light.turn_on", {{"entity_id", "light.hall"}, {"brightness", 100}});
  EXPECT_THAT(text,
              ::testing::HasSubstr("light.turn_on {\"entity_id\":\"light.hall\",\"brightness\":"
                                   "100} was not called"));
  EXPECT_THAT(text, ::testing::HasSubstr("there `brightness` is 200"));
  EXPECT_THAT(text, ::testing::HasSubstr("binary_sensor.hall: off → on"));
  EXPECT_THAT(text, ::testing::HasSubstr("motion_lights `motion` runs"));
  EXPECT_THAT(home.explain_missing("light.turn_on"), ::testing::HasSubstr("12:00:00.000"));
  EXPECT_FALSE(home.called("light.turn_on", {{"brightness", 100}}));
  EXPECT_FALSE(home.not_called("light.turn_on"));
}

TEST_F(InTheHall, what_home_assistant_refuses_reaches_the_app_and_the_test) {
  home.fail_service("light.turn_on", "service_validation_error", "the bulb is broken");
  home.set_state("binary_sensor.hall", "on");
  EXPECT_THAT(home.calls().front().error, ::testing::HasSubstr("the bulb is broken"));
  home.expect_error("the bulb is broken");
  home.set_state("binary_sensor.hall", "off");
  home.set_state("binary_sensor.hall", "on");  // the next one is carried out
  EXPECT_EQ(home.calls().back().error, "");
}

TEST_F(InTheHall, a_service_that_never_answers_runs_into_the_timeout_of_the_call) {
  home.silence_service("light.turn_on");
  home.set_state("binary_sensor.hall", "on");
  home.advance(59s);
  EXPECT_TRUE(home.errors().empty());
  home.advance(1s);
  ASSERT_EQ(home.errors().size(), 1u);
  home.expect_error("no answer from Home Assistant within 1 min");
}

TEST_F(InTheHall, a_slow_answer_comes_late) {
  home.delay_service("light.turn_on", 3s);
  home.set_state("binary_sensor.hall", "on");
  home.advance(2s);
  EXPECT_EQ(home.state("light.hall")->text(), "off");
  home.advance(1s);
  EXPECT_EQ(home.state("light.hall")->text(), "on");
}

TEST_F(InTheHall, what_happens_while_home_assistant_is_away_is_found_on_return) {
  home.disconnect();
  home.set_state("binary_sensor.hall", "on");
  EXPECT_NOT_CALLED(home, light.turn_on);
  home.away_for(5min);
  EXPECT_CALLED(home, light.turn_on);
  EXPECT_THAT(home.tape(), ::testing::Contains(::testing::HasSubstr("off → on (recovered)")));
}

class LightOut : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("binary_sensor.hall", &LightOut::on_quiet,
                                 {.name = "quiet", .changed_to = "off", .duration = 10min});
  }
  Task<> on_quiet() { co_await api.turn_off("light.hall"); }
};

TEST(AppHarness, a_hold_does_not_outlast_what_broke_it_while_home_assistant_was_away) {
  AppHarness home;
  home.set_state("light.hall", "on");
  home.set_state("binary_sensor.hall", "on");
  home.set_state("sensor.other", "1");  // as old as it was: Home Assistant runs through
  home.start<LightOut>();
  home.set_state("binary_sensor.hall", "off");
  home.advance(5min);
  home.disconnect();
  home.set_state("binary_sensor.hall", "on");
  home.advance(1min);
  home.set_state("binary_sensor.hall", "off");
  home.away_for(1min);
  home.advance(8min);
  EXPECT_NOT_CALLED(home, light.turn_off);
  home.advance(1min);
  EXPECT_CALLED(home, light.turn_off);
}

TEST_F(InTheHall, a_call_while_home_assistant_is_away_fails_at_once) {
  home.set_state("binary_sensor.hall", "on");
  home.set_state("binary_sensor.hall", "off");
  home.disconnect();
  home.advance(5min);
  home.expect_error("Home Assistant is not connected (lost), so nothing was sent");
}

class Throwing : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("sensor.a", [] { throw std::runtime_error("no such lamp"); },
                                 {.name = "bad"});
  }
};

TEST(AppHarness, a_run_that_throws_fails_the_test) {
  EXPECT_NONFATAL_FAILURE(
      {
        AppHarness home;
        home.set_state("sensor.a", "1");
        home.start<Throwing>();
        home.set_state("sensor.a", "2");
      },
      "no such lamp");
}

TEST(AppHarness, an_expected_error_that_does_not_come_fails_the_test) {
  EXPECT_NONFATAL_FAILURE(
      {
        AppHarness home;
        home.expect_error("thunder");
      },
      "expected an error with `thunder`");
}

class Forgetful : public App<> {
  Task<> on_initialize() override {
    std::vector<Task<>> kept;
    kept.push_back(api.turn_on("light.hall"));
    co_return;
  }
};

TEST(AppHarness, a_forgotten_task_fails_the_test) {
  EXPECT_NONFATAL_FAILURE(
      {
        AppHarness home;
        home.start<Forgetful>();
      },
      "was never awaited");
}

class Careless : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.a", [] {}, {.name = "asks", .where = []() -> bool {
                                                      throw std::runtime_error("no such room");
                                                    }});
    co_await scheduler.run_every(
        3min, []() -> Task<> { co_await sleep(1h); },
        {.name = "hangs", .timeout = 1min, .on_error = [](const HandlerError&) {
           throw std::runtime_error("nobody to tell");
         }});
    co_await scheduler.run_in(1min, [] {}, {.name = "never", .where = [] { return false; }});
  }
};

TEST(AppHarness, a_condition_that_throws_a_timeout_and_a_failing_error_handler_fail_the_test) {
  AppHarness home;
  home.start<Careless>();
  home.set_state("light.a", "on");
  home.advance(5min);
  EXPECT_THAT(
      home.errors(),
      ElementsAre(
          testing::HasSubstr("careless `asks`: its condition failed: no such room ("),
          testing::HasSubstr("careless `hangs` for every 3 min: it did not end within 1 min"),
          testing::HasSubstr("careless `hangs`: its error handler failed (")));
  EXPECT_THAT(home.tape(),
              Contains(testing::HasSubstr("careless `never` does not run: its .where or "
                                          ".window says no")));
  home.expect_error("no such room");
  home.expect_error("did not end");
  home.expect_error("error handler failed");
}

struct StoryConfig {
  bool goes_wrong = false;
};

class Story : public App<StoryConfig> {
  Task<> run() override {
    for (;;) {
      co_await sleep(1h);
      if (app_config.goes_wrong) throw std::runtime_error("the story went wrong");
    }
  }
};

TEST(AppHarness, a_story_may_run_when_the_test_ends_and_one_that_throws_is_an_error) {
  AppHarness home;
  home.start<Story>();
  home.start<Story>({.goes_wrong = true}, "second");
  home.advance(1h);
  home.expect_error("second `run`: the story went wrong");
}

class Wrong : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("no entity", [] {}, {.name = "wrong"});
  }
};

TEST(AppHarness, what_a_hook_throws_reaches_the_test) {
  AppHarness home;
  EXPECT_THROW(home.start<Wrong>(), Error);
}

class Waiting : public App<> {
  Task<> on_initialize() override { co_await never_.wait(); }
  AsyncEvent never_;
};

TEST(AppHarness, a_hook_that_waits_for_ever_ends_the_start_with_what_happened) {
  AppHarness home;
  try {
    home.start<Waiting>();
    FAIL() << "it started";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("did not end within"));
  }
}

class Listening : public App<> {
 public:
  std::vector<std::string> seen;

 private:
  Task<> on_initialize() override {
    co_await bus.on_state_change("sensor.a", &Listening::on_change, {.name = "change"});
    co_await bus.on_attribute_change("sensor.a", "unit", &Listening::on_unit,
                                     {.name = "attribute"});
    co_await bus.on("doorbell", &Listening::on_bell, {.name = "event"});
    co_await bus.on_call_service("light", "*", &Listening::on_call, {.name = "call"});
  }
  void on_change(const StateChange& change) {
    seen.push_back(std::string(change.old_text()) + ">" + std::string(change.new_text()));
  }
  void on_unit(D::StateNew<> state) { seen.push_back(state.attribute("unit").as_string()); }
  void on_bell(const Event& event) { seen.push_back(event.data["button"].dump()); }
  void on_call(const Event& event) { seen.push_back(event.service()); }
};

TEST(AppHarness, simulated_changes_and_events_reach_handlers) {
  AppHarness home;
  const auto& app = home.start<Listening>();
  home.simulate_state_change("sensor.a", "1", "2");
  home.simulate_attribute_change("sensor.a", "unit", "W", "kW");
  home.simulate_event("doorbell", {{"button", 3}});
  home.simulate_call_service("light", "turn_on", {{"entity_id", "light.hall"}});
  EXPECT_THAT(app.seen, ::testing::ElementsAre("1>2", "kW", "3", "turn_on"));
  EXPECT_EQ(home.state("sensor.a")->attribute("unit"), Json("kW"));
}

class Asking : public App<> {
 public:
  Json answer;

 private:
  Task<> on_initialize() override {
    answer = (co_await api.call_service("weather", "tell", {.return_response = true})).response;
  }
};

TEST(AppHarness, services_that_the_simulated_home_lacks_can_be_added_with_their_answer) {
  AppHarness home;
  home.add_service("weather.tell", {{"rain", true}});
  EXPECT_EQ(home.start<Asking>().answer, (Json{{"rain", true}}));
  EXPECT_CALLED(home, weather.tell);
}

TEST(AppHarness, advances_to_the_next_time_of_day_across_a_daylight_saving_change) {
  AppHarness home(
      {.date = Date(std::chrono::year(2026), std::chrono::month(3), std::chrono::day(28)),
       .time = "23:00"});
  home.advance_to("07:00");
  EXPECT_EQ(home.local_now().str(), "2026-03-29 07:00:00 CEST");
  home.advance_to("07:00");
  EXPECT_EQ(home.local_now().str(), "2026-03-30 07:00:00 CEST");
}

TEST_F(InTheHall, the_tape_says_where_the_app_registered_what_runs) {
  home.set_state("binary_sensor.hall", "on");
  EXPECT_THAT(home.tape(), ::testing::Contains(::testing::ContainsRegex(
                               "motion_lights `motion` runs \\(.*app_harness_test.cpp:[0-9]+\\)")));
}

TEST(AppHarness, a_seed_comes_from_the_environment_unless_the_test_has_one) {
  EXPECT_EQ(HarnessOptions().seed, 1u);
  ::setenv("HASSETTE_TEST_SEED", "7", 1);
  EXPECT_EQ(HarnessOptions().seed, 7u);
  EXPECT_EQ(HarnessOptions{.seed = 3}.seed, 3u);
  ::setenv("HASSETTE_TEST_SEED", "lucky", 1);
  EXPECT_THROW(test_seed(), LogicError);
  ::unsetenv("HASSETTE_TEST_SEED");
}

TEST(AppHarness, the_same_seed_gives_the_same_tape) {
  const auto day = [](std::uint64_t seed) {
    AppHarness home({.seed = seed});
    home.furnish();
    home.live_in_it();
    home.start<MotionLights>({.motion = "binary_sensor.hall_motion", .light = "light.hall"});
    home.advance(10min);
    return home.tape(2000);
  };
  const auto first = day(7);
  EXPECT_GT(first.size(), 100u);
  EXPECT_EQ(first, day(7));
  EXPECT_NE(first, day(8));
}

class LeftOpen : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change(
        "cover.garage", &LeftOpen::on_open,
        {.name = "left open", .changed_to = "open", .duration = 30min, .durable = true});
    co_await scheduler.run_in(1h, &LeftOpen::on_time, {.name = "later", .durable = true});
  }
  Task<> on_open(D::StateOld<> old) {
    co_await api.call_service("notify", "open", {.data = {{"before", old.text()}}});
  }
  Task<> on_time() { co_await api.call_service("notify", "time"); }
};

TEST(AppHarness, durable_holds_and_jobs_go_on_when_their_app_starts_again) {
  AppHarness home;
  home.add_service("notify.open");
  home.add_service("notify.time");
  home.set_state("cover.garage", "closed");
  home.start<LeftOpen>();
  home.set_state("cover.garage", "open");
  home.advance(10min);
  home.stop("left_open");
  home.advance(10min);
  home.start<LeftOpen>();
  home.advance(9min + 59s);
  EXPECT_NOT_CALLED(home, notify.open);
  home.advance(1s);
  EXPECT_CALLED(home, notify.open, {{"before", "closed"}});
  home.advance(29min + 59s);
  EXPECT_NOT_CALLED(home, notify.time);
  home.advance(1s);
  EXPECT_CALLED(home, notify.time);
}

class Watchful : public App<> {
 public:
  std::vector<std::string> heard;

 private:
  Task<> on_initialize() override {
    co_await bus.on_app_state_changed("",
                                      [this](D::EventData data) { heard.push_back(line_of(data)); },
                                      {.name = "all", .mode = Mode::kParallel});
  }
  static std::string line_of(const Json& data) {
    return data["app"].as_string() + " " + data["status"].as_string();
  }
};

TEST(AppHarness, apps_hear_of_each_other_s_start_failure_and_stop) {
  AppHarness home;
  home.add_service("weather.tell", {{"rain", true}});
  const Watchful& watchful = home.start<Watchful>();
  home.start<Asking>();
  home.stop("asking");
  home.fail_service("weather.tell", "unknown", "no rain today");
  EXPECT_THROW(home.start<Asking>({}, "again"), HomeAssistantError);
  EXPECT_THAT(watchful.heard,
              ::testing::ElementsAre("watchful running", "asking starting", "asking running",
                                     "asking stopping", "asking stopped", "again starting",
                                     "again failed"));
}

}  // namespace
}  // namespace hassette
