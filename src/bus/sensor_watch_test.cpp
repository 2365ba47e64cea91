// Stale entities, rates and crossings, in virtual time.
#include "bus/engine_events.hpp"
#include "bus/testing.hpp"

namespace hassette::bus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Sensors : public TheBus {
 public:
  template <class What>
  Subscription crossing(Entities entities, What what, WatchOptions options = {.name = "cross"}) {
    return run(
        [](Sensors* test, Entities its, What which, WatchOptions opts) -> Task<Subscription> {
          co_return co_await test->bus.on_crossing(std::move(its), which, test->noting("crossed"),
                                                   std::move(opts));
        }(this, std::move(entities), what, std::move(options)));
  }
  Subscription rate(Entities entities, RateOfChange which) {
    return run([](Sensors* test, Entities its, RateOfChange what) -> Task<Subscription> {
      co_return co_await test->bus.on_rate(std::move(its), std::move(what), test->noting("rate"),
                                           {.name = "rate"});
    }(this, std::move(entities), std::move(which)));
  }
  Subscription stale(Entities entities, Length after, WatchOptions options = {.name = "stale"}) {
    return run(
        [](Sensors* test, Entities its, Length time, WatchOptions opts) -> Task<Subscription> {
          co_return co_await test->bus.on_stale(std::move(its), time, test->noting("stale"),
                                                std::move(opts));
        }(this, std::move(entities), after, std::move(options)));
  }
  void lose() { engine(disconnected_event(loop.wall(), "gone")); }
  void reconnect() { engine(connected_event(loop.wall(), false)); }
  void engine(Event event) {
    router.dispatch(std::move(event));
    loop.run_ready();
  }
};

// --- Stale

TEST_F(Sensors, is_told_once_of_an_entity_that_shows_nothing_new) {
  change("sensor.t", "20");
  stale("sensor.t", 30min);
  advance(20min);
  change("sensor.t", "20", R"({"battery":90})");  // an attribute is news too
  advance(29min);
  EXPECT_THAT(notes, IsEmpty());
  advance(1min);
  EXPECT_THAT(notes, ElementsAre("stale sensor.t 20"));
  advance(24h);
  EXPECT_THAT(notes, SizeIs(1));
  change("sensor.t", "21");
  advance(30min);
  EXPECT_THAT(notes, ElementsAre("stale sensor.t 20", "stale sensor.t 21"));
}

TEST_F(Sensors, is_not_stale_where_it_spoke_while_nobody_could_hear_it) {
  change("sensor.t", "20");
  stale("sensor.t", 30min);
  advance(20min);
  lose();
  advance(10min);
  come_back("sensor.t", "20", loop.wall() - 5min);  // 21 and back, say
  reconnect();
  advance(24min);
  EXPECT_THAT(notes, IsEmpty());
  advance(1min);
  EXPECT_THAT(notes, ElementsAre("stale sensor.t 20"));
  lose();
  advance(1h);
  come_back("sensor.t", "20", loop.wall());
  reconnect();
  advance(30min);
  EXPECT_THAT(notes, SizeIs(2)) << "it has fallen silent once more";
}

TEST_F(Sensors, counts_the_time_before_the_registration) {
  change("sensor.t", "20");
  advance(20min);
  stale("sensor.t", 30min);
  advance(10min);
  EXPECT_THAT(notes, SizeIs(1));
  change("sensor.u", "5");
  advance(2h);
  stale("sensor.u", 30min, {.name = "late"});
  advance(1ms);
  EXPECT_THAT(notes, ElementsAre("stale sensor.t 20", "stale sensor.u 5"));
}

TEST_F(Sensors, takes_becoming_unavailable_for_no_news) {
  change("sensor.t", "20");
  stale("sensor.t", 30min);
  advance(20min);
  change("sensor.t", "unavailable");
  advance(10min);
  EXPECT_THAT(notes, ElementsAre("stale sensor.t 20"));
}

TEST_F(Sensors, watches_each_entity_of_a_glob_and_those_that_come) {
  stale("sensor.*", 30min);
  change("sensor.a", "1");
  advance(10min);
  change("sensor.b", "1");
  advance(20min);
  EXPECT_THAT(notes, ElementsAre("stale sensor.a 1"));
  remove("sensor.b");
  advance(1h);
  EXPECT_THAT(notes, SizeIs(1)) << "what was removed is not stale";
}

TEST_F(Sensors, does_not_take_an_outage_for_silence) {
  change("sensor.t", "20");
  change("sensor.u", "20");
  stale("sensor.*", 30min);
  advance(10min);
  lose();
  advance(2h);
  EXPECT_THAT(notes, IsEmpty());
  recover("sensor.u", "21", loop.wall() - 10min);
  reconnect();
  advance(1ms);
  EXPECT_THAT(notes, ElementsAre("stale sensor.t 20")) << "the home says that it has been silent";
  advance(20min);
  EXPECT_THAT(notes, ElementsAre("stale sensor.t 20", "stale sensor.u 21"));
}

