#pragma once
// What the contract's bodies work with: an engine that visits a home, and an app that is open to
// the test.
//
// Everything of a visit lives on the test's own loop and thread. Bodies wait for conditions with
// `until`, which ends a body that waits in vain; no time is slept away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

#include "app/test_support.hpp"
#include "home.hpp"
#include "relay.hpp"

namespace hassette::contract {

/// Changes as handlers got them.
using Changes = std::vector<StateChange>;

/// An app whose facades the test uses as its author would.
class Guest;
struct GuestConfig {
  Guest** self;
};
class Guest : public App<GuestConfig> {
 public:
  Task<> on_initialize() override {
    *app_config.self = this;
    co_await scheduler.run_every(20ms, &Guest::on_tick, {.name = "tick"});
  }
  int ticks() const { return ticks_; }
  /// Registers a listener that keeps what it gets.
  Task<Subscription> record(std::string entity, std::shared_ptr<Changes> into) {
    co_return co_await bus.on_state_change(
        entity, [into](StateChange change) { into->push_back(std::move(change)); },
        {.name = "record " + entity, .changed = false, .mode = Mode::kParallel});
  }

 private:
  void on_tick() { ++ticks_; }
  int ticks_ = 0;
};

/// Waits for a condition; throws with the waiting line after half a minute (restarts take a while).
template <class Condition>
Task<> until(Condition condition, std::chrono::seconds limit = std::chrono::seconds(30),
             std::source_location where = std::source_location::current()) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      throw Error("contract",
                  fmt::format("what line {} waits for did not come about", where.line()));
    }
    co_await io_sleep(2ms);
  }
}

/// An engine on a home, with one app.
class Visit {
 public:
  Visit(async::Loop& loop, std::uint16_t port, const std::string& token);
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

  /// Connects and starts the app; throws FirstContactError where the engine would end.
  Task<> begin();
  Task<> end();

  Guest& app() const { return *guest_; }
  const ha::Link& link() const { return engine_.link(); }
  std::size_t entities() const { return engine_.entities(); }
  /// The state's text in the cache; "(none)" where there is none.
  std::string text(const char* entity) const;
  /// Every entity with what it says, for comparison: text and attributes.
  std::map<std::string, std::string> everything() const;

 private:
  static Task<> connect(Visit* self);

  async::Pool pool_{1};
  app::Observed observed_;
  app::Engine engine_;
  std::optional<app::Instance> instance_;
  Guest* guest_ = nullptr;
  std::exception_ptr ended_with_;
  AsyncEvent ended_;
  async::Bucket connection_;
};

/// A body's surroundings: one visit, through a line that can be cut.
class Contract : public ::testing::TestWithParam<std::string> {
 public:
  void SetUp() override;
  void TearDown() override;

  /// Runs the task to its end and reports what it throws as the test's failure.
  void run(Task<> task);
  /// One REST call with the owner's token, past the engine; the status.
  Task<int> rest(std::string method, std::string path, Json body);

  Home& home() const { return *home_; }
  Visit& visit() const { return *visit_; }
  Guest& app() const { return visit_->app(); }

  std::shared_ptr<ha::LogTap> tap = std::make_shared<ha::LogTap>();
  async::RealClock clock;
  net::AsioReactor reactor;
  async::Loop loop{clock, reactor};
  std::unique_ptr<Relay> relay;

 private:
  Home* home_ = nullptr;
  std::unique_ptr<Visit> visit_;
  async::Bucket bodies_{loop, nullptr};
};

/// A body: straight-line code on the loop. `test` is the fixture.
#define CONTRACT(Suite, name)                    \
  class Suite##_##name : public Suite {          \
   public:                                       \
    static ::hassette::Task<> body(Suite* test); \
  };                                             \
  TEST_P(Suite, name) {                          \
    run(Suite##_##name::body(this));             \
  }                                              \
  ::hassette::Task<> Suite##_##name::body([[maybe_unused]] Suite* test)

#define FOR_EACH_HOME(Suite)                                                     \
  INSTANTIATE_TEST_SUITE_P(Homes, Suite, ::testing::Values("real", "simulator"), \
                           [](const auto& chosen) { return chosen.param; })

}  // namespace hassette::contract
