#pragma once
// Signals: Ctrl-C and SIGTERM ask the engine to stop; a second one ends the process at once.
//
// Must be made before any other thread, so that all of them inherit the blocked signals. The
// call-back runs on a thread of its own.
#include <functional>
#include <thread>

namespace hassette::daemon {

class Signals {
 public:
  explicit Signals(std::function<void()> on_stop);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// Blocks the signals for this thread and those that it starts.
  static void block();

 private:
  std::function<void()> on_stop_;
  std::jthread thread_;
};

}  // namespace hassette::daemon
