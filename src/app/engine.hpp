#pragma once
// Engine: joins the connection to the home with the cache, the bus and the timetable.
//
// What Home Assistant sends goes into the cache first and to the listeners then, in wire order.
// After an outage the differences go the same way, marked as recovered; what the home no longer has
// is removed when a grace period has passed. Owned by the composition root; `run` must have ended
// before it is destroyed. Loop thread only.
#include <functional>

#include <hassette/async.hpp>
#include "app/instance.hpp"
#include "async/timer.hpp"
#include "bus/router.hpp"
#include "ha/connection.hpp"
#include "schedule/timetable.hpp"
#include "state/cache.hpp"

namespace hassette::app {

/// Who is told of what the page and the console show. Called on the loop; must return at once.
class EngineObserver {
 public:
  virtual void on_link(const ha::Link& link) = 0;
  virtual void on_home(const ha::HomeConfig& config) = 0;
  virtual void on_change(const state::Change& change) = 0;
  virtual void on_event(const Event& event) = 0;
  virtual void on_garbage(ha::Garbage kind) = 0;
  /// The change or event has been dispatched; the home has this many entities.
  virtual void settle(std::size_t entities) = 0;

 protected:
  ~EngineObserver() = default;
};

class Engine final : private ha::HomeListener, private bus::EventSource, private async::Timer {
 public:
  /// How long an entity may be absent after Home Assistant says that it runs.
  static constexpr std::chrono::seconds kMissingGrace{5};

  Engine(async::Loop& loop, async::Pool& pool, const ha::Connector& connect, run::Observer& runs,
         EngineObserver& observer, std::optional<time::Zone> zone,
         std::chrono::nanoseconds missing_grace = kMissingGrace);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Keeps the connection until cancelled; see ha::Connection::run.
  [[clang::coro_wrapper]] Task<> run() { return home_->run(); }
  /// Returns once the first snapshot is in the cache.
  [[clang::coro_wrapper]] Task<> ready() { return ready_.wait(); }
  const Services& services() const { return services_; }
  const ha::Link& link() const { return home_->link(); }
  std::size_t entities() const { return cache_.size(); }

 private:
  void on_link(const ha::Link& link) override;
  std::size_t on_snapshot(const ha::HomeConfig& config,
                          std::span<const model::WireState> states) override;
  void on_change(const ha::WireChange& change) override;
  void on_event(Event event) override;
  void on_garbage(ha::Garbage kind) override { observer_.on_garbage(kind); }
  Task<> want(std::string event_type) override;
  void fire() override;
  void take(const state::Change& change);

  async::Loop& loop_;
  EngineObserver& observer_;
  std::chrono::nanoseconds missing_grace_;
  std::optional<time::Zone> zone_;  // the setting, which wins over Home Assistant's
  state::Cache cache_;
  bus::Router router_;
  schedule::Timetable timetable_;
  std::unique_ptr<ha::Connection> home_;
  Services services_;
  AsyncEvent ready_;
};

}  // namespace hassette::app
