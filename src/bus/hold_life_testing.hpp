#pragma once
// For tests only: an engine's life with one durable hold, on a disk that outlives it.
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "bus/testing.hpp"
#include "run/disk_testing.hpp"

namespace hassette::bus {

inline constexpr TimePoint kStart{std::chrono::seconds(1'764'000'000)};

/// What the home says of the garage door.
struct Door {
  std::string_view text;
  TimePoint since;
};

/// One life of the engine, from its start to its end, with a listener "left open" that waits for an
/// hour. Its home has one door.
class Life {
 public:
  Life(run::Disk& disk, TimePoint start, Door door, bool eager = false)
      : disk_(disk), clock_(start), ledger_(disk, eager) {
    source_.confirms.set();
    router_.set_ledger(&ledger_);
    apply(door);
  }
  /// A crash: nothing of what runs gets a word in.
  ~Life() {
    disk_.dead = true;
    router_.remove_all(owner_, CancelReason::kShutdown);
  }
  /// As an app's instance does it: listeners first, then what runs.
  void stop() {
    router_.remove_all(owner_, CancelReason::kShutdown);
    async::Bucket closing(loop_, {});
    closing.spawn(async::intern_label("test", "stop"), bucket_.close(CancelReason::kShutdown));
    while (closing.size() > 0) loop_.run_ready();
  }

  Subscription add(StateChangeOptions options, std::vector<std::string>& runs) {
    Subscription own;
    bucket_.spawn(async::intern_label("app", "test"), enter(this, std::move(options), &runs, &own));
    loop_.run_ready();
    return own;
  }
  void change(Door door) {
    loop_.defer([this, door] { router_.dispatch(apply(door)); });
    loop_.run_ready();
  }
  void until(TimePoint end) { loop_.run_until(loop_.now() + (end - loop_.wall())); }
  /// The system sets the clock, and says so.
  void step_clock(TimePoint::duration by) {
    clock_.step_wall(by);
    router_.clock_was_set();
  }
  TimePoint now() const { return loop_.wall(); }
  bool dead() const { return disk_.dead; }
  const run::RecordingObserver& observer() const { return observer_; }

 private:
  state::Change apply(Door door) {
    return cache_.apply({.entity_id = "cover.garage",
                         .state = door.text,
                         .attributes = R"({"battery":17})",
                         .context = R"({"id":"01CTX","parent_id":null,"user_id":"u1"})",
                         .last_changed = door.since,
                         .last_updated = door.since},
                        loop_.wall(), R"({"id":"01CTX","parent_id":null,"user_id":"u1"})");
  }
  static Task<> enter(Life* self, StateChangeOptions options, std::vector<std::string>* runs,
                      Subscription* own) {
    *own = co_await self->bus_.on_state_change(
        "cover.garage",
        [self, runs](StateChange change) -> Task<> {
          co_await handler(self, runs, std::move(change));
        },
        std::move(options));
  }
  static Task<> handler(Life* self, std::vector<std::string>* runs, StateChange change) {
    if (!self->disk_.step()) co_await self->never_.wait();
    const auto after = std::chrono::duration_cast<std::chrono::minutes>(self->now() - kStart);
    runs->push_back(
        fmt::format("{} min: {} → {}", after.count(), change.old_text(), change.new_text()));
    co_await sleep(std::chrono::seconds(10));
    if (!self->disk_.step()) co_await self->never_.wait();
  }

  run::Disk& disk_;
  run::RecordingObserver observer_;
  AsyncEvent never_;
  async::VirtualClock clock_;
  run::DiskLedger ledger_;
  async::ParkReactor reactor_;
  async::Loop loop_{clock_, reactor_};
  async::Bucket bucket_{loop_, {}};
  state::Cache cache_;
  FakeSource source_;
  Router router_{cache_, observer_, source_};
  Owner owner_{.app = "app", .self = nullptr, .bucket = &bucket_, .router = &router_};
  Bus bus_{owner_};
};

inline const Door kClosed{"closed", kStart - std::chrono::hours(5)};
inline const Door kOpen{"open", kStart + std::chrono::minutes(1)};
inline const StateChangeOptions kLeftOpen = {
    .name = "left open", .changed_to = "open", .duration = std::chrono::hours(1), .durable = true};

}  // namespace hassette::bus
