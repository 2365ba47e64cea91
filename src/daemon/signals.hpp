#pragma once
// Signals: Ctrl-C, SIGTERM and SIGHUP ask the engine to stop; a second one ends the process at
// once.
//
// `block` must have been called before any other thread is made, so that all of them inherit the
// blocked signals; the object itself is made when somebody can be told. It must outlive the engine:
// while that is torn down, too, somebody has to listen. After it, and until the process is gone,
// nothing is left that a signal could ask to stop, so each ends the process at once. The call-back
// runs on a thread of its own.
#include <functional>
#include <mutex>
#include <thread>

namespace hassette::daemon {

class Signals {
 public:
  explicit Signals(std::function<void()> on_stop);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  /// On the thread that goes on to exit(), which takes the signals from here on.
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
