#pragma once
// Signals: Ctrl-C, SIGTERM and SIGHUP ask the engine to stop; a second one ends the process at
// once.
//
// Must be made before any other thread, so that all of them inherit the blocked signals, and must
// outlive the engine: while it is torn down, too, somebody has to listen. The call-back runs on a
// thread of its own.
#include <functional>
#include <mutex>
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

/// Carries the wish to stop to an engine that may not exist yet, or not any more. Any thread.
class StopRequest {
 public:
  void make();

  /// Who is told for as long as it lives; at once, if the wish came before.
  class Scope {
   public:
    Scope(StopRequest& request, std::function<void()> on_stop);
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope();

   private:
    StopRequest& request_;
  };

 private:
  std::mutex mutex_;
  bool made_ = false;
  std::function<void()> on_stop_;
};

}  // namespace hassette::daemon
