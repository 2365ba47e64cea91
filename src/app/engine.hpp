#pragma once
// Engine: joins the connection to the home with the cache, the bus and the timetable.
//
// What Home Assistant sends goes into the cache first and to the listeners then, in wire order.
// After an outage the differences go the same way, marked as recovered; what the home no longer has
// is removed when a grace period has passed. Owned by the composition root; `run` must have ended
// before it is destroyed. Loop thread only.
#include <functional>

#include <hassette/async.hpp>
#include "app/calendars.hpp"
#include "app/instance.hpp"
#include "app/job_entities.hpp"
#include "app/registries.hpp"
#include "app/service_names.hpp"
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

/// How long an entity may be absent after Home Assistant says that it runs.
inline constexpr std::chrono::seconds kMissingGrace{5};
/// How long apps wait for the registries, which targets by area or label need.
inline constexpr std::chrono::seconds kRegistriesLimit{5};

struct EngineOptions {
  std::optional<time::Zone> zone = {};  ///< the setting, which wins over Home Assistant's
  std::chrono::nanoseconds missing_grace = kMissingGrace;
  std::chrono::nanoseconds registries_limit = kRegistriesLimit;
  /// What remembers durable jobs and holds; must outlive the engine. Without one they are refused.
  run::Ledger* ledger = nullptr;
  std::uint64_t seed = 0;  ///< of jitter
  /// Whether somebody calls `clock_was_set`.
  bool clock_steps_are_told = false;
};

class Engine final : private ha::HomeListener, private bus::EventSource, private async::Timer {
 public:
  Engine(async::Loop& loop, async::Pool& pool, const ha::Connector& connect, run::Observer& runs,
         EngineObserver& observer, const EngineOptions& options = {});
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Keeps the connection until cancelled; see ha::Connection::run.
  Task<> run();
  /// Returns once the first snapshot is in the cache, and the registries, if they come soon.
  [[clang::coro_wrapper]] Task<> ready() { return ready_.wait(); }
  const Services& services() const { return services_; }
  const ha::Link& link() const { return home_->link(); }
  std::size_t entities() const { return cache_.size(); }
  /// A part of the engine has failed, or works again (`error` is empty); apps may listen to it.
  void tell_of_service(std::string_view service, const std::string& error);
  /// The system has set the wall clock.
  void clock_was_set() {
    timetable_.clock_was_set();
    router_.clock_was_set();
  }

 private:
  void on_link(const ha::Link& link) override;
  void on_config(const ha::HomeConfig& config) override;
  ha::Differences on_snapshot(const ha::HomeConfig& config,
                              std::span<const model::WireState> states) override;
  void on_expected(std::string_view entity_id) override { cache_.expect(entity_id); }
  void on_change(const ha::WireChange& change) override;
  void on_event(Event event) override;
  void on_garbage(ha::Garbage kind) override { observer_.on_garbage(kind); }
  Task<> want(std::string event_type) override;
  void fire() override;
  void take(const state::Change& change);
  void compare_clocks(TimePoint time_fired);
  void refresh_registries();
  static Task<> refresh(Engine* self);
  static Task<> become_ready(Engine* self);
  static Task<> want_registry_events(Engine* self);

  async::Loop& loop_;
  EngineObserver& observer_;
  EngineOptions options_;
  state::Cache cache_;
  bus::Router router_;
  schedule::Timetable timetable_;
  std::unique_ptr<ha::Connection> home_;
  Registries registries_;
  JobEntities job_entities_;
  Calendars calendars_;
  ServiceNames service_names_;
  Services services_;
  AsyncEvent ready_;
  AsyncEvent registries_read_;
  bool was_connected_ = false;
  bool refreshing_ = false;
  bool refresh_again_ = false;
  std::uint32_t changes_ = 0;
  TimePoint compared_since_{};
  async::Bucket chores_;  // last: what runs in it uses the rest
};

}  // namespace hassette::app
