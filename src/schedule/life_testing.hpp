#pragma once
// For tests only: an engine's life with one durable job, on a disk that outlives it.
#include <optional>
#include <utility>
#include <vector>

#include "run/disk_testing.hpp"
#include "schedule/testing.hpp"

namespace hassette::schedule {

/// By the clocks of the home in which the job lives.
inline TimePoint at(Date date, TimeOfDay time) {
  return time::Zone::find("Europe/Berlin")->resolve(date, time);
}
inline const Date kDay{std::chrono::year(2026), std::chrono::month(1), std::chrono::day(10)};

/// One life of the engine, from its start to its end, with a job "wake".
class Life {
 public:
  Life(run::Disk& disk, TimePoint start, bool eager = false, CalendarSource* calendars = nullptr)
      : disk_(disk), clock_(start), ledger_(disk, eager) {
    table_.connect({.calendars = calendars, .ledger = &ledger_, .clock_steps_are_told = true});
    table_.set_zone(*time::Zone::find("Europe/Berlin"));
  }
  /// A crash: nothing of what runs gets a word in.
  ~Life() {
    disk_.dead = true;
    table_.remove_all(owner_, CancelReason::kShutdown);
  }
  /// A stop, as an app's instance does it: the jobs first, then what runs; what that writes is
  /// written.
  void stop() {
    table_.remove_all(owner_, CancelReason::kShutdown);
    async::Bucket closing(loop_, {});
    closing.spawn(async::intern_label("test", "stop"), bucket_.close(CancelReason::kShutdown));
    while (closing.size() > 0) loop_.run_ready();
  }

  Job add(Trigger trigger, JobOptions options, std::vector<TimePoint>& starts) {
    Job job;
    options.name = "wake";
    options.durable = true;
    bucket_.spawn(async::intern_label("app", "test"),
                  enter(this, std::move(trigger), std::move(options), &starts, &job));
    loop_.run_ready();
    return job;
  }
  /// The same of a calendar; its runs take ten seconds, too.
  Job add(CalendarTime trigger, JobOptions options, std::vector<std::string>& summaries) {
    Job job;
    options.name = "wake";
    options.durable = true;
    bucket_.spawn(async::intern_label("app", "test"),
                  enter(this, std::move(trigger), std::move(options), &summaries, &job));
    loop_.run_ready();
    return job;
  }
  void until(TimePoint end) { loop_.run_until(loop_.now() + (end - loop_.wall())); }
  TimePoint now() const { return loop_.wall(); }
  bool dead() const { return disk_.dead; }
  const run::RecordingObserver& observer() const { return observer_; }
  std::optional<run::LedgerEntry> entry() const {
    const auto found = disk_.written.find({"app", "wake"});
    return found == disk_.written.end() ? std::nullopt : std::optional(found->second);
  }
  void set_clock(TimePoint to) {
    clock_.step_wall(to - clock_.wall());
    table_.clock_was_set();
  }

 private:
  static Task<> enter(Life* self, Trigger trigger, JobOptions options,
                      std::vector<TimePoint>* starts, Job* job) {
    *job = co_await self->scheduler_.schedule(
        std::move(trigger), [self, starts]() -> Task<> { co_await handler(self, starts); },
        std::move(options));
  }
  static Task<> enter(Life* self, CalendarTime trigger, JobOptions options,
                      std::vector<std::string>* summaries, Job* job) {
    *job = co_await self->scheduler_.schedule(
        std::move(trigger),
        [summaries](CalendarEvent event) -> Task<> {
          summaries->push_back(event.summary);
          co_await sleep(std::chrono::seconds(10));
        },
        std::move(options));
  }
  static Task<> handler(Life* self, std::vector<TimePoint>* starts) {
    if (!self->disk_.step()) co_await self->never_.wait();
    starts->push_back(self->now());
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
  Timetable table_{loop_, observer_};
  Owner owner_{.app = "app", .self = nullptr, .bucket = &bucket_, .timetable = &table_};
  Scheduler scheduler_{owner_};
};

}  // namespace hassette::schedule
