#include "life.hpp"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hassette/scheduler.hpp>
#include <stdexcept>

#include "app/job_ledger.hpp"
#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "run/testing.hpp"
#include "schedule/timetable.hpp"

namespace hassette::durable {

using namespace std::chrono;

namespace {

/// Steps before and after each change, so that the process also dies between two of them.
class SteppingLedger final : public schedule::Ledger {
 public:
  explicit SteppingLedger(schedule::Ledger& ledger) : ledger_(ledger) {}
  std::optional<schedule::LedgerEntry> find(const schedule::LedgerKey& key) const override {
    return ledger_.find(key);
  }
  void put(const schedule::LedgerKey& key, const schedule::LedgerEntry& entry) override {
    step();
    ledger_.put(key, entry);
    step();
  }
  void erase(const schedule::LedgerKey& key) override {
    step();
    ledger_.erase(key);
    step();
  }
  [[clang::coro_wrapper]] Task<> settled() override { return settle(&ledger_); }

 private:
  static Task<> settle(schedule::Ledger* ledger) {
    step();
    co_await ledger->settled();
    step();
  }
  schedule::Ledger& ledger_;
};

class Life {
 public:
  Life(const LifePlan& plan, World* world)
      : plan_(plan), world_(world), clock_(plan.start), ledger_(loop_, options(plan)) {
    table_.connect({.ledger = &stepping_, .clock_steps_are_told = true});
    table_.set_zone(*time::Zone::find("Europe/Berlin"));
  }
  ~Life() {
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
      world_->now = loop_.wall().time_since_epoch().count();
    }
  }

 private:
  static app::JobLedgerOptions options(const LifePlan& plan) {
    return {.file = plan.file, .vfs = "crash"};
  }
  static Task<> enter(Life* self) {
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
