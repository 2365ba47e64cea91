#include "daemon/signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <optional>

namespace hassette::daemon {

namespace {

using Clock = std::chrono::steady_clock;
/// Faster than anybody presses Ctrl-C twice.
constexpr std::chrono::milliseconds kSameWish{50};

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);   // the terminal was closed
  sigaddset(&set, SIGUSR2);  // wakes the thread when it is no longer needed
  return set;
}

}  // namespace

void Signals::block() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A peer that goes away is an error of a write, not of the process.
  std::signal(SIGPIPE, SIG_IGN);
}

Signals::Signals(std::function<void()> on_stop)
    : on_stop_(std::move(on_stop)), thread_([this](const std::stop_token& stop) {
        const sigset_t set = stop_signals();
        std::optional<Clock::time_point> asked;
        for (;;) {
          int number = 0;
          sigwait(&set, &number);
          if (stop.stop_requested()) return;
          if (number == SIGUSR2) continue;
          // One wish may arrive twice: a terminal or `timeout` signals the whole group, too.
          const Clock::time_point now = Clock::now();
          if (asked && now - *asked < kSameWish) continue;
          if (asked) _exit(128 + number);
          asked = now;
          on_stop_();
        }
      }) {}

Signals::~Signals() {
  thread_.request_stop();
  pthread_kill(thread_.native_handle(), SIGUSR2);
}

void StopRequest::make() {
  const std::scoped_lock lock(mutex_);
  made_ = true;
  if (on_stop_) on_stop_();
}

StopRequest::Scope::Scope(StopRequest& request, std::function<void()> on_stop) : request_(request) {
  const std::scoped_lock lock(request_.mutex_);
  request_.on_stop_ = std::move(on_stop);
  if (request_.made_) request_.on_stop_();
}

StopRequest::Scope::~Scope() {
  const std::scoped_lock lock(request_.mutex_);
  request_.on_stop_ = nullptr;
}

}  // namespace hassette::daemon
