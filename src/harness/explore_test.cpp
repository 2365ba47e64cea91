#include <hassette/testing.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>

namespace hassette {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::milliseconds kWindow{50};

// --- apps whose handlers read, wait and write

enum class Way : std::uint8_t {
  kReadFirst,     // a lost update, where the two handlers overlap
  kReadLast,      // reads after the wait: right, since nothing comes between
  kLetHomeCount,  // the home counts by itself: right in every order
};

struct GuestsConfig {
  Way way = Way::kReadFirst;
};

/// Counts who comes in by two doors.
class Guests : public App<GuestsConfig> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("binary_sensor.front", &Guests::on_door, {.name = "front"});
    co_await bus.on_state_change("binary_sensor.back", &Guests::on_door, {.name = "back"});
  }
  double count() const { return std::stod(std::string(states.get("input_number.guests")->text())); }
  Task<> on_door() {
    const double before = count();
    co_await api.call_service("notify", "persistent_notification",
                              {.data = {{"message", "somebody comes"}}});
    if (app_config.way == Way::kLetHomeCount) {
      co_await api.call_service("input_number", "increment",
                                {.target = {.entity_id = "input_number.guests"}});
      co_return;
    }
    const double now = app_config.way == Way::kReadLast ? count() : before;
    co_await api.call_service(
        "input_number", "set_value",
        {.target = {.entity_id = "input_number.guests"}, .data = {{"value", now + 1}}});
  }
};

void two_come_in(AppHarness& home, Way way) {
  home.set_state("input_number.guests", "0", {{"min", 0}, {"max", 99}, {"step", 1}});
  home.set_state("binary_sensor.front", "off");
  home.set_state("binary_sensor.back", "off");
  home.advance(1s);
  home.start<Guests>({.way = way});
  home.set_state("binary_sensor.front", "on");
  home.set_state("binary_sensor.back", "on");
  home.advance(1s);
}

Exploration explore_guests(Way way, std::size_t limit = 1000) {
  return explore({.window = kWindow, .limit = limit},
                 [way](AppHarness& home) { two_come_in(home, way); });
}

TEST(Explore, finds_two_handlers_that_read_wait_and_write) {
  {
    AppHarness home;  // one after the other, as a plain test has it, all is well
    two_come_in(home, Way::kReadFirst);
    EXPECT_EQ(home.state("input_number.guests")->text(), "2.0");
  }
  const Exploration seen = explore_guests(Way::kReadFirst);
  EXPECT_TRUE(seen.complete()) << seen.str();
  EXPECT_FALSE(seen.same());
  ASSERT_GE(seen.outcomes.size(), 2u);
  EXPECT_THAT(seen.outcomes[0].schedule.outcome, HasSubstr("input_number.guests: 2.0"));
  EXPECT_EQ(seen.outcomes[0].schedule.turns, 0u);
  EXPECT_THAT(seen.outcomes[1].schedule.outcome, HasSubstr("input_number.guests: 1.0"));
}

TEST(Explore, shows_both_traces_of_what_differs) {
  const std::string text = explore_guests(Way::kReadFirst).str();
  EXPECT_THAT(text, HasSubstr("input_number.guests: 2.0"));
  EXPECT_THAT(text, HasSubstr("input_number.guests: 1.0"));
  EXPECT_THAT(text, HasSubstr("trace of outcome 1, the usual order, after"));
  EXPECT_THAT(text, HasSubstr("trace of outcome 2, 1 turn away from the usual order, after"));
  EXPECT_THAT(text, HasSubstr("binary_sensor.back becomes on"));
  EXPECT_THAT(text, HasSubstr("for guests `front` arrives"));
  EXPECT_THAT(text, HasSubstr("the answer to notify.persistent_notification at explore_test.cpp:"));
}

TEST(Explore, fails_a_test_with_the_macro) {
  EXPECT_NONFATAL_FAILURE(EXPECT_SAME_OUTCOME(explore_guests(Way::kReadFirst)),
                          "different outcomes");
}

TEST(Explore, says_nothing_against_handlers_that_are_right) {
  for (const Way way : {Way::kReadLast, Way::kLetHomeCount}) {
    const Exploration seen = explore_guests(way);
    EXPECT_SAME_OUTCOME(seen);
    EXPECT_TRUE(seen.complete());
    EXPECT_GT(seen.explored, 2u);
    EXPECT_THAT(seen.str(), HasSubstr("schedules, which are all; all had the same outcome"));
  }
}

TEST(Explore, says_when_the_limit_ended_it) {
  const Exploration all = explore_guests(Way::kLetHomeCount);
  const Exploration some = explore_guests(Way::kLetHomeCount, 3);
  EXPECT_EQ(some.explored, 3u);
  EXPECT_GT(some.at_least, 3u);
  EXPECT_LE(some.at_least, all.explored);
  EXPECT_FALSE(some.complete());
  EXPECT_TRUE(some.same());
  EXPECT_EQ(some.extent(), "explored 3 of at least " + std::to_string(some.at_least) +
                               " schedules; the limit ended it");
}

