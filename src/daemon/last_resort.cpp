#include "daemon/last_resort.hpp"

#include <unistd.h>

#include <algorithm>

#include "daemon/way_out.hpp"
#include "log/console_sink.hpp"
#include "log/log.hpp"

namespace hassette::daemon {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {
/// How long the last words may take, where nobody reads them or a lock that they need is held.
constexpr milliseconds kPrinting{300};
constexpr milliseconds kWordsLimit{500};
}  // namespace

LastResort::LastResort(log::ConsoleSink& console)
    : console_(console), thread_([this](const std::stop_token& stop) { watch(stop); }) {}

void LastResort::arm(milliseconds patience, int exit_code, Why why) {
  const std::scoped_lock lock(mutex_);
  if (time_.in_last_steps()) return;
  time_.begin(steady_clock::now(), patience);
  charge_ = Charge{exit_code, std::move(why)};
  changed_.notify_all();
}

void LastResort::allow(std::chrono::nanoseconds more) {
  const std::scoped_lock lock(mutex_);
  time_.allow(more);
  changed_.notify_all();
}

void LastResort::leave_within(milliseconds patience, int exit_code, Why why) {
  std::unique_lock lock(mutex_);
  wait_if_leaving(lock);
  time_.end_within(steady_clock::now(), patience);
  charge_ = Charge{exit_code, std::move(why)};
  changed_.notify_all();
}

void LastResort::tell_time() {
  std::unique_lock lock(mutex_);
  const auto taken = time_.taken(steady_clock::now());
  lock.unlock();
  if (!taken) return;
  log::debug("the stop took {:.2f} s", std::chrono::duration<double>(*taken).count());
}

milliseconds LastResort::retire(milliseconds patience) {
  std::unique_lock lock(mutex_);
  wait_if_leaving(lock);
  const auto now = steady_clock::now();
  time_.end_within(now, patience);
  charge_.reset();
  changed_.notify_all();
  const auto left = std::chrono::ceil<milliseconds>(*time_.due() - now);
  lock.unlock();
  thread_.request_stop();
  thread_.join();
  return left;
}

void LastResort::wait_if_leaving(std::unique_lock<std::mutex>& lock) {
  changed_.wait(lock, [this] { return !is_leaving_; });
}

void LastResort::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!charge_) {
      changed_.wait(lock, stop, [this] { return charge_.has_value(); });
      continue;
    }
    const auto until = time_.due();
    const bool other =
        changed_.wait_until(lock, stop, *until, [&] { return !charge_ || time_.due() != until; });
    if (other || stop.stop_requested()) continue;
    is_leaving_ = true;
    const Charge charge = *charge_;
    lock.unlock();
    leave(charge);
  }
}

void LastResort::leave(const Charge& charge) {
  end_process_in(kWordsLimit, charge.exit_code, STDERR_FILENO,
                 "hassette: the stop does not end, and who holds it up holds the log, too; leaving "
                 "without a word about it\n");
  log::error("{}", charge.why());
  tell_time();
  console_.flush(kPrinting);
  _exit(charge.exit_code);
}

}  // namespace hassette::daemon
