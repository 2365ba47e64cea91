#pragma once
// LastResort: ends the process when its orderly end does not come.
//
// Code of an app that never returns to the loop, and threads that block (an app's own work, the
// system's name resolution), cannot be ended from outside. Armed, it waits; if it has not retired
// in time, it says why, prints what the console still has, and leaves. The last words need locks
// that the one who is stuck may hold, so it asks for them with none of its own, and the process
// ends without them if they do not come. async::LeaveTime says how long is left. Declare it before
// everything whose end it watches. Any thread.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "async/leave_time.hpp"

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
  /// What is to end may take that much longer, also where it is armed only later.
  void allow(std::chrono::nanoseconds more);
  /// For the last steps: at most `patience` from now, nothing that was allowed included, and no
  /// longer than is left. What still arms it later changes nothing. What an earlier `why` refers to
  /// may go once this has returned, which it does not where the time is over.
  void leave_within(std::chrono::milliseconds patience, int exit_code, Why why);
  /// Says at debug level how long the stop has taken, if there was one.
  void tell_time();
  /// Ends its thread for somebody who does what is left to do within `patience`; gives how long
  /// that is. Does not return where the time is over.
  std::chrono::milliseconds retire(std::chrono::milliseconds patience);

 private:
  struct Charge {
    int exit_code;
    Why why;
  };
  void watch(const std::stop_token& stop);
  [[noreturn]] void leave(const Charge& charge);
  /// For who would destroy what the last words refer to: the process is about to end.
  void wait_if_leaving(std::unique_lock<std::mutex>& lock);

  log::ConsoleSink& console_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Charge> charge_;
  async::LeaveTime time_;
  bool is_leaving_ = false;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace hassette::daemon
