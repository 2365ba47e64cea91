#pragma once
// layer: schedule
//
// scheduler: runs handlers at times, for the app that it belongs to.
//
//   co_await scheduler.run_daily("sunset-30min", &Blinds::close, {.name = "close", .jitter =
//   10min});
//
// Intervals (`run_in`, `run_every`) follow elapsed time; everything else follows the clock on the
// wall of the home, its zone and its sun. What cannot be is refused when called, with one sentence,
// and nothing is registered; jobs take effect when awaited and end with the app. What only reads,
// and cancelling, are plain calls. docs/reference/scheduler.md has the exact rules. Loop thread
// only.
#include <hassette/calendar_event.hpp>
#include <hassette/callable.hpp>
#include <hassette/job.hpp>
#include <hassette/task.hpp>
#include <hassette/time.hpp>
#include <hassette/trigger.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace hassette {

namespace schedule {
struct Owner;

/// What a job runs, with its type erased.
class Work {
 public:
  Work() = default;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  virtual ~Work() = default;
  /// The event is there where the job follows a calendar, and outlives the run.
  virtual Task<> run(const CalendarEvent* event) = 0;
  virtual bool takes_event() const = 0;
  /// The same function: lambdas are told apart by their type, not by what they captured.
  virtual bool same(const Work& other) const = 0;
};

template <class Declared>
inline constexpr bool kIsEvent = false;
template <class P>
inline constexpr bool kIsEvent<std::tuple<P>> =
    std::same_as<P, CalendarEvent> || std::same_as<P, const CalendarEvent&>;

/// `Given` is what the trigger has for its handlers: a CalendarEvent, or nothing.
template <class F, class Given>
class BoundWork final : public Work {
  using Sig = typename decltype(signature_of<F>())::type;
  static constexpr bool kPlain = std::tuple_size_v<typename Sig::Parameters> == 0;
  static constexpr bool kCalendar = std::same_as<Given, CalendarEvent>;
  static constexpr bool kTakesEvent = kCalendar && kIsEvent<typename Sig::Declared>;
  static_assert(kPlain || kCalendar,
                "a job has no event: its handler takes no parameters (a `const CalendarEvent&` has "
                "only what is scheduled with a CalendarTime{…})");
  static_assert(kPlain || !kCalendar || kTakesEvent,
                "a job of a calendar has the event for its handler and nothing else: ask for "
                "`const CalendarEvent&`, or for nothing");
  static_assert(std::same_as<typename Sig::Result, Task<>> || std::is_void_v<typename Sig::Result>,
                "a handler returns Task<> (if it awaits) or void");

 public:
  BoundWork(HandlerOwner* owner, F function) : owner_(owner), function_(std::move(function)) {
    if constexpr (std::is_member_function_pointer_v<F>) {
      require_owner<typename Sig::Class>(owner);
    }
  }

  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> run(
      const CalendarEvent* event) override {
    if constexpr (std::is_void_v<typename Sig::Result>)
      return run_plain(this, event);
    else
      return call(event);
  }
  bool takes_event() const override { return kTakesEvent; }
  bool same(const Work& other) const override {
    const auto* alike = dynamic_cast<const BoundWork*>(&other);
    if constexpr (std::is_pointer_v<F> || std::is_member_pointer_v<F>)
      return alike && function_ == alike->function_;
    else
      return alike != nullptr;
  }

 private:
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] typename Sig::Result call(
      const CalendarEvent* event) {
    if constexpr (kTakesEvent)
      return call_with(*event);
    else if constexpr (kPlain)
      return call_with();
  }
  template <class... Arguments>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] typename Sig::Result call_with(
      const Arguments&... arguments) {
    if constexpr (std::is_member_function_pointer_v<F>) {
      return (owner_as<typename Sig::Class>(owner_)->*function_)(arguments...);
    } else {
      return function_(arguments...);
    }
  }
  static Task<> run_plain(BoundWork* self, const CalendarEvent* event) {
    self->call(event);
    co_return;
  }

  HandlerOwner* owner_;
  F function_;
};
}  // namespace schedule

class Scheduler {
  using Where = std::source_location;

 public:
  explicit Scheduler(schedule::Owner& owner) : owner_(&owner) {}

