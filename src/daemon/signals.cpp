#include "daemon/signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <utility>

namespace hassette::daemon {

namespace {

using Clock = std::chrono::steady_clock;
/// Faster than anybody presses Ctrl-C twice.
constexpr std::chrono::milliseconds kSameWish{50};
/// When the first wish came, in the clock's ticks; 0 until then. A signal handler reads it.
std::atomic<Clock::rep> first_wish = 0;
static_assert(std::atomic<Clock::rep>::is_always_lock_free);

/// One wish may arrive twice: a terminal or `timeout` signals the whole group, too.
bool is_same_wish(Clock::time_point now) {
  const Clock::rep first = first_wish.load();
  return first != 0 && now - Clock::time_point(Clock::duration(first)) < kSameWish;
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);   // the terminal was closed
  sigaddset(&set, SIGUSR2);  // wakes the thread when it is no longer needed
  return set;
}

extern "C" void on_late_signal(int number) {
  if (!is_same_wish(Clock::now())) _exit(128 + number);
}

/// From here on nobody waits for the signals: they come to this thread, wherever it is.
void leave_at_once_from_now_on() {
  struct sigaction action{};
  action.sa_handler = &on_late_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    sigaction(number, &action, nullptr);
    sigaddset(&set, number);
  }
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
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
        for (;;) {
          int number = 0;
          sigwait(&set, &number);
          if (number == SIGUSR2) {
            if (stop.stop_requested()) return;
            continue;
          }
          const Clock::time_point now = Clock::now();
          if (is_same_wish(now)) continue;
          if (first_wish != 0) _exit(128 + number);
          first_wish = now.time_since_epoch().count();
          on_stop_();
        }
      }) {}

Signals::~Signals() {
  thread_.request_stop();
  pthread_kill(thread_.native_handle(), SIGUSR2);
  thread_.join();
  leave_at_once_from_now_on();
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
