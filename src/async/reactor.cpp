#include "async/reactor.hpp"

namespace hassette::async {

void ParkReactor::wait(std::optional<std::chrono::nanoseconds> limit) {
  std::unique_lock lock(mutex_);
  const auto woken = [this] { return woken_; };
  if (limit) {
    changed_.wait_for(lock, *limit, woken);
  } else {
    changed_.wait(lock, woken);
  }
  woken_ = false;
}

void ParkReactor::wake() noexcept {
  const std::scoped_lock lock(mutex_);
  woken_ = true;
  changed_.notify_one();
}

}  // namespace hassette::async
