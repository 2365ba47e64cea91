#pragma once
// A pool of threads for work that blocks; results and exceptions come back on the loop.
//
// `run` queues a function and suspends until it has run. Cancelling the awaiting fiber requests
// stop on the token that the function gets; one that has not begun will not, and for one that has,
// the fiber waits: what a function captured stays alive until it has returned. A frame that is
// destroyed while its function runs blocks until it has. Destroying the pool runs what is still
// wanted and joins its threads. `run` is called on a loop's thread; one pool may serve several
// loops.
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include <hassette/task.hpp>

namespace hassette::async {

class Pool {
 public:
  using Work = std::move_only_function<void(std::stop_token)>;

  explicit Pool(std::size_t threads);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  Task<> run(Work work);

  template <class F>
  auto call(F function) -> Task<std::invoke_result_t<F&>> {
    using Result = std::invoke_result_t<F&>;
    if constexpr (std::is_void_v<Result>) {
      co_await run([&function](const std::stop_token&) { function(); });
    } else {
      std::optional<Result> result;
      co_await run([&](const std::stop_token&) { result.emplace(function()); });
      co_return std::move(*result);
    }
  }

 private:
  struct Job;
  class Awaiter;
  void serve(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any filled_;
  std::deque<std::shared_ptr<Job>> queue_;
  std::vector<std::jthread> threads_;
};

}  // namespace hassette::async
