#include "async/watchdog.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace hassette::async {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {
/// While something is being told, it is looked at this often, so that its end is told, too.
constexpr milliseconds kInterval{25};
/// The longest pause else. A hold that begins in it is seen before it lasts longer than the limit,
/// and then looked at again exactly when it does: an idle engine should hardly wake.
constexpr milliseconds kLongestPause{100};
/// After the first report, reminders: at one second, at ten, and then each minute.
constexpr milliseconds kReminders[] = {milliseconds(1000), milliseconds(10'000)};
constexpr milliseconds kMinute{60'000};

milliseconds next_reminder(milliseconds held) {
  for (const milliseconds at : kReminders) {
    if (held < at) return at;
  }
  return (held / kMinute + 1) * kMinute;
}

struct Reported {
  Loop::Busy work;
  milliseconds next;  // when it is told again, if it still holds the loop
};

/// Work goes on while the loop shows it, or, if it is the outermost, something that is part of it.
bool is_over(const Loop::Busy& work, const Loop::Busy& shown) {
  if (!shown.label || shown.within != work.within) return true;
  return shown.number != work.number && work.number != work.within;
}
}  // namespace

Watchdog::Watchdog(const Loop& loop, milliseconds limit, Report report)
    : loop_(loop),
      limit_(limit),
      report_(std::move(report)),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

Watchdog::~Watchdog() {
  thread_.request_stop();
  thread_.join();
}

void Watchdog::watch(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  std::vector<Reported> reported;  // outermost first: a handler, and what it is held by in turn
  const milliseconds longest = std::clamp(limit_, milliseconds(1), kLongestPause);
  milliseconds pause = longest;
  while (!stop.stop_requested()) {
    never.wait_for(lock, stop, pause, [] { return false; });
    const Loop::Busy busy = loop_.busy();
    const auto now = steady_clock::now();
    while (!reported.empty() && is_over(reported.back().work, busy)) {
      const Loop::Busy over = reported.back().work;
      reported.pop_back();
      report_({over.label, duration_cast<milliseconds>(now - over.since), true});
    }
    pause = reported.empty() ? longest : kInterval;
    if (!busy.label) continue;
    const auto held = duration_cast<milliseconds>(now - busy.since);
    const bool known = !reported.empty() && reported.back().work.number == busy.number;
    if (!known && held < limit_) pause = std::min(pause, limit_ - held);
    if (known ? held < reported.back().next : held < limit_) continue;
    pause = kInterval;
    report_({busy.label, held, false});
    if (known) {
      reported.back().next = next_reminder(held);
    } else {
      reported.push_back({busy, next_reminder(held)});
    }
  }
}

}  // namespace hassette::async
