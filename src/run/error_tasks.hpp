#pragma once
// ErrorTasks: runs an app's error handlers, a bounded number at once and each for a bounded time.
//
// They are tasks in the app's bucket, so that they end with it. What they throw is logged, counted,
// and told to nobody: an error handler has no error handler. Shared by the app and the tasks. Loop
// thread only.
#include <memory>
#include <string>

#include <hassette/error_handler.hpp>
#include "async/bucket.hpp"
#include "run/observer.hpp"

namespace hassette::run {

class ErrorTasks : public std::enable_shared_from_this<ErrorTasks> {
 public:
  static constexpr std::size_t kAtOnce = 8;
  static constexpr std::chrono::seconds kTime{5};

  ErrorTasks(async::Bucket& bucket, Observer& observer) : bucket_(bucket), observer_(observer) {}

  /// Tells the handler in a later turn, unless too many run. `number` is the registration's.
  void start(std::shared_ptr<ErrorSink> handler, HandlerError error, std::uint64_t number);
  /// Those that failed, took too long or found no room.
  std::size_t failures() const { return failures_; }
  std::size_t running() const { return running_; }

 private:
  static Task<> tell(std::shared_ptr<ErrorTasks> self, std::shared_ptr<ErrorSink> handler,
                     HandlerError error, std::uint64_t number);
  void failed(const HandlerError& about, const std::string& why, std::uint64_t number);

  async::Bucket& bucket_;
  Observer& observer_;
  std::size_t running_ = 0;
  std::size_t failures_ = 0;
  bool refusing_ = false;  // what finds no room is said once a burst
};

}  // namespace hassette::run
