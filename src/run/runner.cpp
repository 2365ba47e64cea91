#include "run/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include <hassette/async.hpp>
#include <hassette/duration.hpp>
#include <hassette/error.hpp>
#include <hassette/error_handler.hpp>
#include <hassette/logger.hpp>
#include "async/loop.hpp"

namespace hassette {

std::string HandlerError::place() const {
  return run::short_place(where);
}

}  // namespace hassette

namespace hassette::run {

namespace {

/// Why a run was cancelled; kNone if that is not how it ended.
CancelReason cancel_reason(const std::exception_ptr& error) {
  if (!error) return CancelReason::kNone;
  try {
    std::rethrow_exception(error);
  } catch (const Cancelled& cancelled) {
    return cancelled.reason;
  } catch (...) {
    return CancelReason::kNone;
  }
}

}  // namespace

std::string short_place(const std::source_location& where) {
  return fmt::format("{}:{}", std::filesystem::path(where.file_name()).filename().string(),
                     where.line());
}

void Run::Deadline::set(async::Bucket& bucket, std::uint64_t fiber,
                        std::chrono::nanoseconds limit) {
  bucket_ = &bucket;
  fiber_ = fiber;
  limit_ = limit;
}

void Run::Deadline::start() {
  if (!bucket_) return;
  bucket_->loop().start_timer(*this, async::later(bucket_->loop().now(), limit_));
}

void Run::handler_begins() {
  handler_began_ = true;
  deadline_.start();
}

Runner::Runner(async::Bucket& bucket, Observer& observer, Source source, Mode mode,
               std::chrono::nanoseconds timeout)
    : bucket_(bucket),
      observer_(observer),
      source_(std::move(source)),
      mode_(mode),
      timeout_(timeout),
      label_(async::intern_label(source_.app, source_.name)),
      number_(observer.registered(source_)) {}

Runner::~Runner() {
  observer_.removed(number_);
}

// --- Lanes

Runner::Lane* Runner::find_lane(LaneKey key) {
  if (!first_.idle() && first_.key == key) return &first_;
  if (others_.empty()) return nullptr;
  const auto found = others_.find(key);
  return found == others_.end() ? nullptr : &found->second;
}

Runner::Lane& Runner::lane_of(LaneKey key) {
  if (Lane* const known = find_lane(key)) return *known;
  Lane& made = first_.idle() ? first_ : others_[key];
  made.key = key;
  return made;
}

// --- Starting

Submitted Runner::submit(std::unique_ptr<Run> run, LaneKey key) {
  Lane& lane = lane_of(key);
  const bool free = lane.active.empty();
  switch (mode_.kind()) {
    case Mode::kSingle:
      if (free) break;
      observer_.held_back(number_, false);
      return Submitted::kSuppressed;
    case Mode::kRestart:
      if (free) break;
      // What was to replace it is itself replaced.
      if (!lane.waiting.empty()) observer_.held_back(number_, false);
      drop_waiting(lane);
      lane.waiting.push_back(std::move(run));
      ++waiting_;
      bucket_.cancel(lane.active.front(), CancelReason::kReplaced);
      return Submitted::kWaits;
    case Mode::kQueued:
      if (free) break;
      return wait(lane, std::move(run));
    case Mode::kParallel:
      if (lane.active.size() < mode_.limit() && active_ < Mode::kMost) break;
      return drop(*run);
  }
  start(lane, std::move(run), true);
  return Submitted::kStarted;
}

Submitted Runner::wait(Lane& lane, std::unique_ptr<Run> run) {
  if (lane.waiting.size() >= mode_.limit() || waiting_ >= Mode::kMost) return drop(*run);
  lane.waiting.push_back(std::move(run));
  ++waiting_;
  return Submitted::kWaits;
}

Submitted Runner::drop(const Run& run) {
  observer_.held_back(number_, true);
  if (dropped_in_burst_++ == 0) {
    const bool queue = mode_.kind() == Mode::kQueued;
    Logger(source_.app)
        .warning("`{}` {}: the newest is dropped ({}) [registered at {}]", source_.name,
                 queue ? fmt::format("has {} runs waiting", waiting_)
                       : fmt::format("has {} runs under way", active_),
                 run.cause(), place());
  }
  return Submitted::kDropped;
}

void Runner::tell_end_of_burst() {
  if (dropped_in_burst_ == 0 || waiting_ > 0) return;
  if (mode_.kind() == Mode::kParallel && active_ > 0) return;
  if (dropped_in_burst_ > 1) {
    Logger(source_.app)
        .warning("`{}` has caught up; {} runs were dropped meanwhile", source_.name,
                 dropped_in_burst_);
  }
  dropped_in_burst_ = 0;
}

void Runner::start(Lane& lane, std::unique_ptr<Run> run, bool now) {
  observer_.started(number_);
  const LaneKey key = lane.key;
  Run* const begun = run.get();
  Started started(*this, key, std::move(run));
  const std::uint64_t number = now ? bucket_.spawn_now(label_, execute(std::move(started)))
                                   : bucket_.spawn(label_, execute(std::move(started)));
  if (!bucket_.unfinished(number)) return;
  // What ran just now may have used the lane, and given it up.
  lane_of(key).active.push_back(number);
  ++active_;
  if (timeout_ == kNoTimeout) return;
  begun->deadline_.set(bucket_, number, timeout_);
  // A handler may have begun inside `spawn_now`, when its fiber had no number yet.
  if (begun->handler_began_) begun->deadline_.start();
}

Runner::Started::~Started() {
  if (run && !ended) runner->drop_waiting();
}

void Runner::drop_waiting(Lane& lane) {
  waiting_ -= lane.waiting.size();
  // Destroying what waits may destroy what apps wrote, which may come back here.
  const auto gone = std::exchange(lane.waiting, {});
}

void Runner::drop_waiting() {
  drop_waiting(first_);
  std::vector<LaneKey> idle;
  for (auto& [key, lane] : others_) {
    drop_waiting(lane);
    if (lane.idle()) idle.push_back(key);
  }
  for (const LaneKey key : idle) others_.erase(key);
}

// --- Ending

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
  started.run->deadline_.stop();
  started.ended = true;
  started.runner->ended(started, error, loop.now() - begin);
}

