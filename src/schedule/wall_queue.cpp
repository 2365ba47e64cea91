#include "schedule/wall_queue.hpp"

#include <algorithm>
#include <utility>

#include "async/loop.hpp"

namespace hassette::schedule {

namespace {

using async::MonoTime;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

constexpr std::chrono::minutes kLookEach{1};

nanoseconds to_nanoseconds(microseconds span) {
  constexpr auto kMost = duration_cast<microseconds>(nanoseconds::max());
  return std::clamp(span, -kMost, kMost);
}

MonoTime key_of(TimePoint time) {
  return MonoTime(to_nanoseconds(time.time_since_epoch()));
}

}  // namespace

void WallQueue::start(async::Timer& timer, TimePoint due) {
  timers_.start(timer, key_of(due));
  arm();
}

void WallQueue::stop(async::Timer& timer) {
  timer.stop();
  arm();
}

void WallQueue::set_told(bool told) {
  told_ = told;
  arm();
}

void WallQueue::set_watchful(bool watchful) {
  watchful_ = watchful;
  arm();
}

void WallQueue::look() {
  looking_ = true;
  on_look_();
  const MonoTime now = key_of(loop_.wall());
  while (timers_.fire_one(now)) {
  }
  looking_ = false;
  arm();
}

void WallQueue::arm() {
  if (looking_) return;  // what fires starts others: once at the end is enough
  nanoseconds sleep = told_ ? nanoseconds::max() : nanoseconds(kLookEach);
  if (!timers_.empty()) {
    const auto next = duration_cast<microseconds>(timers_.next().time_since_epoch());
    const microseconds left = next - loop_.wall().time_since_epoch();
    sleep = std::min(sleep, std::max(nanoseconds(0), to_nanoseconds(left)));
  } else if (!watchful_ || told_) {
    Timer::stop();
    return;
  }
  const MonoTime due = async::later(loop_.now(), sleep);
  if (running() && Timer::due() == due) return;
  loop_.start_timer(*this, due);
}

}  // namespace hassette::schedule
