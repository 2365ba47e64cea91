#pragma once
// What this layer's tests share: an engine on a scripted Home Assistant, and apps made by hand.
#include <memory>
#include <string>
#include <vector>

#include <hassette/app.hpp>
#include "app/engine.hpp"
#include "async/pool.hpp"
#include "ha/test_support.hpp"

namespace hassette::app {

/// Takes note of what the engine and the runs say, one line each.
class Observed final : public run::Observer, public EngineObserver {
 public:
  std::vector<std::string> changes;
  std::vector<std::string> failures;
  std::uint64_t registrations = 0;
  std::uint64_t removals = 0;

  std::uint64_t registered(const run::Source&) override { return ++registrations; }
  void removed(std::uint64_t) override { ++removals; }
  void started(std::uint64_t) override {}
  void ended(std::uint64_t, const run::Ended& how) override {
    if (how.outcome == run::Outcome::kError) failures.push_back(how.cause + ": " + how.error);
  }
  void held_back(std::uint64_t, bool) override {}
  void on_link(const ha::Link&) override {}
  void on_home(const ha::HomeConfig&) override {}
  void on_change(const state::Change& change) override {
    changes.push_back(bus::describe(state::to_state_change(change)));
  }
  void on_event(const Event&) override {}
  void on_garbage(ha::Garbage) override {}
  void settle(std::size_t) override {}
};

/// What a test and its app share.
struct Shared {
  std::vector<std::string> lines;
  std::string hook_that_throws;
  std::string hook_that_waits;
  bool stubborn = false;  ///< the waiting hook does not end at once when it is cancelled
};

struct SharedConfig {
  std::shared_ptr<Shared> shared;
};

/// Makes an app as a plug-in does, but for the reading of its configuration.
template <class T>
const plugin::AppType* type_of() {
  static const plugin::AppType type{
      "Test", nullptr, [] { return std::unique_ptr<AppBase>(std::make_unique<T>()); }, nullptr};
  return &type;
}

template <class T>
[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> start(
    Instance& instance, const std::shared_ptr<Shared>& shared) {
  return instance.start(type_of<T>(), std::make_shared<SharedConfig>(shared));
}

}  // namespace hassette::app
