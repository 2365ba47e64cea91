// What an exploration refuses, and what it says about many outcomes.
#include <hassette/testing.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

namespace hassette {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(Explore, refuses_what_would_explore_nothing) {
  const auto nothing = [](AppHarness&) {};
  EXPECT_THROW(explore({.window = -1s}, nothing), LogicError);
  EXPECT_THROW(explore({.limit = 0}, nothing), LogicError);
}

/// Remembers the order of what changes, so that each order is an outcome of its own.
class Diary : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("binary_sensor.*", &Diary::on_change, {.name = "all"});
  }
  void on_change(const StateChange& change) { order += change.entity_id.str().back(); }

 public:
  std::string order;
};

TEST(Explore, shows_the_nearest_of_many_outcomes_and_how_many_more_there_are) {
  const Diary* diary = nullptr;
  ExploreOptions options;
  options.outcome = [&diary](const TestHome&) { return diary->order; };
  const Exploration seen = explore(options, [&diary](AppHarness& home) {
    diary = &home.start<Diary>();
    for (const char* const id : {"a", "b", "c", "d", "e"}) {
      home.set_state(std::string("binary_sensor.") + id, "on");
    }
    home.advance(1s);
  });
  ASSERT_EQ(seen.outcomes.size(), 120u);
  EXPECT_THAT(seen.str(), HasSubstr(fmt::format("{} more outcomes are further from the usual order",
                                                seen.outcomes.size() - 4)));
  EXPECT_LT(seen.str().size(), 50'000u);
  const auto traced = std::ranges::count_if(seen.outcomes, [](const Exploration::Outcome& outcome) {
    return !outcome.schedule.tape.empty();
  });
  EXPECT_EQ(traced, 50);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_FALSE(seen.outcomes[i].schedule.tape.empty());
}

}  // namespace
}  // namespace hassette
