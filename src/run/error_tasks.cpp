#include "run/error_tasks.hpp"

#include <fmt/format.h>

#include <hassette/async.hpp>
#include <hassette/logger.hpp>
#include "async/loop.hpp"

namespace hassette::run {

void ErrorTasks::start(std::shared_ptr<ErrorSink> handler, HandlerError error,
                       std::uint64_t number) {
  if (bucket_.closed()) return;
  if (running_ >= kAtOnce) {
    ++failures_;
    observer_.error_handler_failed(number);
    if (!std::exchange(refusing_, true)) {
      Logger(error.app).warning(
          "{} error handlers run already; the errors that follow are only logged", running_);
    }
    return;
  }
  ++running_;
  const async::Label& label = async::intern_label(error.app, error.handler + " (on error)");
  bucket_.spawn(label, tell(shared_from_this(), std::move(handler), std::move(error), number));
}

Task<> ErrorTasks::tell(std::shared_ptr<ErrorTasks> self, std::shared_ptr<ErrorSink> handler,
                        HandlerError error, std::uint64_t number) {
  struct Place {
    explicit Place(ErrorTasks& of) : tasks(of) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      if (--tasks.running_ == 0) tasks.refusing_ = false;
    }
    ErrorTasks& tasks;
  } const place(*self);
  try {
    co_await timeout(handler->tell(error), kTime);
  } catch (const Cancelled&) {
    throw;
  } catch (...) {
    self->failed(error, async::describe(std::current_exception()), number);
  }
}

void ErrorTasks::failed(const HandlerError& about, const std::string& why, std::uint64_t number) {
  ++failures_;
  observer_.error_handler_failed(number);
  Logger(about.app).error("the error handler of `{}` failed: {} [registered at {}]", about.handler,
                          why, about.place());
}

}  // namespace hassette::run
