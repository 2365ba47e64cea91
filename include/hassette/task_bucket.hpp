#pragma once
// layer: async
//
// task_bucket: background work that belongs to an app and ends with it. Loop thread only.
#include <hassette/task.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace hassette {

namespace async {
class Bucket;
class Pool;
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
  TaskBucket(async::Bucket& bucket, async::Pool& pool, std::string app)
      : bucket_(&bucket), pool_(&pool), app_(std::move(app)) {}

  /// Starts the task beside the caller. What it throws is logged under this name.
  BackgroundTask spawn(std::string_view name, Task<> task);

  /// Runs blocking work on a pool thread; its result or exception comes back here. The function
  /// must not touch the app's members while the app goes on: give it copies.
  template <std::invocable F>
  Task<std::invoke_result_t<F&>> run_in_thread(F function);

 private:
  Task<> run_on_pool(void (*call)(void*), void* closure);
  async::Bucket* bucket_;
  async::Pool* pool_;
  std::string app_;
};

template <std::invocable F>
Task<std::invoke_result_t<F&>> TaskBucket::run_in_thread(F function) {
  using Result = std::invoke_result_t<F&>;
  if constexpr (std::is_void_v<Result>) {
    co_await run_on_pool([](void* closure) { (*static_cast<F*>(closure))(); }, &function);
  } else {
    struct Closure {
      F function;
      std::optional<Result> result;
    } closure{std::move(function), std::nullopt};
    co_await run_on_pool(
        [](void* given) {
          auto& typed = *static_cast<Closure*>(given);
          typed.result.emplace(typed.function());
        },
        &closure);
    co_return std::move(*closure.result);
  }
}

}  // namespace hassette