TEST(Explore, is_the_same_each_time) {
  EXPECT_EQ(explore_guests(Way::kReadFirst).str(), explore_guests(Way::kReadFirst).str());
}

// --- which orders there are

/// Notes what reaches it, and how far its handlers have come.
class Noting : public App<> {
 public:
  std::string notes;

 protected:
  void note(std::string_view text) { notes += std::string(text) + ' '; }
};

class Order : public Noting {
  Task<> on_initialize() override {
    co_await bus.on_state_change("sensor.*", &Order::on_change, {.name = "sensors"});
  }
  void on_change(const StateChange& change) {
    note(std::string(change.entity_id.object_id()) + std::string(change.new_text()));
  }
};

/// All orders of what an app notes while the scenario plays, sorted.
template <class A>
std::set<std::string> orders(std::chrono::nanoseconds window,
                             const std::function<void(AppHarness&)>& scenario) {
  const A* app = nullptr;
  ExploreOptions options{.window = window};
  options.outcome = [&app](const TestHome&) { return app->notes; };
  const Exploration seen = explore(options, [&](AppHarness& home) {
    app = &home.start<A>();
    scenario(home);
  });
  EXPECT_TRUE(seen.complete()) << seen.str();
  std::set<std::string> found;
  for (const auto& outcome : seen.outcomes) found.insert(outcome.schedule.outcome);
  return found;
}

TEST(Explore, keeps_the_order_of_one_entitys_events) {
  const auto found = orders<Order>(kWindow, [](AppHarness& home) {
    home.set_state("sensor.a", "1");
    home.set_state("sensor.a", "2");
    home.set_state("sensor.b", "1");
  });
  EXPECT_THAT(found, ::testing::ElementsAre("a1 a2 b1 ", "a1 b1 a2 ", "b1 a1 a2 "));
}

TEST(Explore, swaps_only_what_lies_within_the_window) {
  const auto scenario = [](AppHarness& home) {
    home.set_state("sensor.a", "1");
    home.advance(40ms);
    home.set_state("sensor.b", "1");
    home.advance(40ms);
    home.set_state("sensor.c", "1");
    home.advance(1s);
  };
  EXPECT_THAT(orders<Order>(30ms, scenario), ::testing::ElementsAre("a1 b1 c1 "));
  EXPECT_THAT(orders<Order>(50ms, scenario),
              ::testing::ElementsAre("a1 b1 c1 ", "a1 c1 b1 ", "b1 a1 c1 "));
  EXPECT_EQ(orders<Order>(100ms, scenario).size(), 6u);
}

class Sleeping : public Noting {
  Task<> on_initialize() override {
    co_await bus.on_state_change("sensor.*", &Sleeping::on_change, {.name = "sensors"});
  }
  Task<> on_change(EntityId entity) {
    const std::string name(entity.object_id());
    note(name + "<");
    co_await sleep(20ms);
    note(name + ">");
  }
};

TEST(Explore, lets_a_timer_and_an_event_that_are_close_come_in_either_order) {
  const auto scenario = [](AppHarness& home) {
    home.set_state("sensor.a", "1");
    home.advance(30ms);
    home.set_state("sensor.b", "1");
    home.advance(1s);
  };
  EXPECT_THAT(orders<Sleeping>(5ms, scenario), ::testing::ElementsAre("a< a> b< b> "));
  EXPECT_THAT(orders<Sleeping>(10ms, scenario),
              ::testing::ElementsAre("a< a> b< b> ", "a< b< a> b> "));
}

TEST(Explore, lets_tasks_that_are_ready_at_once_go_on_in_either_order) {
  const auto found = orders<Sleeping>(0s, [](AppHarness& home) {
    home.set_state("sensor.a", "1");
    home.set_state("sensor.b", "1");
    home.advance(1s);
  });
  EXPECT_THAT(found, Contains("a< b< a> b> "));
  EXPECT_THAT(found, Contains("a< b< b> a> "));
  EXPECT_THAT(found, Not(Contains("a< a> b< b> ")));
}

class Thinking : public Noting {
  Task<> on_initialize() override {
    co_await bus.on_state_change("sensor.*", &Thinking::on_change, {.name = "sensors"});
  }
  Task<> on_change(EntityId entity) {
    const std::string name =
        co_await task_bucket.run_in_thread([entity] { return std::string(entity.object_id()); });
    note(name);
  }
};

TEST(Explore, repeats_itself_although_work_is_done_on_threads) {
  const auto found = orders<Thinking>(0s, [](AppHarness& home) {
    home.set_state("sensor.a", "1");
    home.set_state("sensor.b", "1");
    home.advance(1s);
  });
  EXPECT_THAT(found, ::testing::ElementsAre("a b ", "b a "));
}

// --- a mistake that only one of the first orders shows

