#include "log/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "async/unawaited.hpp"
#include "log/heard_testing.hpp"
#include "log/ring_sink.hpp"

namespace hassette::log {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr async::WallTime kStart{1'764'000'000s};

/// Every test gets a ring of its own and leaves the process as it was.
class Log : public testing::Test {
 protected:
  void SetUp() override { add_sink(ring); }
  void TearDown() override {
    remove_sink(*ring);
    set_level(LogLevel::kInfo);
    set_app_level("lights", {});
  }
  std::vector<std::string> messages() const {
    std::vector<std::string> texts;
    for (const RingSink::Line& line : ring->lines(100)) texts.push_back(line.record.message);
    return texts;
  }
  std::shared_ptr<RingSink> ring = std::make_shared<RingSink>(3);
};

TEST_F(Log, keeps_lines_below_the_level_out) {
  debug("not this");
  info("but {}", "this");
  set_level(LogLevel::kError);
  warning("nor this");
  EXPECT_THAT(messages(), ElementsAre("but this"));
}

TEST_F(Log, an_apps_own_level_wins_over_the_general_one) {
  const Logger lights("lights");
  set_app_level("lights", LogLevel::kDebug);
  lights.debug("dimmed to {}", 40);
  Logger("doors").debug("closed");
  set_app_level("lights", LogLevel::kError);
  lights.warning("lamp is slow");
  set_app_level("lights", {});
  lights.info("back to normal");
  EXPECT_THAT(messages(), ElementsAre("dimmed to 40", "back to normal"));
}

TEST_F(Log, arguments_are_not_formatted_for_a_line_that_nobody_wants) {
  EXPECT_FALSE(Logger("lights").enabled(LogLevel::kDebug));
  EXPECT_TRUE(Logger("lights").enabled(LogLevel::kInfo));
}

Task<> speak(const Logger* logger, const Logger* other) {
  logger->info("from the handler");
  other->info("from another app's logger");
  co_return;
}

TEST_F(Log, prints_every_form_that_fmt_knows) {
  const Logger lights("lights");
  const char* const name = "hall";
  lights.info("no value, {{}} and {{0}}");
  lights.info("{} {:.1f} {:>{}} {}", 3, 2.25, "x", 3, std::string(name));
  lights.warning("{1} {0} {1}", name, true);
  lights.error(fmt::runtime("{} {}"), 1, name);
  EXPECT_THAT(messages(), ElementsAre("3 2.2   x hall", "true hall true", "1 hall"));
}

// Where fmt's own checks end: a value that no {} takes.
static_assert(values_taken("%d lights", 1) == 0);
static_assert(values_taken("{{}} {}", 1) == 1);
static_assert(values_taken("{:{}} {}", 3) == 3);
static_assert(values_taken("{{{}}}", 1) == 1);
static_assert(values_taken("{0} {0}", 2) == 2, "numbered: fmt knows which");
static_assert(values_taken("", 0) == 0);

TEST_F(Log, names_the_handler_that_runs_and_the_loops_time) {
  async::VirtualClock clock(kStart);
  async::ParkReactor reactor;
  async::Loop loop(clock, reactor);
  async::Bucket bucket(loop, {});
  const Logger lights("lights");
  const Logger doors("doors");
  bucket.spawn(async::intern_label("lights", "motion"), speak(&lights, &doors));
  loop.run_until(clock.now() + 1s);

  const auto lines = ring->lines(10);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].record.app, "lights");
  EXPECT_EQ(lines[0].record.task, "motion");
  EXPECT_EQ(lines[0].record.time, kStart);
  EXPECT_EQ(lines[1].record.app, "doors");
  EXPECT_EQ(lines[1].record.task, "") << "a handler of lights is none of doors'";
}

TEST_F(Log, a_line_from_outside_a_loop_has_the_time_of_the_home) {
  set_clock(std::make_shared<async::VirtualClock>(kStart));
  info("compiling");
  set_clock(std::make_shared<async::RealClock>());
  info("back on earth");
  const auto lines = ring->lines(10);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].record.time, kStart);
  EXPECT_GT(lines[1].record.time, kStart + 1h);
}