  /// When any trigger says; see trigger.hpp.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> schedule(
      Trigger trigger, H handler, JobOptions options, Where where = Where::current()) {
    return add(std::move(trigger), work(std::move(handler)), std::move(options), where);
  }

  /// When events of a calendar begin or end; the handler may ask for the `const CalendarEvent&`.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> schedule(
      CalendarTime trigger, H handler, JobOptions options, Where where = Where::current()) {
    return add(std::move(trigger), work<CalendarEvent>(std::move(handler)), std::move(options),
               where);
  }

  /// Once, when `delay` has passed.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_in(
      Length delay, H handler, JobOptions options, Where where = Where::current()) {
    return add(After{delay}, work(std::move(handler)), std::move(options), where);
  }
  /// Once, at the next such moment: "07:30", "sunset-30min".
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_once(
      MomentOfDay at, H handler, JobOptions options, Where where = Where::current()) {
    return add(Once{at}, work(std::move(handler)), std::move(options), where);
  }
  /// Once, at this moment; one that has passed is due at once, unless `.if_past` refuses it.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_once(
      TimePoint at, H handler, JobOptions options, Where where = Where::current()) {
    return add(At{at}, work(std::move(handler)), std::move(options), where);
  }
  /// Each `interval`, first after one interval; free of drift, missed ones are not made up for.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_every(
      Length interval, H handler, JobOptions options, Where where = Where::current()) {
    return add(Every{interval}, work(std::move(handler)), std::move(options), where);
  }
  /// At every n-th whole minute of the hour; n divides 60.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_minutely(
      int minutes, H handler, JobOptions options, Where where = Where::current()) {
    return add(Minutely{minutes}, work(std::move(handler)), std::move(options), where);
  }
  /// At every n-th whole hour of the day; n divides 24.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_hourly(
      int hours, H handler, JobOptions options, Where where = Where::current()) {
    return add(Hourly{hours}, work(std::move(handler)), std::move(options), where);
  }
  /// Each day at this moment: "07:30", "sunset-30min".
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_daily(
      MomentOfDay at, H handler, JobOptions options, Where where = Where::current()) {
    return add(Daily{at}, work(std::move(handler)), std::move(options), where);
  }
  /// On these days of the week: `Weekdays::working()`, `{std::chrono::Saturday}`.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_weekly(
      Weekdays days, MomentOfDay at, H handler, JobOptions options,
      Where where = Where::current()) {
    return add(Weekly{days, at}, work(std::move(handler)), std::move(options), where);
  }
  /// "30 7 * * mon-fri": five fields, or six with the second first.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_cron(
      std::string expression, H handler, JobOptions options, Where where = Where::current()) {
    return add(CronTimes{std::move(expression)}, work(std::move(handler)), std::move(options),
               where);
  }
  /// Whenever the sun does this, or `offset` after it (negative: before).
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_at_sun(
      SunEvent event, H handler, JobOptions options, Where where = Where::current()) {
    return add(AtSun{event, {}}, work(std::move(handler)), std::move(options), where);
  }
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_at_sun(
      SunEvent event, Length offset, H handler, JobOptions options,
      Where where = Where::current()) {
    return add(AtSun{event, offset}, work(std::move(handler)), std::move(options), where);
  }
  /// Only when `Job::run_now` is called.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> register_job(
      H handler, JobOptions options, Where where = Where::current()) {
    return add(Manual{}, work(std::move(handler)), std::move(options), where);
  }

  /// For jobs without an `.on_error` of their own; replaces what was set before.
  void on_error(ErrorHandler handler);
  /// The app's jobs that may still run, oldest first.
  std::vector<Job> jobs() const;
  std::vector<Job> jobs(std::string_view group) const;
  /// The app's job of this name, if it may still run; otherwise one that is not active.
  Job find(std::string_view name) const;
  /// Whether a durable job of this name is remembered, be it by an earlier life of the app: what a
  /// handler has begun goes on after a restart if `on_initialize` registers it then.
  bool remembers(std::string_view name) const;
  /// Cancels all of a group; how many there were.
  std::size_t cancel_group(std::string_view group);
  std::size_t cancel_all();

 private:
  template <class Given = void, class F>
  std::unique_ptr<schedule::Work> work(F function) const {
    return std::make_unique<schedule::BoundWork<F, Given>>(self(), std::move(function));
  }
  HandlerOwner* self() const;
  [[clang::coro_wrapper]] Task<Job> add(Trigger trigger, std::unique_ptr<schedule::Work> work,
                                        JobOptions options, Where where);

  schedule::Owner* owner_;
};

}  // namespace hassette
