// How fast the test harness is: state changes a second, and a year of a house with twenty apps.
//
//   bench_harness [--quick]
//
// A state change is one `set_state` of a new value on a home of 1,000 entities: the write in the
// simulated home with its event, context and history, its way through the engine (cache, tape,
// listeners), and everything that is ready because of it has run when it returns. In the first
// figure an app listens to other entities; in the second its handler, a coroutine, runs for each
// change; in the third the handler calls a service and has its answer. Processor time of the
// thread, since everything happens on it.
#include <fmt/core.h>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "figure.hpp"
#include "house_year.hpp"

namespace {

using namespace hassette;
using namespace bench;

constexpr std::size_t kEntities = 1'000;
constexpr double kGoal = 1e6;

std::vector<EntityId> entities(std::string_view domain) {
  std::vector<EntityId> made;
  for (std::size_t i = 0; i < kEntities / 2; ++i) {
    made.emplace_back(fmt::format("{}.sample_{}", domain, i));
  }
  return made;
}

const std::vector<EntityId> kQuiet = entities("sensor");
const std::vector<EntityId> kHeard = entities("binary_sensor");

class Listening : public App<> {
 public:
  std::size_t runs = 0;

 private:
  Task<> on_initialize() override {
    co_await bus.on_state_change("binary_sensor.*", &Listening::on_change, {.name = "changes"});
    co_await bus.on_state_change("input_boolean.call", &Listening::on_call, {.name = "call"});
  }
  Task<> on_change(D::StateNew<>) {
    ++runs;
    co_return;
  }
  Task<> on_call() {
    co_await api.turn_on("light.sample");
    ++runs;
  }
};

class House {
 public:
  House() {
    const Json attributes = {{"device_class", "power"},
                             {"state_class", "measurement"},
                             {"unit_of_measurement", "W"},
                             {"friendly_name", "Power of the washing machine"}};
    for (const auto* ids : {&kQuiet, &kHeard}) {
      for (const EntityId& id : *ids) home_.set_state(id, "0", attributes);
    }
    home_.set_state("light.sample", "off", {{"supported_color_modes", {"onoff"}}});
    home_.set_state(call_, "off");
    app_ = &home_.start<Listening>();
  }

  /// Seconds a change.
  double changes(const std::vector<EntityId>& ids, int times) {
    const auto begin = thread_time();
    for (int i = 0; i < times; ++i) {
      const char* const state = ++written_ % 2 == 0 ? "off" : "on";
      for (const EntityId& id : ids) home_.set_state(id, state);
    }
    return seconds(thread_time() - begin) / (static_cast<double>(times) * ids.size());
  }
  double calls(int times) {
    const auto begin = thread_time();
    for (int i = 0; i < times; ++i) {
      home_.set_state(call_, ++written_ % 2 == 0 ? "off" : "on");
      home_.forget_calls();
    }
    return seconds(thread_time() - begin) / times;
  }
  std::size_t runs() const { return app_->runs; }

 private:
  TestHome home_;
  EntityId call_{"input_boolean.call"};
  Listening* app_ = nullptr;
  unsigned written_ = 0;
};

Figure rate(std::string name, std::vector<double> seconds_each, bool quick, double goal) {
  Figure figure{.name = std::move(name), .unit = "changes/s", .ours = 1 / median(seconds_each)};
  if (goal > 0) {
    figure.goal = fmt::format(">= {:.0f}", goal);
    if (!quick) figure.met = figure.ours >= goal;
  }
  return figure;
}

void state_changes(bool quick) {
  House house;
  std::vector<double> quiet;
  std::vector<double> heard;
  std::vector<double> called;
  const int rounds = quick ? 2 : 15;
  const int times = quick ? 2 : 200;
  std::size_t expected = house.runs();
  for (int round = 0; round < rounds; ++round) {
    quiet.push_back(house.changes(kQuiet, times));
    heard.push_back(house.changes(kHeard, times));
    called.push_back(house.calls(100 * times));
    expected +=
        kHeard.size() * static_cast<std::size_t>(times) + 100 * static_cast<std::size_t>(times);
  }
  if (house.runs() != expected) throw std::runtime_error("a handler did not run");
  print(rate("harness, set_state, the app listens to other entities", quiet, quick, kGoal));
  print(rate("harness, set_state, a coroutine handler runs", heard, quick, kGoal));
  print(
      rate("harness, set_state, its handler calls a service and has the answer", called, quick, 0));
}

void year(bool quick) {
  const int days = quick ? 3 : 365;
  const auto began = std::chrono::steady_clock::now();
  const auto begin = thread_time();
  TestHome home({.date = Date(std::chrono::year(2026), std::chrono::month(1), std::chrono::day(1)),
                 .time = "00:00"});
  build_house(home);
  Rhythm rhythm(1);
  std::size_t changes = 0;
  std::size_t calls = 0;
  for (int day = 0; day < days; ++day) {
    changes += rhythm.live_a_day(home);
    calls += home.calls().size();
    home.forget_calls();
  }
  if (!home.errors().empty()) throw std::runtime_error(home.errors().front());
  if (calls < static_cast<std::size_t>(days) * 10) throw std::runtime_error("the apps did nothing");
  const double used = seconds(thread_time() - begin);
  const double real = seconds(std::chrono::steady_clock::now() - began);
  Figure whole{.name = fmt::format("harness, {} days of a house, {} apps, {} changes, {} calls",
                                   days, kHouseApps, changes, calls),
               .unit = "s",
               .goal = "< 10",
               .ours = used};
  if (!quick) whole.met = used < 10;
  print(whole);
  print({.name = "… by the clock", .unit = "s", .ours = real});
  print({.name = "… simulated hours a second", .unit = "h/s", .ours = days * 24 / used});
}

}  // namespace

int main(int argc, char** argv) try {
  const bool quick = is_quick(argc, argv);
  state_changes(quick);
  year(quick);
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_harness: %s\n", error.what());
  return 1;
}