TEST_F(Log, the_ring_keeps_the_newest_and_counts_repetitions) {
  for (const char* text : {"a", "b", "c", "c", "d", "c"}) info("{}", text);
  const auto lines = ring->lines(10);
  EXPECT_THAT(messages(), ElementsAre("b", "c", "d"));
  EXPECT_EQ(lines[1].times, 3u);
  EXPECT_EQ(lines[2].number, 4u);
  EXPECT_EQ(ring->version(), 6u);
  EXPECT_EQ(ring->lines(1).front().record.message, "d");
}

TEST_F(Log, a_hidden_text_never_reaches_a_sink) {
  hide("eyJhbGciOiJIUzI1NiJ9.c2VjcmV0.signature");
  info(
      "token eyJhbGciOiJIUzI1NiJ9.c2VjcmV0.signature was refused, twice: "
      "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0.signature");
  info("a cut one: eyJhbGciOiJIUzI1NiJ9.c2V...");
  hide("hunter42");
  Logger("lights").warning("password hunter42!");
  EXPECT_THAT(messages(), ElementsAre("token *** was refused, twice: ***", "a cut one: ***...",
                                      "password ***!"));
  EXPECT_EQ(masked("with hunter42 in it"), "with *** in it");
}

TEST_F(Log, a_text_that_is_too_short_to_be_a_secret_is_not_hidden) {
  hide("light");
  hide("");
  info("light on");
  EXPECT_THAT(messages(), ElementsAre("light on"));
}

TEST_F(Log, a_message_without_end_is_cut_and_says_so) {
  info("{}", std::string(kMaxMessage - 1, 'x') + "ä" + std::string(98, 'y'));
  const std::string text = messages().front();
  EXPECT_LT(text.size(), kMaxMessage + 40);
  EXPECT_THAT(text, HasSubstr("x… (100 more bytes)"));
}

TEST_F(Log, what_a_test_hears_of_an_app_says_how_often_it_came) {
  const Heard heard("lights");
  for (int times = 0; times < 3; ++times) write(LogLevel::kInfo, "lights", "on");
  write(LogLevel::kInfo, "covers", "on");
  write(LogLevel::kInfo, "lights", "off");
  EXPECT_THAT(heard.lines(), ElementsAre("on ×3", "off"));
}

TEST_F(Log, a_removed_sink_gets_nothing_more) {
  const auto second = std::make_shared<RingSink>(3);
  add_sink(second);
  info("for both");
  remove_sink(*second);
  info("for one");
  EXPECT_EQ(second->lines(10).size(), 1u);
  EXPECT_EQ(ring->lines(10).size(), 2u);
}

Task<> nothing() {
  co_return;
}

Task<> forgets() {
  std::vector<Task<>> kept;
  kept.push_back(nothing());
  co_return;
}

TEST_F(Log, an_unawaited_task_is_reported_with_its_place_and_app) {
  report_unawaited_tasks();
  async::VirtualClock clock(kStart);
  async::ParkReactor reactor;
  async::Loop loop(clock, reactor);
  async::Bucket bucket(loop, {});
  bucket.spawn(async::intern_label("lights", "motion"), forgets());
  loop.run_until(clock.now() + 1s);
  const auto lines = ring->lines(10);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].record.app, "lights");
  EXPECT_EQ(lines[0].record.task, "motion");
  EXPECT_EQ(lines[0].record.level, LogLevel::kWarning);
  EXPECT_THAT(
      lines[0].record.message,
      AllOf(HasSubstr("log_test.cpp:"), HasSubstr("destroyed without being awaited: co_await it")));
  async::set_unawaited_reporter(nullptr);
}

Task<> keeps(std::vector<Task<>>* member) {
  member->push_back(nothing());
  co_return;
}

TEST_F(Log, an_unawaited_task_of_a_member_is_reported_with_the_app_that_made_it) {
  report_unawaited_tasks();
  async::VirtualClock clock(kStart);
  async::ParkReactor reactor;
  async::Loop loop(clock, reactor);
  async::Bucket bucket(loop, {});
  std::vector<Task<>> member;
  bucket.spawn(async::intern_label("lights", "motion"), keeps(&member));
  loop.run_until(clock.now() + 1s);
  EXPECT_TRUE(ring->lines(10).empty());
  std::jthread([&member] { member.clear(); }).join();
  const auto lines = ring->lines(10);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].record.app, "lights");
  EXPECT_THAT(lines[0].record.message, HasSubstr("log_test.cpp:"));
  async::set_unawaited_reporter(nullptr);
}

}  // namespace
}  // namespace hassette::log
