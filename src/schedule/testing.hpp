#pragma once
// For tests only: an app's scheduler in virtual time, in Berlin.
#include <string>
#include <utility>

#include <hassette/error.hpp>
#include <hassette/scheduler.hpp>
#include "run/testing.hpp"
#include "schedule/timetable.hpp"

namespace hassette::schedule {

class Clockwork : public HandlerOwner {
 public:
  explicit Clockwork(async::Notes& into) : notes(into) {}
  Task<> on_time() {
    notes.push_back("member begins");
    co_await sleep(1s);
    notes.push_back("member ends");
  }
  void on_plain_time() { notes.push_back("plain"); }
  async::Notes& notes;
};

class OtherApp : public HandlerOwner {
 public:
  void handler() {}
};

class InTime : public run::Observed {
 public:
  InTime() { table.set_zone(*time::Zone::find("Europe/Berlin")); }
  ~InTime() override { table.remove_all(owner, CancelReason::kShutdown); }

  /// Sets the wall clock, as if the test had begun then.
  void start_at(Date date, TimeOfDay time) {
    clock.step_wall(table.zone().resolve(date, time) - clock.wall());
  }
  /// A handler that notes the home's time: "03-29 03:00:00 CEST".
  auto noting() {
    return [this] { notes.push_back(table.zone().to_local(loop.wall()).str().substr(5)); };
  }

  // Registrations, made on the loop as apps make them.
  template <class H>
  Job run_in(std::chrono::nanoseconds delay, H handler) {
    return run(in_task(delay, std::move(handler), {.name = "test"}));
  }
  template <class H>
  Job run_every(std::chrono::nanoseconds interval, H handler) {
    return run(every_task(interval, std::move(handler), {.name = "test"}));
  }
  template <class At, class H>
  Job run_once(At at, H handler) {
    return run(once_task(at, std::move(handler), {.name = "test"}));
  }
  template <class H>
  Job run_daily(TimeOfDay at, H handler) {
    return run(daily_task(at, std::move(handler), {.name = "test"}));
  }
  template <class H>
  Task<Job> in_task(std::chrono::nanoseconds delay, H handler, JobOptions options) {
    co_return co_await scheduler.run_in(delay, std::move(handler), std::move(options));
  }
  template <class H>
  Task<Job> every_task(std::chrono::nanoseconds interval, H handler, JobOptions options) {
    co_return co_await scheduler.run_every(interval, std::move(handler), std::move(options));
  }
  template <class At, class H>
  Task<Job> once_task(At at, H handler, JobOptions options) {
    co_return co_await scheduler.run_once(at, std::move(handler), std::move(options));
  }
  template <class H>
  Task<Job> daily_task(TimeOfDay at, H handler, JobOptions options) {
    co_return co_await scheduler.run_daily(at, std::move(handler), std::move(options));
  }
  /// What a registration is refused with.
  std::string refusal(Task<Job> registration) {
    try {
      run(std::move(registration));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "registration");
      EXPECT_TRUE(observer.sources.empty());
      return error.what();
    }
    return "not refused";
  }

  async::Notes notes;
  Clockwork app{notes};
  Timetable table{loop, observer};
  Owner owner{.app = "clock", .self = &app, .bucket = &bucket, .timetable = &table};
  Scheduler scheduler{owner};
};

}  // namespace hassette::schedule
