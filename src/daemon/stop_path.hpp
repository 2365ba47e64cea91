#pragma once
// StopPath: how a verb that runs code of apps is stopped, from its first line to the end of the
// process.
//
// It owns who listens to signals and who leaves when the end does not come. The verb runs inside
// it; what of it can be stopped in order is told through `request`. What exit() does afterwards,
// with the destructors of the apps' global objects, has what is left of the time. Made by `main`
// before anything of the verb, on the main thread.
#include <chrono>
#include <optional>

#include "daemon/last_resort.hpp"
#include "daemon/signals.hpp"

namespace hassette::daemon {

class StopPath {
 public:
  /// How long a stop may take in all, from the signal on: the shutdown hooks with their usual
  /// limit, the rest of an app that has to be cut short (see app/instance.cpp), and a little for
  /// everything else. Who declares a longer limit gets that much more.
  static constexpr std::chrono::milliseconds kPatience{1900};
  static constexpr std::chrono::milliseconds kUsualHooks{1000};
  /// How long blocked threads, and afterwards global objects, may take to end, at most.
  static constexpr std::chrono::milliseconds kLastSteps{1000};

  /// `forced_code` is what the process ends with when its end does not come in order.
  StopPath(log::ConsoleSink& console, int forced_code);
  StopPath(const StopPath&) = delete;
  StopPath& operator=(const StopPath&) = delete;
  ~StopPath() = default;

  StopRequest& request() { return request_; }
  LastResort& last_resort() { return last_resort_; }
  /// A stop has begun: `why` is what is said if it does not come to its end.
  void expect_end(LastResort::Why why);
  /// The verb has ended, and nothing is left but exit().
  void leave_the_rest_to_exit(int exit_code);

 private:
  log::ConsoleSink& console_;
  int forced_code_;
  StopRequest request_;
  LastResort last_resort_;
  std::optional<Signals> signals_;  // last: it uses the rest
};

}  // namespace hassette::daemon
