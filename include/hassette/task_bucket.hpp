#pragma once
// layer: async
//
// task_bucket: background work that belongs to an app and ends with it. Loop thread only.
#include <hassette/task.hpp>

#include <concepts>
#include <optional>
#include <source_location>
#include <stop_token>
#include <string>
#include <string_view>

namespace hassette {

namespace async {
class Bucket;
class Permits;
class Pool;

/// Work for a thread: takes nothing, or a stop token that says when nobody wants its result.
template <class F>
concept BlockingWork = std::invocable<F&> || std::invocable<F&, std::stop_token>;
template <BlockingWork F>
decltype(auto) call_blocking(F& function, const std::stop_token& stop) {
  if constexpr (std::invocable<F&, std::stop_token>)
    return function(stop);
  else
    return function();
}
template <class F>
using BlockingResult =
    decltype(call_blocking(std::declval<F&>(), std::declval<const std::stop_token&>()));

template <class F>
struct Kept {
  F function;
};
/// Keeps the function in its own frame.
template <class F>
Task<> run_kept(Kept<F> kept) {
  co_await kept.function();
}
}  // namespace async

/// Names a background task; dropping it changes nothing.
class BackgroundTask {
 public:
  BackgroundTask() = default;
  BackgroundTask(async::Bucket& bucket, std::uint64_t number) : bucket_(&bucket), number_(number) {}
  void cancel();
  bool running() const;

 private:
  async::Bucket* bucket_ = nullptr;
  std::uint64_t number_ = 0;
};

class TaskBucket {
 public:
  /// `threads` are how many of the pool's threads this app may hold at once.
  TaskBucket(async::Bucket& bucket, async::Pool& pool, async::Permits& threads, std::string app)
      : bucket_(&bucket), pool_(&pool), threads_(&threads), app_(std::move(app)) {}

  /// Starts the task beside the caller. What it throws is logged under this name.
  BackgroundTask spawn(std::string_view name, Task<> task);
  /// Starts what the function returns, and keeps the function as long as it runs: a lambda may
  /// capture and be a coroutine. `spawn("blink", [this, lamp]() -> Task<> { … })`
  template <std::invocable F>
    requires std::same_as<std::invoke_result_t<F&>, Task<>>
  BackgroundTask spawn(std::string_view name, F function) {
    return spawn(name, async::run_kept(async::Kept<F>{std::move(function)}));
  }

  /// Runs blocking work on a pool thread; its result or exception comes back here. The function
  /// must not touch the app's members while the app goes on: give it copies. `bus`, `api`, `states`
  /// and what else is the loop's throw LogicError there. One that takes a std::stop_token is told
  /// when the waiting task is cancelled, and should end then: no thread can be ended from outside,
  /// and the task waits for it. An app has two threads; more wait for them.
  template <async::BlockingWork F>
  [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<async::BlockingResult<F>>
  run_in_thread(F function, std::source_location where = std::source_location::current()) {
    assert_thread("task_bucket.run_in_thread");
    return run_blocking(std::move(function)).at(where);
  }

 private:
  void assert_thread(std::string_view what) const;
  template <async::BlockingWork F>
  Task<async::BlockingResult<F>> run_blocking(F function);
  using Call = void (*)(void* closure, const std::stop_token& stop);
  Task<> run_on_pool(Call call, void* closure);
  async::Bucket* bucket_;
  async::Pool* pool_;
  async::Permits* threads_;
  std::string app_;
};

template <async::BlockingWork F>
Task<async::BlockingResult<F>> TaskBucket::run_blocking(F function) {
  using Result = async::BlockingResult<F>;
  if constexpr (std::is_void_v<Result>) {
    co_await run_on_pool(
        [](void* closure, const std::stop_token& stop) {
          async::call_blocking(*static_cast<F*>(closure), stop);
        },
        &function);
  } else {
    struct Closure {
      F function;
      std::optional<Result> result;
    } closure{std::move(function), std::nullopt};
    co_await run_on_pool(
        [](void* given, const std::stop_token& stop) {
          auto& typed = *static_cast<Closure*>(given);
          typed.result.emplace(async::call_blocking(typed.function, stop));
        },
        &closure);
    co_return std::move(*closure.result);
  }
}

}  // namespace hassette
