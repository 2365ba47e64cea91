#include "async/watchdog.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace hassette::async {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {
/// After the first report, reminders: at one second, at ten, and then each minute.
constexpr milliseconds kReminders[] = {milliseconds(1000), milliseconds(10'000)};
constexpr milliseconds kMinute{60'000};

milliseconds next_reminder(milliseconds held) {
  for (const milliseconds at : kReminders) {
    if (held < at) return at;
  }
  return (held / kMinute + 1) * kMinute;
}

/// Work goes on while the loop shows it, or, if it is the outermost, something that is part of it.
bool is_over(const Loop::Busy& work, const Loop::Busy& shown) {
  if (!shown.label || shown.within != work.within) return true;
  return shown.number != work.number && work.number != work.within;
}
}  // namespace

HoldWatch::HoldWatch(milliseconds limit, Report report)
    : limit_(limit),
      longest_(std::clamp(limit, milliseconds(1), kLongestPause)),
      report_(std::move(report)) {}

milliseconds HoldWatch::look(const Loop::Busy& busy, Time now) {
  while (!reported_.empty() && is_over(reported_.back().work, busy)) {
    const Loop::Busy over = reported_.back().work;
    reported_.pop_back();
    report_({over.label, duration_cast<milliseconds>(now - over.since), true});
  }
  const milliseconds pause = reported_.empty() ? longest_ : kInterval;
  if (!busy.label) return pause;
  const auto held = duration_cast<milliseconds>(now - busy.since);
  const bool known = !reported_.empty() && reported_.back().work.number == busy.number;
  if (!known && held < limit_) return std::min(pause, limit_ - held);
  if (known && held < reported_.back().next) return pause;
  report_({busy.label, held, false});
  if (known) {
    reported_.back().next = next_reminder(held);
  } else {
    reported_.push_back({busy, next_reminder(held)});
  }
  return kInterval;
}

Watchdog::Watchdog(const Loop& loop, milliseconds limit, Report report)
    : loop_(loop),
      holds_(limit, std::move(report)),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

Watchdog::~Watchdog() {
  thread_.request_stop();
  thread_.join();
}

void Watchdog::watch(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  milliseconds pause = holds_.longest_pause();
  while (!stop.stop_requested()) {
    never.wait_for(lock, stop, pause, [] { return false; });
    const Loop::Busy busy = loop_.busy();
    pause = holds_.look(busy, steady_clock::now());
  }
}

}  // namespace hassette::async
