#pragma once
// layer: schedule
//
// scheduler: runs handlers at times, for the app that it belongs to.
//
// Intervals (`run_in`, `run_every`) follow monotonic time; wall-clock jobs (`run_once`,
// `run_daily`) follow the home's zone and its clock: each local time fires once a day, a time that
// a daylight-saving change skips fires at the first moment after the gap, a repeated one at its
// first occurrence. What contradicts itself is refused when called; jobs take effect when awaited
// and end with the app. A job whose run has not ended when it is due again is not started a second
// time; that is counted. Loop thread only.
#include <hassette/callable.hpp>
#include <hassette/task.hpp>
#include <hassette/time.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

namespace hassette {

namespace schedule {
class Timetable;
struct JobRecord;
struct Owner;

/// What a job runs, with its type erased.
class Work {
 public:
  Work() = default;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  virtual ~Work() = default;
  virtual Task<> run() = 0;
};

template <class F>
class BoundWork final : public Work {
  using Sig = typename decltype(signature_of<F>())::type;
  static_assert(std::tuple_size_v<typename Sig::Parameters> == 0,
                "a job has no event: its handler takes no parameters");
  static_assert(std::same_as<typename Sig::Result, Task<>> || std::is_void_v<typename Sig::Result>,
                "a handler returns Task<> (if it awaits) or void");

 public:
  BoundWork(HandlerOwner* owner, F function) : owner_(owner), function_(std::move(function)) {
    if constexpr (std::is_member_function_pointer_v<F>) {
      require_owner<typename Sig::Class>(owner);
    }
  }

  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<> run() override {
    if constexpr (std::is_void_v<typename Sig::Result>)
      return run_plain(this);
    else
      return call();
  }

 private:
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] typename Sig::Result call() {
    if constexpr (std::is_member_function_pointer_v<F>) {
      return (owner_as<typename Sig::Class>(owner_)->*function_)();
    } else {
      return function_();
    }
  }
  static Task<> run_plain(BoundWork* self) {
    self->call();
    co_return;
  }

  HandlerOwner* owner_;
  F function_;
};
}  // namespace schedule

struct JobOptions {
  std::string name = every_registration_needs_a_name_write_dot_name_equals_text();
};

/// Names a job; dropping it changes nothing.
class Job {
 public:
  Job() = default;
  explicit Job(std::weak_ptr<schedule::JobRecord> record) : record_(std::move(record)) {}
  /// No run begins any more; a running one is cancelled, except the caller's own.
  void cancel();
  bool active() const;
  /// When it runs next on the home's clock, if it will.
  std::optional<TimePoint> next_run() const;

 private:
  std::weak_ptr<schedule::JobRecord> record_;
};

class Scheduler {
 public:
  explicit Scheduler(schedule::Owner& owner) : owner_(&owner) {}

  /// Once, when `delay` has passed.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_in(
      std::chrono::nanoseconds delay, H handler, JobOptions options,
      std::source_location where = std::source_location::current()) {
    return add_in(delay, work(std::move(handler)), std::move(options), where);
  }
  /// Once, at the next such time of day.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_once(
      TimeOfDay at, H handler, JobOptions options,
      std::source_location where = std::source_location::current()) {
    return add_once(at, work(std::move(handler)), std::move(options), where);
  }
  /// Once, at this moment; one that has passed is due at once.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_once(
      TimePoint at, H handler, JobOptions options,
      std::source_location where = std::source_location::current()) {
    return add_once(at, work(std::move(handler)), std::move(options), where);
  }
  /// Each `interval`, first after one interval; free of drift, missed ones are not made up for.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_every(
      std::chrono::nanoseconds interval, H handler, JobOptions options,
      std::source_location where = std::source_location::current()) {
    return add_every(interval, work(std::move(handler)), std::move(options), where);
  }
  /// Each day at this time of the home's zone.
  template <class H>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<Job> run_daily(
      TimeOfDay at, H handler, JobOptions options,
      std::source_location where = std::source_location::current()) {
    return add_daily(at, work(std::move(handler)), std::move(options), where);
  }

 private:
  template <class F>
  std::unique_ptr<schedule::Work> work(F function) const {
    return std::make_unique<schedule::BoundWork<F>>(self(), std::move(function));
  }
  HandlerOwner* self() const;
  [[clang::coro_wrapper]] Task<Job> add_in(std::chrono::nanoseconds delay,
                                           std::unique_ptr<schedule::Work> work, JobOptions options,
                                           std::source_location where);
  [[clang::coro_wrapper]] Task<Job> add_once(TimeOfDay at, std::unique_ptr<schedule::Work> work,
                                             JobOptions options, std::source_location where);
  [[clang::coro_wrapper]] Task<Job> add_once(TimePoint at, std::unique_ptr<schedule::Work> work,
                                             JobOptions options, std::source_location where);
  [[clang::coro_wrapper]] Task<Job> add_every(std::chrono::nanoseconds interval,
                                              std::unique_ptr<schedule::Work> work,
                                              JobOptions options, std::source_location where);
  [[clang::coro_wrapper]] Task<Job> add_daily(TimeOfDay at, std::unique_ptr<schedule::Work> work,
                                              JobOptions options, std::source_location where);

  schedule::Owner* owner_;
};

}  // namespace hassette
