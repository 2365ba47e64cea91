#pragma once
// Names what holds the loop, while it holds it, and again with the total when it lets go.
//
// A thread of its own looks at the loop every 25 ms; work that has not returned to the loop for
// `limit` is reported as held, again after a second, ten, and each minute, and once, when it is
// over, with the whole time. The reporter is
// called on the watchdog's thread. Start it after the loop exists and destroy it before the loop.
#include <chrono>
#include <functional>
#include <thread>

#include "async/loop.hpp"

namespace hassette::async {

struct Hold {
  const Label* label;
  std::chrono::milliseconds held;
  bool over;  // false: it still holds the loop
};

class Watchdog {
 public:
  using Report = std::function<void(const Hold&)>;
  Watchdog(const Loop& loop, std::chrono::milliseconds limit, Report report);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

 private:
  void watch(const std::stop_token& stop);

  const Loop& loop_;
  std::chrono::milliseconds limit_;
  Report report_;
  std::jthread thread_;
};

}  // namespace hassette::async
