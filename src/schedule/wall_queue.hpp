#pragma once
// WallQueue: timers that are due at moments of the wall clock, behind one timer of the loop.
//
// The loop sleeps until the first is due, however many there are. Since the wall clock may be set
// meanwhile, its owner is asked to look at the clock (`on_look`) before anything fires: that is at
// each wake-up, when `look` is called by who learned of a step, and, where nobody does, at least
// once a minute as long as somebody waits. Starting and stopping are O(log n). Loop thread only.
#include <functional>

#include <hassette/time.hpp>

#include "async/timer.hpp"

namespace hassette::async {
class Loop;
}

namespace hassette::schedule {

class WallQueue final : private async::Timer {
 public:
  WallQueue(async::Loop& loop, std::function<void()> on_look)
      : loop_(loop), on_look_(std::move(on_look)) {}

  /// A moment before 1678 or after 2261 is taken for the first or last of that time.
  void start(async::Timer& timer, TimePoint due);
  void stop(async::Timer& timer);
  /// Looks at the clock and fires what is due.
  void look();
  /// Whether steps of the clock are told, so that no minute needs to be looked at.
  void set_told(bool told);
  /// Keeps looking each minute although no timer is started: somebody waits for the clock to be
  /// set.
  void set_watchful(bool watchful);
  std::size_t size() const { return timers_.size(); }

 private:
  void fire() override { look(); }
  void arm();

  async::Loop& loop_;
  std::function<void()> on_look_;
  async::TimerQueue timers_;  // its times are nanoseconds since 1970
  bool told_ = false;
  bool watchful_ = false;
  bool looking_ = false;
};

}  // namespace hassette::schedule
