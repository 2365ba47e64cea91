#pragma once
// For tests only: what instances of apps need to live, in virtual time and without a connection.
#include <memory>
#include <string>

#include "app/test_support.hpp"
#include "bus/router.hpp"
#include "schedule/timetable.hpp"

namespace hassette::app {

/// On virtual time and without a connection.
class AnInstance : public ::testing::Test {
 public:
  void SetUp() override { log::add_sink(tap); }
  void TearDown() override { log::remove_sink(*tap); }

  enum class Time : std::uint8_t { kStands, kPasses };

  /// Runs the task to its end, while the home's time stands or passes whenever nothing else is to
  /// be done; what it threw, or nothing.
  std::string run(Task<> task, Time time = Time::kStands) {
    std::string error;
    bool done = false;
    const auto watch = [](Task<> inner, std::string* what, bool* over) -> Task<> {
      try {
        co_await std::move(inner);
      } catch (...) {
        *what = async::describe(std::current_exception());
      }
      *over = true;
    };
    fibers.spawn(async::intern_label("test", "body"), watch(std::move(task), &error, &done));
    while (!done) {
      const bool ran = loop.turn(time == Time::kPasses);
      if (!ran && !done) reactor.wait(std::chrono::milliseconds(1));
    }
    return error;
  }
  void emit(const char* type) {
    services.router.dispatch(Event{.type = type, .data = {}, .time_fired = {}, .context = {}});
    loop.run_ready();
  }

  std::shared_ptr<ha::LogTap> tap = std::make_shared<ha::LogTap>();
  std::shared_ptr<Shared> shared = std::make_shared<Shared>();
  async::VirtualClock clock{async::WallTime(std::chrono::seconds(1'764'000'000))};
  async::ParkReactor reactor;
  async::Loop loop{clock, reactor};
  async::Pool pool{1};
  Observed observed;
  Engine engine{loop, pool, ha::over_websocket(loop, {}), observed, observed};
  Services services = engine.services();
  async::Bucket fibers{loop, nullptr};
};

}  // namespace hassette::app