Failure Runner::failure_of(const std::exception_ptr& error, CancelReason reason,
                           std::string cause) const {
  if (reason != CancelReason::kTimeout) {
    return {.error = error, .cause = std::move(cause), .message = async::describe(error)};
  }
  const std::string message =
      fmt::format("it did not end within {} and was cancelled", format_duration(timeout_));
  return {.error = std::make_exception_ptr(TimeoutError(message)),
          .cause = std::move(cause),
          .message = message,
          .timed_out = true};
}

void Runner::ended(const Started& started, const std::exception_ptr& error,
                   std::chrono::nanoseconds duration) {
  const CancelReason reason = cancel_reason(error);
  const bool timed_out = reason == CancelReason::kTimeout;
  const bool failed = timed_out || (error && reason == CancelReason::kNone);
  Ended how{.outcome = timed_out ? Outcome::kTimedOut
                       : failed  ? Outcome::kError
                       : error   ? Outcome::kCancelled
                                 : Outcome::kSuccess,
            .duration = duration,
            .cause = error || observer_.wants_causes() ? started.run->cause() : std::string()};
  if (Lane* const lane = find_lane(started.lane)) {
    const async::Fiber* self = bucket_.loop().running();
    active_ -=
        std::erase_if(lane->active, [&](std::uint64_t number) { return bucket_.is(number, self); });
  }
  if (failed) {
    const Failure failure = failure_of(error, reason, how.cause);
    how.error = failure.message;
    Logger(source_.app)
        .error("`{}` failed ({}): {} [registered at {}]", source_.name, how.cause, how.error,
               place());
    observer_.ended(number_, how);
    started.run->failed(failure);
  } else {
    observer_.ended(number_, how);
  }
  next_in(started.lane);
  tell_end_of_burst();
}

void Runner::next_in(LaneKey key) {
  Lane* const lane = find_lane(key);
  if (!lane) return;
  if (lane->active.empty() && !lane->waiting.empty()) {
    std::unique_ptr<Run> next = std::move(lane->waiting.front());
    lane->waiting.erase(lane->waiting.begin());
    --waiting_;
    start(*lane, std::move(next), false);  // later: its predecessor is still on the stack
  }
  if (lane != &first_ && lane->idle()) others_.erase(key);
}

std::string Runner::place() const {
  return short_place(source_.where);
}

void Runner::cancel(CancelReason reason) {
  std::vector<std::uint64_t> active = first_.active;
  for (const auto& [key, lane] : others_) {
    active.insert(active.end(), lane.active.begin(), lane.active.end());
  }
  std::ranges::sort(active);  // the order of a map's buckets must not decide what ends first
  drop_waiting();
  // The caller may be a child of its run: inside a `timeout`, for example.
  const async::Fiber* running = bucket_.loop().running();
  const async::Fiber* self = running ? &running->outermost() : nullptr;
  for (const std::uint64_t number : active) {
    if (!bucket_.is(number, self)) bucket_.cancel(number, reason);
  }
}

}  // namespace hassette::run
