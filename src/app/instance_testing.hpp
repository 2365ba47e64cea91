#pragma once
// For tests only: what instances of apps need to live, in virtual time and without a connection.
#include <memory>
#include <string>

#include "app/test_support.hpp"
#include "bus/router.hpp"
#include "schedule/timetable.hpp"

namespace hassette::app {

/// A home that answers nothing; whether it is connected, the test says.
class SilentHome final : public ha::Connection {
 public:
  void become(ha::LinkState state) {
    link_.state = state;
    link_is(state);
  }
  Task<> run() override { co_return; }
  const ha::Link& link() const override { return link_; }
  Task<Json> call(Json /*command*/, std::string what, std::chrono::nanoseconds /*limit*/) override {
    throw ConnectionLostError(what + ": a silent home", false);
    co_return Json();
  }
  Task<Json> first_push(Json command, std::string what, std::chrono::nanoseconds limit) override {
    co_return co_await call(std::move(command), std::move(what), limit);
  }
  Task<std::pair<int, std::string>> get(std::string /*path*/, std::string what) override {
    throw ConnectionLostError(what + ": a silent home", false);
    co_return std::pair<int, std::string>();
  }
  Task<> want(std::string /*event_type*/) override { co_return; }

 private:
  ha::Link link_{.state = ha::LinkState::kConnected};
};

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

  static Services at(Services given, ha::Connection& home) {
    return {.loop = given.loop,
            .pool = given.pool,
            .cache = given.cache,
            .router = given.router,
            .timetable = given.timetable,
            .home = home,
            .service_names = given.service_names};
  }

  std::shared_ptr<ha::LogTap> tap = std::make_shared<ha::LogTap>();
  std::shared_ptr<Shared> shared = std::make_shared<Shared>();
  async::VirtualClock clock{async::WallTime(std::chrono::seconds(1'764'000'000))};
  async::ParkReactor reactor;
  async::Loop loop{clock, reactor};
  async::Pool pool{1};
  Observed observed;
  Engine engine{loop, pool, ha::over_websocket(loop, {}), observed, observed};
  SilentHome home;
  Services services = at(engine.services(), home);
  async::Bucket fibers{loop, nullptr};
};

}  // namespace hassette::app
