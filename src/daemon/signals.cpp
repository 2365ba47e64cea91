#include "daemon/signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <csignal>

namespace hassette::daemon {

namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
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
        for (bool asked = false;;) {
          int number = 0;
          sigwait(&set, &number);
          if (stop.stop_requested()) return;
          if (number == SIGUSR2) continue;
          if (asked) _exit(128 + number);
          asked = true;
          on_stop_();
        }
      }) {}

Signals::~Signals() {
  thread_.request_stop();
  pthread_kill(thread_.native_handle(), SIGUSR2);
}

}  // namespace hassette::daemon
