#pragma once
// LastResort: ends the process when its orderly end does not come.
//
// A handler that never returns to the loop, and threads that block (an app's own work, the system's
// name resolution), cannot be ended from outside. Armed, it waits; if nobody disarms or destroys it
// in time, it says why, prints what the console still has, and leaves. Declare it before everything
// whose end it watches. Any thread.
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

  /// `why` is asked on a thread of this object's own, when the time is over.
  void arm(std::chrono::milliseconds patience, int exit_code, std::function<std::string()> why);
  void disarm();

 private:
  struct Charge {
    std::chrono::steady_clock::time_point due;
    int exit_code;
    std::function<std::string()> why;
  };
  void watch(const std::stop_token& stop);

  log::ConsoleSink& console_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Charge> charge_;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace hassette::daemon
