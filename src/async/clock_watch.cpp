#include "async/clock_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>

#include "async/loop.hpp"

namespace hassette::async {

ClockWatch::Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

ClockWatch::ClockWatch(Loop& loop, std::function<void()> told)
    : loop_(loop),
      told_(std::make_shared<std::function<void()>>(std::move(told))),
      timer_(timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (timer_.number() < 0 || wake_.number() < 0 || !arm()) return;
  thread_ = std::thread([this] { watch(); });
}

ClockWatch::~ClockWatch() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  // An eventfd takes one more unless it is full, and then it is readable anyway.
  static_cast<void>(!write(wake_.number(), &one, sizeof(one)));
  thread_.join();
}

/// A timer that never comes, and that ends with ECANCELED when the clock is set.
bool ClockWatch::arm() const {
  itimerspec when{};
  when.it_value.tv_sec = std::numeric_limits<time_t>::max() / 1'000'000'000;
  return timerfd_settime(timer_.number(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when,
                         nullptr) == 0;
}

void ClockWatch::watch() {
  for (;;) {
    std::array<pollfd, 2> descriptors{pollfd{timer_.number(), POLLIN, 0},
                                      pollfd{wake_.number(), POLLIN, 0}};
    if (poll(descriptors.data(), descriptors.size(), -1) < 0 && errno != EINTR) return;
    if (descriptors[1].revents != 0) return;
    if (descriptors[0].revents == 0) continue;
    std::uint64_t expirations = 0;
    const bool set =
        read(timer_.number(), &expirations, sizeof(expirations)) < 0 && errno == ECANCELED;
    if (!arm()) return;
    if (!set) continue;
    loop_.post([weak = std::weak_ptr(told_)] {
      if (const auto told = weak.lock()) (*told)();
    });
  }
}

}  // namespace hassette::async
