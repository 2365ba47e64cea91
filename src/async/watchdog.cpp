#include "async/watchdog.hpp"

#include <condition_variable>
#include <mutex>
#include <vector>

namespace hassette::async {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {
constexpr milliseconds kInterval{25};

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
  std::vector<Loop::Busy> reported;  // outermost first: a handler, and what it is held by in turn
  while (!stop.stop_requested()) {
    never.wait_for(lock, stop, kInterval, [] { return false; });
    const Loop::Busy busy = loop_.busy();
    const auto now = steady_clock::now();
    while (!reported.empty() && is_over(reported.back(), busy)) {
      const Loop::Busy over = reported.back();
      reported.pop_back();
      report_({over.label, duration_cast<milliseconds>(now - over.since), true});
    }
    const bool known = !reported.empty() && reported.back().number == busy.number;
    if (!known && busy.label && now - busy.since >= limit_) {
      report_({busy.label, duration_cast<milliseconds>(now - busy.since), false});
      reported.push_back(busy);
    }
  }
}

}  // namespace hassette::async
