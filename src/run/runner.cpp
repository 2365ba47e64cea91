#include "run/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <hassette/async.hpp>
#include <hassette/logger.hpp>

#include "async/loop.hpp"

namespace hassette::run {

Runner::Runner(async::Bucket& bucket, Observer& observer, Source source, Mode mode)
    : bucket_(bucket),
      observer_(observer),
      source_(std::move(source)),
      mode_(mode),
      label_(async::intern_label(source_.app, source_.name)),
      number_(observer.registered(source_)) {}

Runner::~Runner() {
  observer_.removed(number_);
}

void Runner::submit(std::unique_ptr<Run> run) {
  if (active_.empty() || mode_ == Mode::kParallel) {
    start_now(std::move(run));
    return;
  }
  switch (mode_) {
    case Mode::kSingle:
      observer_.held_back(number_, false);
      break;
    case Mode::kRestart:
      // What was to replace it is itself replaced.
      if (!waiting_.empty()) observer_.held_back(number_, false);
      waiting_.clear();
      waiting_.push_back(std::move(run));
      bucket_.cancel(active_.front(), CancelReason::kReplaced);
      break;
    case Mode::kQueued:
      if (waiting_.size() < kQueueLimit) {
        waiting_.push_back(std::move(run));
      } else {
        observer_.held_back(number_, true);
      }
      break;
    case Mode::kParallel:
      break;
  }
}

void Runner::start_now(std::unique_ptr<Run> run) {
  observer_.started(number_);
  const std::uint64_t number = bucket_.spawn_now(label_, execute(Started(*this, std::move(run))));
  if (bucket_.unfinished(number)) active_.push_back(number);
}

void Runner::start_later(std::unique_ptr<Run> run) {
  observer_.started(number_);
  active_.push_back(bucket_.spawn(label_, execute(Started(*this, std::move(run)))));
}

Runner::Started::~Started() {
  if (run && !ended) runner->waiting_.clear();
}

Task<> Runner::execute(Started started) {
  const async::Loop& loop = started.runner->bucket_.loop();
  const async::MonoTime begin = loop.now();
  std::exception_ptr error;
  try {
    if (cancel_requested()) throw Cancelled{};  // cancelled while it was ready: it does not begin
    co_await started.run->start();
  } catch (...) {
    error = std::current_exception();
  }
  started.ended = true;
  started.runner->ended(*started.run, error, loop.now() - begin);
}

void Runner::ended(const Run& run, const std::exception_ptr& error,
                   std::chrono::nanoseconds duration) {
  const bool cancelled = async::is_cancelled(error);
  Ended how{.outcome = cancelled ? Outcome::kCancelled
                       : error   ? Outcome::kError
                                 : Outcome::kSuccess,
            .duration = duration,
            .cause = run.cause()};
  if (how.outcome == Outcome::kError) {
    how.error = async::describe(error);
    Logger(source_.app)
        .error("`{}` failed ({}): {} [registered at {}]", source_.name, how.cause, how.error,
               place());
  }
  observer_.ended(number_, how);
  const async::Fiber* self = bucket_.loop().running();
  std::erase_if(active_, [&](std::uint64_t number) { return bucket_.is(number, self); });
  if (active_.empty() && !waiting_.empty()) {
    std::unique_ptr<Run> next = std::move(waiting_.front());
    waiting_.pop_front();
    start_later(std::move(next));  // its predecessor is still on the stack
  }
}

std::string Runner::place() const {
  return fmt::format("{}:{}", std::filesystem::path(source_.where.file_name()).filename().string(),
                     source_.where.line());
}

void Runner::cancel(CancelReason reason) {
  waiting_.clear();
  // The caller may be a child of its run: inside a `timeout`, for example.
  const async::Fiber* running = bucket_.loop().running();
  const async::Fiber* self = running ? &running->outermost() : nullptr;
  const std::vector<std::uint64_t> active = active_;
  for (const std::uint64_t number : active) {
    if (!bucket_.is(number, self)) bucket_.cancel(number, reason);
  }
}

}  // namespace hassette::run
