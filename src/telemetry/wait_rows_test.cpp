#include "telemetry/wait_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace hassette::telemetry {
namespace {

using namespace std::chrono_literals;

constexpr async::WallTime kStart{1'764'000'000s};
constexpr std::int64_t kStartMs = 1'764'000'000'000;

class Waits : public testing::Test {
 protected:
  static run::Source source(std::string waits_for) {
    return {.kind = run::Kind::kWait,
            .app = "hall",
            .name = "next light.a",
            .trigger = std::move(waits_for),
            .where = std::source_location::current()};
  }
  Json tasks() const { return board.snapshot()["apps"]["hall"]["tasks"]; }

  async::VirtualClock clock{kStart};
  Board board{clock, "0.1.0"};
  WaitRows rows{board};
};

TEST_F(Waits, are_rows_for_as_long_as_somebody_waits) {
  board.set_app_state("hall", AppState::kRunning);
  const std::uint64_t first = rows.begin(source("light.a"), kStart + 1s);
  const std::uint64_t second = rows.begin(source("light.a"), kStart + 2s);
  ASSERT_EQ(tasks().size(), 1u) << "one row for what waits for the same at one place";
  const Json row = tasks().as_object()[0].second;
  EXPECT_EQ(row["kind"], "wait");
  EXPECT_EQ(row["name"], "next light.a");
  EXPECT_EQ(row["waits_for"], "light.a");
  EXPECT_THAT(row["source"].as_string(), testing::StartsWith("wait_rows_test.cpp:"));
  EXPECT_EQ(row["waiting"], 2);
  EXPECT_EQ(row["waiting_since"], kStartMs + 1000);
  EXPECT_EQ(row["runs"], 0);
  rows.end(first);
  EXPECT_EQ(tasks().as_object()[0].second["waiting"], 1);
  rows.end(second);
  EXPECT_EQ(tasks().size(), 0u);
  const Json app = board.snapshot()["apps"]["hall"];
  EXPECT_EQ(app["health"], "ok") << "between two waits, too, something will run it";
}

TEST_F(Waits, again_and_again_are_the_same_row) {
  rows.end(rows.begin(source("light.a"), kStart));
  const std::uint64_t number = rows.begin(source("light.a"), kStart + 1s);
  const std::string key = tasks().as_object()[0].first;
  EXPECT_EQ(tasks().as_object()[0].second["waiting_since"], kStartMs + 1000);
  rows.end(number);
  const std::uint64_t other = rows.begin(source("light.b"), kStart + 2s);
  EXPECT_NE(tasks().as_object()[0].first, key);
  rows.end(other);
  for (int i = 0; i < 1000; ++i) rows.end(rows.begin(source("light.a"), kStart));
  rows.begin(source("light.a"), kStart + 3s);
  EXPECT_EQ(tasks().as_object()[0].first, key);
  EXPECT_EQ(rows.size(), 2u);
}

TEST_F(Waits, change_the_board_when_they_begin_and_end) {
  std::uint64_t version = board.version();
  const auto changed = [&] { return std::exchange(version, board.version()) != version; };
  const std::uint64_t number = rows.begin(source("light.a"), kStart);
  EXPECT_TRUE(changed());
  rows.end(number);
  EXPECT_TRUE(changed());
}

TEST_F(Waits, that_never_come_again_are_forgotten) {
  std::vector<std::uint64_t> numbers;
  const std::size_t many = 2 * WaitRows::kKept;
  for (std::size_t i = 0; i < many; ++i) {
    numbers.push_back(rows.begin(source("light.n" + std::to_string(i)), kStart));
  }
  EXPECT_EQ(rows.size(), many) << "all of them wait";
  for (const std::uint64_t number : numbers) rows.end(number);
  EXPECT_EQ(rows.size(), WaitRows::kKept);
  // The oldest have gone; their numbers name others now.
  const std::uint64_t again = rows.begin(source("light.n0"), kStart);
  EXPECT_LE(again, many);
  ASSERT_EQ(tasks().size(), 1u);
  EXPECT_EQ(tasks().as_object()[0].second["waits_for"], "light.n0");
  rows.end(again);
  EXPECT_EQ(tasks().size(), 0u);
  EXPECT_EQ(rows.size(), WaitRows::kKept);
}

}  // namespace
}  // namespace hassette::telemetry
