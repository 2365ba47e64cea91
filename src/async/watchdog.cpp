#include "async/watchdog.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace hassette::async {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {
constexpr milliseconds kInterval{25};
}

Watchdog::Watchdog(const Loop& loop, milliseconds limit, Report report)
    : loop_(loop), limit_(limit), report_(std::move(report)), thread_([this](std::stop_token stop) {
        watch(stop);
      }) {}

Watchdog::~Watchdog() {
  thread_.request_stop();
  thread_.join();
}

void Watchdog::watch(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  std::optional<Loop::Busy> reported;
  while (!stop.stop_requested()) {
    never.wait_for(lock, stop, kInterval, [] { return false; });
    const Loop::Busy busy = loop_.busy();
    const auto now = steady_clock::now();
    if (reported && (!busy.label || busy.resumption != reported->resumption)) {
      report_({reported->label, duration_cast<milliseconds>(now - reported->since), true});
      reported.reset();
    }
    if (!reported && busy.label && now - busy.since >= limit_) {
      report_({busy.label, duration_cast<milliseconds>(now - busy.since), false});
      reported = busy;
    }
  }
}

}  // namespace hassette::async
