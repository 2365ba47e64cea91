#include "daemon/last_resort.hpp"

#include <unistd.h>

#include <algorithm>

#include "log/console_sink.hpp"
#include "log/log.hpp"

namespace hassette::daemon {

/// Longer than anybody waits, and short enough to be added to any time.
constexpr std::chrono::hours kForEver{24 * 365};

LastResort::LastResort(log::ConsoleSink& console)
    : console_(console), thread_([this](const std::stop_token& stop) { watch(stop); }) {}

void LastResort::arm(std::chrono::milliseconds patience, int exit_code, Why why) {
  const std::scoped_lock lock(mutex_);
  if (leaving_) return;
  const Time due = charge_ ? charge_->due : std::chrono::steady_clock::now() + patience;
  charge_ = Charge{due, exit_code, std::move(why)};
  changed_.notify_all();
}

void LastResort::allow(std::chrono::nanoseconds more) {
  const std::scoped_lock lock(mutex_);
  if (leaving_) return;
  allowed_ = std::clamp<std::chrono::nanoseconds>(more, std::chrono::nanoseconds(0), kForEver);
  changed_.notify_all();
}

void LastResort::leave_within(std::chrono::milliseconds patience, int exit_code, Why why) {
  const std::scoped_lock lock(mutex_);
  const Time latest = std::chrono::steady_clock::now() + patience;
  charge_ = Charge{charge_ ? std::min(latest, due()) : latest, exit_code, std::move(why)};
  allowed_ = {};
  leaving_ = true;
  changed_.notify_all();
}

void LastResort::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!charge_) {
      changed_.wait(lock, stop, [this] { return charge_.has_value(); });
      continue;
    }
    const Time until = due();
    const bool other = changed_.wait_until(lock, stop, until, [&] { return due() != until; });
    if (other || stop.stop_requested()) continue;
    log::error("{}", charge_->why());
    console_.flush(std::chrono::milliseconds(300));
    _exit(charge_->exit_code);
  }
}

}  // namespace hassette::daemon