/// Wrong only where `b` comes while it waits for the second of three answers.
class Narrow : public Noting {
  Task<> on_initialize() override {
    co_await bus.on_state_change("sensor.a", &Narrow::on_a, {.name = "a"});
    co_await bus.on_state_change("sensor.b", &Narrow::on_b, {.name = "b"});
  }
  Task<> ask() { co_await api.get_state("sensor.a"); }
  Task<> on_a() {
    co_await ask();
    const int seen = bs_;
    co_await ask();
    bs_ = seen;
    co_await ask();
  }
  void on_b() {
    ++bs_;
    notes = std::to_string(bs_);
  }
  int bs_ = 0;
};

Exploration explore_narrow(std::size_t limit) {
  const Narrow* app = nullptr;
  ExploreOptions options{.window = kWindow, .limit = limit};
  options.outcome = [&app](const TestHome&) { return app->notes; };
  return explore(options, [&](AppHarness& home) {
    app = &home.start<Narrow>();
    home.set_state("sensor.a", "1");
    home.set_state("sensor.b", "1");
    home.advance(1s);
    home.set_state("sensor.b", "2");
    home.advance(1s);
  });
}

TEST(Explore, finds_a_lost_update_that_only_the_third_order_shows) {
  EXPECT_TRUE(explore_narrow(1).same());
  EXPECT_TRUE(explore_narrow(2).same()) << explore_narrow(2).str();
  const Exploration three = explore_narrow(3);
  EXPECT_FALSE(three.same()) << three.str();
  const Exploration all = explore_narrow(1000);
  EXPECT_TRUE(all.complete());
  ASSERT_EQ(all.outcomes.size(), 2u);
  EXPECT_EQ(all.outcomes[0].schedule.outcome, "2");
  EXPECT_EQ(all.outcomes[1].schedule.outcome, "1");
  EXPECT_EQ(all.outcomes[1].times, 1u);
}

// --- faults

class Forgetful : public App<> {
  std::vector<Task<>> kept_;
  bool a_ = false;
  Task<> on_initialize() override {
    co_await bus.on_state_change("sensor.a", [this] { a_ = true; }, {.name = "a"});
    co_await bus.on_state_change("sensor.b", &Forgetful::on_b, {.name = "b"});
  }
  void on_b() {
    if (!a_) kept_.push_back(api.turn_on("light.hall"));
  }
};

void explore_forgetful() {
  const Exploration seen = explore({.window = kWindow}, [](AppHarness& home) {
    home.start<Forgetful>();
    home.set_state("sensor.a", "1");
    home.set_state("sensor.b", "1");
  });
  EXPECT_FALSE(seen.same());
  EXPECT_FALSE(seen.complete());
  EXPECT_EQ(seen.explored, 2u);
}

TEST(Explore, a_task_that_is_forgotten_in_one_order_fails_the_test) {
  EXPECT_NONFATAL_FAILURE(explore_forgetful(), "was never awaited");
}

void explore_with_a_check() {
  explore({.window = kWindow}, [](AppHarness& home) {
    const auto& app = home.start<Order>();
    home.set_state("sensor.a", "1");
    home.set_state("sensor.b", "1");
    home.advance(1s);
    if (app.notes != "a1 b1 ") throw std::runtime_error("another order");
  });
}

TEST(Explore, what_the_scenario_throws_is_told_with_the_trace) {
  EXPECT_NONFATAL_FAILURE(explore_with_a_check(), "the scenario threw: another order");
  EXPECT_NONFATAL_FAILURE(explore_with_a_check(), "[2 of 2] sensor.b becomes 1");
}

TEST(Explore, refuses_a_scenario_that_does_not_repeat_itself) {
  std::size_t times = 0;
  const Exploration seen = explore_each({}, [&](harness::ExploredRun& run) {
    TestHome home({}, run);
    home.start<Order>();
    home.set_state("sensor.a", "1");
    home.set_state("sensor.b", "1");
    if (times++ > 0) home.set_state("sensor.c", "1");
    return home.finish();
  });
  EXPECT_THAT(seen.fault, HasSubstr("does not repeat itself"));
  EXPECT_FALSE(seen.same());
}

TEST(Explore, what_is_done_before_the_first_app_starts_is_no_choice) {
  const Exploration seen = explore({.window = kWindow}, [](AppHarness& home) {
    for (const char* id : {"sensor.a", "sensor.b", "sensor.c"}) home.set_state(id, "1");
    home.start<Order>();
  });
  EXPECT_EQ(seen.explored, 1u);
}

TEST(Explore, looking_at_the_home_ends_a_window) {
  const auto found = orders<Order>(kWindow, [](AppHarness& home) {
    home.set_state("sensor.a", "1");
    EXPECT_EQ(home.state("sensor.a")->text(), "1");
    home.set_state("sensor.b", "1");
  });
  EXPECT_THAT(found, ::testing::ElementsAre("a1 b1 "));
}

}  // namespace
}  // namespace hassette
