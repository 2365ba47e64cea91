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

inline const time::Observer kBerlin{.latitude = 52.52, .longitude = 13.405, .elevation = 34};

class InTime : public run::Observed {
 public:
  InTime() { table.set_place({.zone = *time::Zone::find("Europe/Berlin"), .observer = kBerlin}); }
  ~InTime() override { table.remove_all(owner, CancelReason::kShutdown); }

  /// Sets the wall clock, as if the test had begun then.
  void start_at(Date date, TimeOfDay time) {
    clock.step_wall(table.zone().resolve(date, time) - clock.wall());
  }
  void set_zone(const char* name) { table.set_zone(*time::Zone::find(name)); }
  TimePoint local(Date date, TimeOfDay time) const { return table.zone().resolve(date, time); }
  /// "03-29 03:00:00 CEST"
  std::string local_time() const { return table.zone().to_local(loop.wall()).str().substr(5); }
  /// A handler that notes the home's time.
  auto noting() {
    return [this] { notes.push_back(local_time()); };
  }

  // Registrations, made on the loop as apps make them; the first is named "test", the next "test
  // 2".
  template <class H>
  Job schedule(Trigger trigger, H handler, JobOptions options = {.name = ""}) {
    if (options.name.empty()) options.name = next_name();
    return run(schedule_task(std::move(trigger), std::move(handler), std::move(options)));
  }
  template <class H>
  Job schedule(CalendarTime trigger, H handler, JobOptions options = {.name = ""}) {
    if (options.name.empty()) options.name = next_name();
    return run(calendar_task(std::move(trigger), std::move(handler), std::move(options)));
  }
  template <class H>
  Job run_in(std::chrono::nanoseconds delay, H handler) {
    return run(in_task(delay, std::move(handler), {.name = next_name()}));
  }
  template <class H>
  Job run_every(std::chrono::nanoseconds interval, H handler) {
    return run(every_task(interval, std::move(handler), {.name = next_name()}));
  }
  template <class At, class H>
  Job run_once(At at, H handler) {
    return run(once_task(at, std::move(handler), {.name = next_name()}));
  }
  template <class H>
  Job run_daily(MomentOfDay at, H handler) {
    return run(daily_task(at, std::move(handler), {.name = next_name()}));
  }
  template <class H>
  Task<Job> schedule_task(Trigger trigger, H handler, JobOptions options) {
    co_return co_await scheduler.schedule(std::move(trigger), std::move(handler),
                                          std::move(options));
  }
  template <class H>
  Task<Job> calendar_task(CalendarTime trigger, H handler, JobOptions options) {
    co_return co_await scheduler.schedule(std::move(trigger), std::move(handler),
                                          std::move(options));
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
  Task<Job> daily_task(MomentOfDay at, H handler, JobOptions options) {
    co_return co_await scheduler.run_daily(at, std::move(handler), std::move(options));
  }
  /// What a registration is refused with.
  std::string refusal(Task<Job> registration) {
    const std::size_t before = table.size();
    const std::size_t known = observer.sources.size();
    try {
      run(std::move(registration));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "registration");
      EXPECT_EQ(table.size(), before) << "nothing is half-registered";
      EXPECT_EQ(observer.sources.size(), known);
      return error.what();
    }
    return "not refused";
  }
  std::string refusal(Trigger trigger, JobOptions options = {.name = "t"}) {
    return refusal(schedule_task(std::move(trigger), [] {}, std::move(options)));
  }
  std::string next_name() {
    return ++named == 1 ? std::string("test") : "test " + std::to_string(named);
  }

  int named = 0;
  async::Notes notes;
  Clockwork app{notes};
  Timetable table{loop, observer};
  Owner owner{.app = "clock", .self = &app, .bucket = &bucket, .timetable = &table};
  Scheduler scheduler{owner};
};

}  // namespace hassette::schedule