TEST_F(Sensors, corrects_for_the_homes_clock) {
  router.set_clock_offset(10min);
  change("sensor.t", "20");  // stamped by the test's own clock: ten minutes ago for the home
  stale("sensor.t", 30min);
  advance(20min);
  EXPECT_THAT(notes, SizeIs(1));
}

// --- Crossing

TEST_F(Sensors, crosses_once_until_it_was_back_beyond_the_hysteresis) {
  change("sensor.t", "24");
  crossing("sensor.t", rising_above(25, 0.5));
  for (const char* value : {"25", "25.1", "24.9", "25.2", "24.6", "26", "24.5", "25.3"}) {
    change("sensor.t", value);
  }
  EXPECT_THAT(notes, ElementsAre("crossed sensor.t 25.1", "crossed sensor.t 25.3"));
}

TEST_F(Sensors, falls_below_alike) {
  change("sensor.t", "10");
  crossing("sensor.t", falling_below(5, 1));
  for (const char* value : {"4", "5.5", "4.5", "6", "4.9"}) change("sensor.t", value);
  EXPECT_THAT(notes, ElementsAre("crossed sensor.t 4", "crossed sensor.t 4.9"));
}

TEST_F(Sensors, does_not_cross_by_being_there_or_coming_back) {
  change("sensor.t", "30");
  crossing("sensor.*", rising_above(25));
  change("sensor.t", "31");
  change("sensor.new", "40");
  change("sensor.t", "unavailable");
  change("sensor.t", "32");
  EXPECT_THAT(notes, IsEmpty());
  change("sensor.t", "20");
  change("sensor.t", "unknown");
  change("sensor.t", "26");
  EXPECT_THAT(notes, ElementsAre("crossed sensor.t 26")) << "whatever lay between";
}

TEST_F(Sensors, refuses_limits_that_are_none) {
  const auto refused = [](const auto& registration) -> std::string {
    try {
      registration();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "registration");
      return error.what();
    }
    return "not refused";
  };
  EXPECT_THAT(refused([&] { crossing("sensor.t", rising_above(1, -1)); }),
              HasSubstr("the hysteresis is not below 0"));
  EXPECT_THAT(refused([&] { stale("sensor.t", 0s); }), HasSubstr("longer than zero"));
  EXPECT_THAT(refused([&] { rate("sensor.t", per_hour({})); }), HasSubstr("say which rate"));
  EXPECT_THAT(refused([&] { rate("sensor.t", per_hour(1).over(0s)); }), HasSubstr(".over(…)"));
  EXPECT_THAT(refused([&] { rate("Sensor T", per_hour(1)); }), HasSubstr("Sensor T"));
  EXPECT_TRUE(observer.sources.empty());
}

// --- Rate

TEST_F(Sensors, runs_when_a_value_begins_to_change_as_fast_as_asked) {
  change("sensor.t", "20");
  rate("sensor.t", per_hour(C::above(2.0)).over(30min));
  advance(10min);
  change("sensor.t", "21.5");
  EXPECT_THAT(notes, IsEmpty()) << "it is not known what it was half an hour ago";
  advance(20min);
  change("sensor.t", "21.1");  // 1.1 in half an hour
  EXPECT_THAT(notes, ElementsAre("rate sensor.t 21.1"));
  advance(5min);
  change("sensor.t", "21.3");
  EXPECT_THAT(notes, SizeIs(1)) << "it still does";
  advance(30min);
  change("sensor.t", "21.4");
  advance(5min);
  change("sensor.t", "23");
  EXPECT_THAT(notes, ElementsAre("rate sensor.t 21.1", "rate sensor.t 23"));
}

TEST_F(Sensors, asks_the_rate_of_falling_too_and_forgets_what_lies_before_a_gap) {
  change("sensor.t", "20");
  rate("sensor.t", per_minute(C::below(-1)).over(1min));
  advance(1min);
  change("sensor.t", "unavailable");
  change("sensor.t", "10");
  EXPECT_THAT(notes, IsEmpty());
  advance(1min);
  change("sensor.t", "8");
  EXPECT_THAT(notes, ElementsAre("rate sensor.t 8"));
}

TEST_F(Sensors, keeps_a_bounded_number_of_samples) {
  change("sensor.t", "0");
  rate("sensor.t", per_hour(C::above(9.9)).over(1h));
  for (int i = 1; i <= 20'000; ++i) {
    advance(100ms);
    change("sensor.t", std::to_string(i % 7));
  }
  EXPECT_THAT(notes, IsEmpty());
  advance(1h);
  change("sensor.t", "100");
  EXPECT_THAT(notes, SizeIs(1));
}

TEST_F(Sensors, is_the_listeners_error_when_a_condition_throws) {
  change("sensor.t", "0");
  rate("sensor.t", per_hour([](double) -> bool { throw std::runtime_error("boom"); }).over(1min));
  advance(1min);
  change("sensor.t", "1");
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("boom")));
}

}  // namespace
}  // namespace hassette::bus
