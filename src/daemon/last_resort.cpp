#include "daemon/last_resort.hpp"

#include <unistd.h>

#include "log/console_sink.hpp"
#include "log/log.hpp"

namespace hassette::daemon {

LastResort::LastResort(log::ConsoleSink& console)
    : console_(console), thread_([this](const std::stop_token& stop) { watch(stop); }) {}

void LastResort::arm(std::chrono::milliseconds patience, int exit_code,
                     std::function<std::string()> why) {
  const std::scoped_lock lock(mutex_);
  charge_ = Charge{std::chrono::steady_clock::now() + patience, exit_code, std::move(why)};
  changed_.notify_all();
}

void LastResort::disarm() {
  const std::scoped_lock lock(mutex_);
  charge_.reset();
  changed_.notify_all();
}

void LastResort::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!charge_) {
      changed_.wait(lock, stop, [this] { return charge_.has_value(); });
      continue;
    }
    const auto due = charge_->due;
    const bool other =
        changed_.wait_until(lock, stop, due, [&] { return !charge_ || charge_->due != due; });
    if (other || stop.stop_requested()) continue;
    log::error("{}", charge_->why());
    console_.flush(std::chrono::milliseconds(300));
    _exit(charge_->exit_code);
  }
}

}  // namespace hassette::daemon
