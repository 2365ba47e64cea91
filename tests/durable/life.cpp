#include "life.hpp"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hassette/bus.hpp>
#include <hassette/scheduler.hpp>
#include <stdexcept>

#include "app/job_ledger.hpp"
#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "bus/router.hpp"
#include "run/testing.hpp"
#include "schedule/timetable.hpp"

namespace hassette::durable {

using namespace std::chrono;

namespace {

/// Steps before and after each change, so that the process also dies between two of them.
class SteppingLedger final : public run::Ledger {
 public:
  explicit SteppingLedger(run::Ledger& ledger) : ledger_(ledger) {}
  bool remembers(const run::LedgerKey& key) const override { return ledger_.remembers(key); }
  std::optional<run::LedgerEntry> find(const run::LedgerKey& key) override {
    return ledger_.find(key);
  }
  std::vector<std::string> entities(const std::string& app,
                                    const std::string& name) const override {
    return ledger_.entities(app, name);
  }
  void put(const run::LedgerKey& key, const run::LedgerEntry& entry) override {
    step();
    ledger_.put(key, entry);
    step();
  }
  void erase(const run::LedgerKey& key) override {
    step();
    ledger_.erase(key);
    step();
  }
  [[clang::coro_wrapper]] Task<> settled() override { return settle(&ledger_); }
  const std::string& fault() const override { return ledger_.fault(); }

 private:
  static Task<> settle(run::Ledger* ledger) {
    step();
    co_await ledger->settled();
    step();
  }
  run::Ledger& ledger_;
};

/// A home that sends nothing but what the test changes.
class NoSource final : public bus::EventSource {
 public:
  [[clang::coro_wrapper]] Task<> want(std::string) override { return nothing(); }

 private:
  static Task<> nothing() { co_return; }
};

class Life {
 public:
  Life(const LifePlan& plan, World* world)
      : plan_(plan), world_(world), clock_(plan.start), ledger_(loop_, options(plan)) {
    table_.connect({.ledger = &stepping_, .clock_steps_are_told = true});
    table_.set_zone(*time::Zone::find("Europe/Berlin"));
    router_.set_ledger(&stepping_);
    const bool is_on = plan.start >= goes_on();
    light(is_on ? "on" : "off", is_on ? goes_on() : at(1, 0, 0));
  }
  ~Life() {
    router_.remove_all(bus_owner_, CancelReason::kShutdown);
    table_.remove_all(owner_, CancelReason::kShutdown);
    loop_.run_ready();
  }
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  void go() {
    bucket_.spawn(async::intern_label("app", "test"), enter(this));
    loop_.run_ready();
    while (loop_.wall() < plan_.end) {
      loop_.run_until(loop_.now() + 1min);
      if (loop_.wall() == goes_on()) switch_on();
      world_->now = loop_.wall().time_since_epoch().count();
    }
  }

 private:
  static app::JobLedgerOptions options(const LifePlan& plan) {
    return {.file = plan.file, .vfs = "crash"};
  }
  state::Change light(std::string_view text, TimePoint since) {
    return cache_.apply({.entity_id = "light.a",
                         .state = text,
                         .attributes = "{}",
                         .context = R"({"id":"01"})",
                         .last_changed = since,
                         .last_updated = since},
                        loop_.wall(), {});
  }
  void switch_on() {
    loop_.defer([this] { router_.dispatch(light("on", goes_on())); });
    loop_.run_ready();
  }
  static Task<> enter(Life* self) {
    if (self->plan_.kind == Kind::kHold) {
      co_await self->bus_.on_state_change("light.a",
                                          [self]() -> Task<> { co_await handler(self->world_); },
                                          {.name = "wake",
                                           .changed_to = "on",
                                           .duration = 5min,
                                           .durable = true,
                                           .interrupted = self->plan_.interrupted});
      co_return;
    }
    co_await self->scheduler_.run_daily(
        "07:00", [self]() -> Task<> { co_await handler(self->world_); },
        {.name = "wake", .durable = true, .interrupted = self->plan_.interrupted});
  }
  static Task<> handler(World* world) {
    step();
    ++world->begun;
    step();
    co_await sleep(10s);
    step();
    ++world->ended;
    step();
  }

  const LifePlan& plan_;
  World* world_;
  run::RecordingObserver observer_;
  async::VirtualClock clock_;
  async::ParkReactor reactor_;
  async::Loop loop_{clock_, reactor_};
  app::JobLedger ledger_;
  SteppingLedger stepping_{ledger_};
  async::Bucket bucket_{loop_, {}};
  schedule::Timetable table_{loop_, observer_};
  schedule::Owner owner_{.app = "app", .self = nullptr, .bucket = &bucket_, .timetable = &table_};
  Scheduler scheduler_{owner_};
  state::Cache cache_;
  NoSource source_;
  bus::Router router_{cache_, observer_, source_};
  bus::Owner bus_owner_{.app = "app", .self = nullptr, .bucket = &bucket_, .router = &router_};
  Bus bus_{bus_owner_};
};

constexpr int kLivedWell = 0;
constexpr int kThrew = 3;

int in_child(const LifePlan& plan, World* world) {
  try {
    install_crash_disk(world, plan.dies_at, plan.loses);
    world->now = plan.start.time_since_epoch().count();
    Life life(plan, world);
    life.go();
  } catch (const std::exception& error) {
    fmt::print(stderr, "a life failed: {}\n", error.what());
    return kThrew;
  }
  return kLivedWell;
}

}  // namespace

TimePoint at(int day, int hour, int minute) {
  // A month without a change of the clocks.
  return time::Zone::find("Europe/Berlin")->resolve(2026y / January / day, "00:00") + hours(hour) +
         minutes(minute);
}

TimePoint due() {
  return at(10, 7, 0);
}

TimePoint goes_on() {
  return at(10, 6, 55);
}

Fate live(const LifePlan& plan, World* world) {
  world->steps = 0;
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) ::_exit(in_child(plan, world));
  int status = 0;
  if (::waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return Fate::kKilled;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kLivedWell) return Fate::kLived;
  throw std::runtime_error(fmt::format("a life ended with status {:#x}", status));
}

}  // namespace hassette::durable
