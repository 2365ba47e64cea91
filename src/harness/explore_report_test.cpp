// What an exploration refuses, and what it says about many outcomes.
#include <hassette/testing.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>

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

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// --- faults: each mistake once, and one trace

/// Calls what the home does not have.
class Mistaken : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("sensor.*", &Mistaken::on_change, {.name = "sensors"});
  }
  Task<> on_change() { co_await api.call_service("notify", "notify", {}); }
};

void change_eight_sensors(AppHarness& home) {
  home.start<Mistaken>();
  for (const char id : {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}) {
    home.set_state(std::string("sensor.") + id, "1");
  }
}

std::string failures_of(const std::function<void()>& test) {
  ::testing::TestPartResultArray results;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
    test();
  }
  std::string text;
  for (int i = 0; i < results.size(); ++i) text += results.GetTestPartResult(i).message();
  return text;
}

TEST(Explore, tells_a_mistake_that_happens_often_once_and_with_one_trace) {
  const std::string text =
      failures_of([] { EXPECT_SAME_OUTCOME(explore({.window = 0s}, change_eight_sensors)); });
  EXPECT_EQ(count_of(text, "an app failed: "), 1u) << text;
  EXPECT_EQ(count_of(text, "the trace"), 1u) << text;
  EXPECT_THAT(text, HasSubstr("; the same 8 times in all"));
  EXPECT_EQ(count_of(text, " link: connected"), 1u) << text;
  EXPECT_THAT(text, HasSubstr("stopped at schedule 1 by the fault that is shown above"));
}

TEST(Explore, a_plain_test_tells_a_mistake_that_happens_often_once_and_with_one_trace) {
  const std::string text = failures_of([] {
    AppHarness home;
    change_eight_sensors(home);
  });
  EXPECT_EQ(count_of(text, "an app failed: "), 1u) << text;
  EXPECT_EQ(count_of(text, "what happened:"), 1u) << text;
}

Exploration explored(const std::function<void(TestHome&)>& scenario) {
  return explore({}, scenario);
}

TEST(Explore, shows_the_end_of_a_long_trace_that_leads_to_a_fault) {
  const Exploration seen = explored([](TestHome& home) {
    for (int i = 0; i < 200; ++i) home.set_state("sensor.a", std::to_string(i));
    throw std::runtime_error("at the end");
  });
  EXPECT_THAT(seen.fault, HasSubstr("the last 100 of the "));
  EXPECT_THAT(seen.fault, HasSubstr("198 → 199"));
}

// --- outcomes

/// How many of its calls a light gets depends on the order.
class Eager : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("sensor.a", &Eager::on_a, {.name = "a"});
    co_await bus.on_state_change("sensor.b", [this] { ++seen_; }, {.name = "b"});
  }
  Task<> on_a() {
    for (int i = 0; i < 2 - seen_; ++i) co_await api.turn_on("light.hall");
  }
  int seen_ = 0;
};

Exploration explore_eager() {
  return explore({.window = 50ms}, [](AppHarness& home) {
    home.set_state("light.hall", "off");
    home.start<Eager>();
    home.set_state("sensor.a", "1");
    home.set_state("sensor.b", "1");
    home.advance(1s);
  });
}

TEST(Explore, says_how_often_each_outcome_has_a_line_that_some_have_several_times) {
  const std::string text = explore_eager().str();
  EXPECT_THAT(text, HasSubstr("light.turn_on {\"entity_id\":[\"light.hall\"]} (2 times)\n"));
  EXPECT_THAT(text, HasSubstr("light.turn_on {\"entity_id\":[\"light.hall\"]} (once)\n"));
}

Exploration with_outcomes(std::initializer_list<const char*> texts) {
  Exploration seen;
  seen.explored = seen.at_least = texts.size();
  for (const char* const text : texts) {
    seen.outcomes.push_back({{.outcome = text, .tape = {"start", text}, .turns = 1}, 1});
  }
  return seen;
}

TEST(Explore, says_that_an_outcome_has_nothing_of_what_the_others_have) {
  EXPECT_THAT(with_outcomes({"same\ncall\n", "same\n"}).str(),
              HasSubstr("\n  outcome 1, of the usual order, in 1 schedule\n    call"
                        "\n  outcome 2, in 1 schedule\n    (nothing of what the others have)"));
}

TEST(Explore, shows_the_usual_outcome_and_its_trace_once) {
  const std::string text = with_outcomes({"one", "two", "three"}).str();
  EXPECT_EQ(count_of(text, "    one"), 2u) << text << "\nas an outcome and in its trace";
  EXPECT_EQ(count_of(text, "trace of outcome 1, the usual order, after 1 line that all have"), 1u);
  EXPECT_THAT(text, HasSubstr("trace of outcome 3, 1 turn away from the usual order, after 1 line "
                              "as in outcome 1\n    three"));
}

TEST(Explore, shows_outcomes_whole_that_differ_only_in_the_order_of_their_lines) {
  const std::string text = with_outcomes({"a\nb", "b\na"}).str();
  EXPECT_THAT(text, HasSubstr("in 1 schedule\n    a\n    b\n"));
  EXPECT_THAT(text, HasSubstr("in 1 schedule\n    b\n    a\n"));
}

TEST(Explore, the_macro_prints_the_report_and_not_the_scenario) {
  const std::string text = failures_of([] { EXPECT_SAME_OUTCOME(with_outcomes({"one", "two"})); });
  EXPECT_THAT(text, ::testing::StartsWith("explored 2 schedules, which are all; they had 2"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("with_outcomes")));
}

}  // namespace
}  // namespace hassette
