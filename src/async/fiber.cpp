#include "async/fiber.hpp"

#include <map>
#include <mutex>
#include <utility>

#include "async/loop.hpp"
#include "async/unawaited.hpp"
#include "base/block_pool.hpp"

namespace hassette {

std::string_view to_string(CancelReason reason) noexcept {
  switch (reason) {
    case CancelReason::kNone:
      return "not cancelled";
    case CancelReason::kRequested:
      return "cancelled on request";
    case CancelReason::kTimeout:
      return "time limit reached";
    case CancelReason::kLostRace:
      return "another task finished first";
    case CancelReason::kReplaced:
      return "replaced by a newer run";
    case CancelReason::kOwnerStopped:
      return "its owner stopped";
    case CancelReason::kShutdown:
      return "the engine stops";
  }
  return "cancelled";
}

}  // namespace hassette

namespace hassette::async {

void* take_frame(std::size_t size) {
  return base::take_block(size);
}

void give_frame(void* frame, std::size_t size) noexcept {
  base::give_block(frame, size);
}

namespace {
constexpr std::size_t kMaxLabels = 20'000;
constexpr std::string_view kOtherTask = "(one of many)";
}  // namespace

const Label& intern_label(std::string_view app, std::string_view task) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::string>, Label> labels;
  const std::scoped_lock lock(mutex);
  // Names that a program makes up as it goes must not eat its memory.
  if (labels.size() >= kMaxLabels && !labels.contains({std::string(app), std::string(task)})) {
    task = kOtherTask;
  }
  auto [place, added] = labels.try_emplace({std::string(app), std::string(task)}, std::string(app),
                                           std::string(task));
  return place->second;
}

// --- Leaf

Leaf::~Leaf() {
  if (parked()) fiber_->leaf_ = nullptr;
}

bool Leaf::park_on(Fiber& fiber, std::coroutine_handle<> self) {
  fiber_ = &fiber;
  self_ = self;
  cancelled_ = fiber.cancel_requested();
  if (cancelled_) return false;
  fiber.leaf_ = this;
  return true;
}

bool Leaf::parked() const noexcept {
  return fiber_ && fiber_->leaf_ == this;
}

void Leaf::wake() noexcept {
  if (!parked()) return;
  fiber_->leaf_ = nullptr;
  fiber_->loop().schedule(*fiber_, self_);
}

void Leaf::rethrow_if_cancelled() const {
  if (cancelled_) throw Cancelled{fiber_->reason()};
}

Loop& Leaf::loop() const noexcept {
  return fiber_->loop();
}

// --- Fiber

/// The outermost coroutine of a fiber: awaits the task, then reports the end to the loop.
struct Fiber::Root {
  struct promise_type : Frame {
    Root get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    void return_void() const noexcept {}
    struct End {
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> self) const noexcept {
        self.promise().fiber->finish(std::move(self.promise().error));
      }
      void await_resume() const noexcept {}
    };
    End final_suspend() const noexcept { return {}; }
  };
  std::coroutine_handle<promise_type> handle;
};

Fiber::Root Fiber::run(Task<> task) {
  co_await std::move(task);
}

Fiber::~Fiber() {
  if (!root_) return;
  if (queued_) loop_->forget(*this);
  if (finished_) {
    root_.destroy();
    return;
  }
  // A task that this fiber would have awaited later was not forgotten.
  const TearDown silent;
  root_.destroy();
}

void Fiber::make_root(Task<> task) {
  const Root root = run(std::move(task));
  root.handle.promise().fiber = this;
  root_ = root.handle;
}

void Fiber::start(Task<> task) {
  make_root(std::move(task));
  loop_->schedule(*this, root_);
}

void Fiber::start_now(Task<> task) {
  make_root(std::move(task));
  loop_->run_now(*this, root_);
}

void Fiber::cancel(CancelReason reason) noexcept {
  if (finished_ || cancel_requested()) return;
  reason_ = reason;
  if (leaf_) {
    leaf_->cancelled_ = true;
    leaf_->on_cancel();
  }
}

void Fiber::finish(std::exception_ptr error) noexcept {
  finished_ = true;
  error_ = std::move(error);
  loop_->schedule_finish(*this);
}

bool is_cancelled(const std::exception_ptr& error) noexcept {
  if (!error) return false;
  try {
    std::rethrow_exception(error);
  } catch (const Cancelled&) {
    return true;
  } catch (...) {
    return false;
  }
}

std::string describe(const std::exception_ptr& error) {
  if (!error) return "no error";
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return known.what();
  } catch (const Cancelled& cancelled) {
    return std::string(to_string(cancelled.reason));
  } catch (...) {
    return "an exception that does not derive from std::exception";
  }
}

}  // namespace hassette::async
