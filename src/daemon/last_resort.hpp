#pragma once
// LastResort: ends the process when its orderly end does not come.
//
// Code of an app that never returns to the loop, and threads that block (an app's own work, the
// system's name resolution), cannot be ended from outside. Armed, it waits; if it is not destroyed
// in time, it says why, prints what the console still has, and leaves. Nothing disarms it: the time
// is for all that the stop does, so that each of its steps has what those before it have left.
// Declare it before everything whose end it watches. Any thread.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace hassette::log {
class ConsoleSink;
}

namespace hassette::daemon {

class LastResort {
 public:
  explicit LastResort(log::ConsoleSink& console);
  LastResort(const LastResort&) = delete;
  LastResort& operator=(const LastResort&) = delete;
  ~LastResort() = default;

  using Why = std::function<std::string()>;
  /// `why` is asked on a thread of this object's own, when the time is over. Armed again, only what
  /// is said then changes: the time runs from the first.
  void arm(std::chrono::milliseconds patience, int exit_code, Why why);
  /// What is to end may take that much longer, also where it is armed only later; nothing if
  /// negative.
  void allow(std::chrono::nanoseconds more);
  /// For the last steps: at most `patience` from now, nothing that was allowed included, and no
  /// longer than is left. What still arms it later changes nothing.
  void leave_within(std::chrono::milliseconds patience, int exit_code, Why why);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Charge {
    Time due;  // without what was allowed
    int exit_code;
    Why why;
  };
  Time due() const { return charge_->due + allowed_; }
  void watch(const std::stop_token& stop);

  log::ConsoleSink& console_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Charge> charge_;
  std::chrono::steady_clock::duration allowed_{0};
  bool leaving_ = false;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace hassette::daemon
