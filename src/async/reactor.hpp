#pragma once
// Where a loop waits when it has nothing to run: for I/O, for another thread, or for time to pass.
//
// One reactor serves one loop and is used on its thread, except `wake`, which any thread may call.
// `ParkReactor` only waits; `net::AsioReactor` also runs sockets.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace hassette::async {

class Reactor {
 public:
  virtual ~Reactor() = default;
  /// Runs what I/O has become ready, without waiting.
  virtual void poll() = 0;
  /// Waits until I/O is ready, `wake` is called or the time is over (empty: without limit), and
  /// runs what is ready.
  virtual void wait(std::optional<std::chrono::nanoseconds> limit) = 0;
  virtual void wake() noexcept = 0;
};

class ParkReactor final : public Reactor {
 public:
  void poll() override {}
  void wait(std::optional<std::chrono::nanoseconds> limit) override;
  void wake() noexcept override;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

}  // namespace hassette::async
