#include "telemetry/board.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "log/log.hpp"

namespace hassette::telemetry {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr async::WallTime kStart{1'764'000'000s};
constexpr std::int64_t kStartMs = 1'764'000'000'000;

class BoardTest : public testing::Test {
 protected:
  TaskMeter add_task(std::string name, TaskKind kind = TaskKind::kListener) {
    return board.add_task({.app = "lights",
                           .kind = kind,
                           .name = std::move(name),
                           .waits_for = "binary_sensor.hall → on",
                           .source = "apps/lights.cpp:24"});
  }
  void run_app(AppState state = AppState::kRunning) {
    board.add_app(
        {.name = "lights", .key = "lights", .class_name = "Lights", .file = "apps/lights.cpp"});
    board.set_app_state("lights", state);
  }
  Json app() const { return board.snapshot()["apps"]["lights"]; }
  Json task(std::size_t index = 0) const { return app()["tasks"].as_object().at(index).second; }
  Json link() const { return board.snapshot()["link"]; }

  async::VirtualClock clock{kStart};
  Board board{clock, "0.1.0"};
};

TEST_F(BoardTest, says_who_it_is_and_since_when) {
  board.set_page_address("http://127.0.0.1:8126/");
  const Json engine = board.snapshot()["engine"];
  EXPECT_EQ(engine["version"], "0.1.0");
  EXPECT_EQ(engine["started"], kStartMs);
  EXPECT_EQ(engine["page"], "http://127.0.0.1:8126/");
  EXPECT_FALSE(engine.contains("blocked"));
}

TEST_F(BoardTest, follows_the_link_through_an_outage) {
  EXPECT_EQ(link()["state"], "connecting");
  board.set_home(
      {.url = "http://ha", .ha_version = "2025.4.4", .name = "Home", .time_zone = "Europe/Berlin"});
  board.set_entity_count(125);
  board.set_link({.state = LinkState::kConnected});
  clock.step_wall(5s);
  board.set_link({.state = LinkState::kLost, .error = "connection reset", .retry_at = kStart + 9s});
  clock.step_wall(2s);
  board.set_link({.state = LinkState::kLost, .retry_at = kStart + 15s});
  EXPECT_EQ(link()["state"], "lost");
  EXPECT_EQ(link()["since"], kStartMs + 5000) << "a further attempt is the same outage";
  EXPECT_EQ(link()["retry_at"], kStartMs + 15000);
  EXPECT_EQ(link()["error"], "connection reset") << "kept until the link is back";
  board.set_link({.state = LinkState::kStarting});
  EXPECT_EQ(link()["reconnects"], 0);
  board.set_link({.state = LinkState::kConnected});
  EXPECT_EQ(link()["reconnects"], 1);
  EXPECT_FALSE(link().contains("error"));
  EXPECT_FALSE(link().contains("retry_at"));
  EXPECT_EQ(link()["ha_version"], "2025.4.4");
  EXPECT_EQ(link()["entities"], 125);
}

TEST_F(BoardTest, the_first_connection_is_no_reconnection) {
  board.set_link({.state = LinkState::kWaiting, .error = "refused"});
  board.set_link({.state = LinkState::kConnected});
  EXPECT_EQ(link()["reconnects"], 0);
}

TEST_F(BoardTest, counts_the_runs_of_a_handler) {
  run_app();
  TaskMeter meter = add_task("motion");
  meter.started(kStart + 1s);
  EXPECT_EQ(task()["running"], 1);
  meter.succeeded(2500us);
  meter.started(kStart + 2s);
  meter.cancelled(1ms);
  meter.suppressed();
  meter.dropped();
  EXPECT_EQ(task()["kind"], "listener");
  EXPECT_EQ(task()["name"], "motion");
  EXPECT_EQ(task()["waits_for"], "binary_sensor.hall → on");
  EXPECT_EQ(task()["source"], "apps/lights.cpp:24");
  EXPECT_EQ(task()["runs"], 2);
  EXPECT_EQ(task()["running"], 0);
  EXPECT_EQ(task()["failures"], 0);
  EXPECT_EQ(task()["cancelled"], 1);
  EXPECT_EQ(task()["suppressed"], 1);
  EXPECT_EQ(task()["dropped"], 1);
  EXPECT_EQ(task()["last_run"], kStartMs + 2000);
  EXPECT_EQ(task()["last_ms"], 1.0);
  EXPECT_EQ(app()["runs"], 2);
  EXPECT_EQ(app()["health"], "ok");
}

TEST_F(BoardTest, counts_what_came_and_started_no_run_by_its_reason) {
  run_app();
  TaskMeter meter = add_task("bins", TaskKind::kJob);
  EXPECT_FALSE(task().contains("skipped")) << "nothing is said where there is nothing to say";
  meter.throttled();
  meter.skipped();
  meter.skipped();
  meter.missed();
  meter.started(kStart);
  meter.late();
  meter.error_handler_failed();
  EXPECT_EQ(task()["throttled"], 1);
  EXPECT_EQ(task()["skipped"], 2);
  EXPECT_EQ(task()["missed"], 1);
  EXPECT_EQ(task()["late"], 1);
  EXPECT_EQ(task()["error_handler_failures"], 1);
  EXPECT_EQ(task()["runs"], 1);
}

TEST_F(BoardTest, a_condition_that_threw_is_a_failure_without_a_run) {
  run_app();
  TaskMeter meter = add_task("motion");
  meter.started(kStart);
  meter.succeeded(1ms);
  meter.started(kStart);
  meter.succeeded(1ms);
  meter.condition_failed(kStart + 3s, "no such attribute");
  EXPECT_EQ(task()["failures"], 1);
  EXPECT_EQ(task()["runs"], 2);
  EXPECT_EQ(task()["running"], 0);
  EXPECT_EQ(task()["last_error"]["text"], "no such attribute");
  EXPECT_EQ(task()["last_error"]["at"], kStartMs + 3000);
  EXPECT_EQ(app()["last_error"]["task"], "motion");
  EXPECT_EQ(app()["health"], "warn");
}

TEST_F(BoardTest, says_which_tasks_are_durable_and_what_keeps_them_from_it) {
  run_app();
  const TaskMeter motion = add_task("motion");
  const TaskMeter iron = board.add_task({.app = "lights", .name = "iron", .durable = true});
  EXPECT_FALSE(task(0).contains("durable"));
  EXPECT_EQ(task(1)["durable"], true);
  EXPECT_FALSE(task(1).contains("durable_fault"));
  EXPECT_EQ(app()["health"], "ok");
  std::uint64_t version = board.version();
  const auto changed = [&] { return std::exchange(version, board.version()) != version; };
  board.set_durable_fault("the disk is full: make room");
  EXPECT_TRUE(changed());
  board.set_durable_fault("the disk is full: make room");
  EXPECT_FALSE(changed()) << "each attempt that fails says the same";
  EXPECT_FALSE(task(0).contains("durable_fault"));
  EXPECT_EQ(task(1)["durable_fault"], "the disk is full: make room");
  EXPECT_EQ(app()["health"], "warn");
  EXPECT_THAT(app()["advice"].as_string(), HasSubstr("cannot be remembered"));
  board.set_durable_fault("");
  EXPECT_TRUE(changed());
  EXPECT_FALSE(task(1).contains("durable_fault"));
  EXPECT_EQ(app()["health"], "ok");
}

TEST_F(BoardTest, one_failing_handler_makes_the_app_bad_until_it_works_again) {
  run_app();
  TaskMeter motion = add_task("motion");
  TaskMeter clear = add_task("clear");
  clear.started(kStart);
  clear.succeeded(1ms);
  motion.started(kStart);
  motion.failed(1ms, kStart + 1s, "lamp does not answer");
  EXPECT_EQ(app()["health"], "bad");
  EXPECT_EQ(app()["state"], "running");
  EXPECT_EQ(app()["last_error"]["text"], "lamp does not answer");
  EXPECT_EQ(app()["last_error"]["task"], "motion");
  EXPECT_EQ(task(0)["failing"], true);
  EXPECT_EQ(task(0)["last_error"]["at"], kStartMs + 1000);
  EXPECT_EQ(task(1)["failing"], false);
  motion.started(kStart);
  motion.cancelled(1ms);
  EXPECT_EQ(app()["health"], "bad") << "a cancelled run proves nothing";
  motion.started(kStart);
  motion.succeeded(1ms);
  EXPECT_EQ(app()["health"], "warn") << "it failed once";
}

TEST_F(BoardTest, a_jobs_failure_stays_in_its_app_when_the_job_is_gone) {
  run_app();
  const TaskMeter other = add_task("other");
  {
    TaskMeter job = add_task("once", TaskKind::kJob);
    job.set_next_run(kStart + 60s);
    EXPECT_EQ(task(1)["next_run"], kStartMs + 60000);
    job.started(kStart);
    job.failed(1ms, kStart, "no");
  }
  EXPECT_EQ(app()["tasks"].size(), 1u);
  EXPECT_EQ(app()["failures"], 1);
  EXPECT_EQ(app()["last_error"]["task"], "once");
}

TEST_F(BoardTest, an_app_whose_story_failed_runs_but_is_not_well_until_it_starts_again) {
  run_app(AppState::kStarting);
  TaskMeter motion = add_task("motion");
  board.add_failure({.app = "lights", .task = "run", .error = "no such lamp", .ends_story = true});
  board.set_app_state("lights", AppState::kRunning);
  motion.started(kStart);
  motion.succeeded(1ms);
  motion.started(kStart);
  motion.succeeded(1ms);
  EXPECT_EQ(app()["state"], "running");
  EXPECT_EQ(app()["health"], "bad");
  EXPECT_THAT(app()["advice"].as_string(), HasSubstr("run() has failed"));
  EXPECT_EQ(app()["last_error"]["task"], "run");
  EXPECT_EQ(app()["last_error"]["text"], "no such lamp");
  EXPECT_EQ(app()["last_error"]["at"], kStartMs);
  board.set_app_state("lights", AppState::kStarting);
  board.set_app_state("lights", AppState::kRunning);
  EXPECT_EQ(app()["health"], "warn") << "it failed once";
}

TEST_F(BoardTest, a_background_task_that_failed_is_counted_and_named) {
  run_app();
  TaskMeter motion = add_task("motion");
  board.add_failure({.app = "lights", .task = "blink", .error = "no"});
  EXPECT_EQ(app()["failures"], 1);
  EXPECT_EQ(app()["runs"], 1);
  EXPECT_EQ(app()["last_error"]["task"], "blink");
  motion.started(kStart);
  motion.succeeded(1ms);
  EXPECT_EQ(app()["health"], "warn");
}

TEST_F(BoardTest, an_app_that_failed_or_waits_for_nothing_is_not_fine) {
  run_app(AppState::kFailed);
  EXPECT_EQ(app()["health"], "bad");
  board.set_app_state("lights", AppState::kCompiling);
  EXPECT_EQ(app()["health"], "idle");
  board.set_app_state("lights", AppState::kParked, "hassette.toml:7: unknown key `motoin`");
  EXPECT_EQ(app()["health"], "bad");
  EXPECT_THAT(app()["message"].as_string(), HasSubstr("motoin"));
  board.set_app_state("lights", AppState::kRunning);
  EXPECT_FALSE(app().contains("message"));
  EXPECT_EQ(app()["health"], "warn");
  EXPECT_THAT(app()["advice"].as_string(), HasSubstr("registers no handler"));
}

TEST_F(BoardTest, a_held_loop_is_shown_with_its_holder_and_charged_to_it) {
  run_app();
  const TaskMeter meter = add_task("motion");
  const async::Label& label = async::intern_label("lights", "motion");
  board.set_loop_held({&label, 150ms, false});
  const Json blocked = board.snapshot()["engine"]["blocked"];
  EXPECT_EQ(blocked["app"], "lights");
  EXPECT_EQ(blocked["task"], "motion");
  EXPECT_GE(blocked["held_ms"].as_int(), 150);
  board.set_loop_held({&label, 740ms, true});
  EXPECT_FALSE(board.snapshot()["engine"].contains("blocked"));
  EXPECT_EQ(app()["health"], "warn");
  EXPECT_THAT(app()["advice"].as_string(), HasSubstr("held the loop 1 time, for 740 ms"));
}

TEST_F(BoardTest, a_reload_keeps_the_totals_and_removal_ends_them) {
  run_app();
  TaskMeter old_meter = add_task("motion");
  old_meter.started(kStart);
  old_meter.succeeded(1ms);
  old_meter = TaskMeter();
  board.add_app({.name = "lights", .key = "lights", .class_name = "Lights2"});
  EXPECT_EQ(app()["runs"], 1);
  EXPECT_EQ(app()["class"], "Lights2");
  {
    TaskMeter late = add_task("motion");
    board.remove_app("lights");
    EXPECT_FALSE(board.snapshot()["apps"].contains("lights"));
    run_app();
    late.started(kStart);
  }
  EXPECT_EQ(app()["runs"], 0);
}

TEST_F(BoardTest, no_app_makes_the_board_grow_without_bound) {
  run_app();
  std::vector<TaskMeter> meters;
  for (int i = 0; i < 600; ++i) meters.push_back(add_task("task"));
  EXPECT_EQ(app()["tasks"].size(), 500u);
  EXPECT_EQ(app()["unlisted_tasks"], 100);
  meters.clear();
  EXPECT_EQ(app()["tasks"].size(), 0u);
  EXPECT_FALSE(app().contains("unlisted_tasks"));
}

TEST_F(BoardTest, a_secret_in_an_error_is_masked) {
  log::hide("very-secret-token");
  run_app();
  TaskMeter meter = add_task("motion");
  meter.started(kStart);
  meter.failed(1ms, kStart, "401 for very-secret-token");
  board.set_app_state("lights", AppState::kFailed, "with very-secret-token");
  board.set_link({.state = LinkState::kRejected, .error = "very-secret-token is wrong"});
  EXPECT_THAT(board.snapshot().dump(), Not(HasSubstr("very-secret-token")));
}

TEST_F(BoardTest, a_secret_is_masked_in_whatever_text_comes_from_outside) {
  const std::string secret = "very-secret-token";
  log::hide(secret);
  board.set_home({.url = "http://" + secret,
                  .ha_version = "it is " + secret,
                  .name = "Bearer " + secret,
                  .time_zone = secret});
  board.set_page_address("http://127.0.0.1/?" + secret);
  board.add_app({.name = "lights", .key = secret, .class_name = secret, .file = secret});
  const TaskMeter meter = board.add_task({.app = "lights",
                                          .name = "on " + secret,
                                          .waits_for = secret + " → on",
                                          .source = secret + ".cpp:1"});
  const async::Label& label = async::intern_label("lights", "on " + secret);
  board.set_loop_held({.label = &label, .held = 1ms, .over = false});
  board.events().started(board.record({.time = kStart,
                                       .what = "event of " + secret,
                                       .detail = "light." + secret,
                                       .old_text = secret,
                                       .new_text = "Bearer " + secret}),
                         label);
  board.add_unknown_frame("kind " + secret);
  const Json shown = board.snapshot();
  EXPECT_THAT(shown.dump(), Not(HasSubstr(secret)));
  EXPECT_EQ(shown["link"]["ha_version"], "it is ***");
  EXPECT_EQ(shown["link"]["home"], "Bearer ***");
  EXPECT_EQ(shown["events"]["1"]["what"], "event of ***");
  EXPECT_EQ(shown["events"]["1"]["new"], "Bearer ***");
  EXPECT_EQ(shown["events"]["1"]["started"].at(0), "lights/on ***");
  EXPECT_EQ(shown["counts"]["unknown_frames"]["kind ***"], 1);
}

TEST_F(BoardTest, the_version_changes_with_everything_that_a_snapshot_shows) {
  std::uint64_t version = board.version();
  const auto changed = [&] { return std::exchange(version, board.version()) != version; };
  board.set_link({.state = LinkState::kConnected});
  EXPECT_TRUE(changed());
  board.set_entity_count(3);
  EXPECT_TRUE(changed());
  board.set_entity_count(3);
  EXPECT_FALSE(changed());
  run_app();
  EXPECT_TRUE(changed());
  TaskMeter meter = add_task("motion");
  EXPECT_TRUE(changed());
  meter.started(kStart);
  EXPECT_TRUE(changed());
  board.record({.time = kStart, .what = "light.hall"});
  EXPECT_TRUE(changed());
  board.add_unknown_frame("surprise");
  EXPECT_TRUE(changed());
}

TEST_F(BoardTest, is_read_while_it_is_written) {
  run_app();
  std::atomic<bool> done = false;
  std::jthread reader([&] {
    while (!done) EXPECT_TRUE(board.snapshot()["apps"].is_object());
  });
  for (int i = 0; i < 300; ++i) {
    TaskMeter meter = add_task("motion");
    const auto number =
        board.record({.time = kStart, .what = "light.hall", .old_text = "on", .new_text = "off"});
    meter.started(kStart, number);
    meter.failed(1ms, kStart, "no");
    board.set_app_state("lights", i % 2 ? AppState::kRunning : AppState::kStopped);
  }
  done = true;
}

TEST_F(BoardTest, tells_which_apps_have_not_ended) {
  for (const char* name : {"doors", "hall", "lamp", "wrong"}) {
    board.add_app({.name = name, .key = name, .class_name = "A", .file = "apps/a.cpp"});
  }
  board.set_app_state("doors", AppState::kStarting);
  board.set_app_state("hall", AppState::kRunning);
  board.set_app_state("lamp", AppState::kStopped);
  board.set_app_state("wrong", AppState::kFailed, "it is wrong");
  EXPECT_EQ(board.alive(), (std::vector<std::string>{"doors", "hall"}));
}

}  // namespace
}  // namespace hassette::telemetry
