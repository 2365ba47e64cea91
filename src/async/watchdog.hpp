#pragma once
// Names what holds the loop, while it holds it, and again with the total when it lets go.
//
// A thread of its own looks at the loop, ten times a second while all is well and every 25 ms while
// somebody holds it; work that has not returned to the loop for `limit` is reported as held, again
// after a second, ten, and each minute, and once, when it is over, with the whole time. The
// reporter is called on the watchdog's thread. Start it after the loop exists and destroy it before
// the loop.
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include "async/loop.hpp"

namespace hassette::async {

struct Hold {
  const Label* label;
  std::chrono::milliseconds held;
  bool over;  // false: it still holds the loop
};

/// What the engine calls a hold. Who holds the loop is to be named within 150 ms.
inline constexpr std::chrono::milliseconds kHoldLimit{100};

/// What is made of one look at the loop after the other; the time is the caller's.
class HoldWatch {
 public:
  using Report = std::function<void(const Hold&)>;
  using Time = std::chrono::steady_clock::time_point;
  /// While something is being told, it is looked at this often, so that its end is told, too.
  static constexpr std::chrono::milliseconds kInterval{25};
  /// The longest pause else. A hold that begins in it is seen before it lasts longer than the
  /// limit, and then looked at again exactly when it does: an idle engine should hardly wake.
  static constexpr std::chrono::milliseconds kLongestPause{100};

  HoldWatch(std::chrono::milliseconds limit, Report report);
  /// How long to wait before the first look.
  std::chrono::milliseconds longest_pause() const { return longest_; }
  /// Reports what there is to say of what the loop shows; gives the pause before the next look.
  std::chrono::milliseconds look(const Loop::Busy& busy, Time now);

 private:
  struct Reported {
    Loop::Busy work;
    std::chrono::milliseconds next;  // when it is told again, if it still holds the loop
  };
  std::chrono::milliseconds limit_;
  std::chrono::milliseconds longest_;
  Report report_;
  std::vector<Reported> reported_;  // outermost first: a handler, and what holds it in turn
};
static_assert(kHoldLimit + HoldWatch::kInterval <= std::chrono::milliseconds(150),
              "the promise leaves the look that finds a hold some time to wake up");
static_assert(HoldWatch::kLongestPause <= kHoldLimit,
              "a hold must be seen before it is to be told");

class Watchdog {
 public:
  using Report = HoldWatch::Report;
  Watchdog(const Loop& loop, std::chrono::milliseconds limit, Report report);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

 private:
  void watch(const std::stop_token& stop);

  const Loop& loop_;
  HoldWatch holds_;
  std::jthread thread_;
};

}  // namespace hassette::async
