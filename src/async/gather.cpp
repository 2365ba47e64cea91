// Running several tasks as fibers of one awaiting task: the core of when_all, when_any, timeout, shield.
#include <fmt/format.h>

#include <hassette/async.hpp>
#include <hassette/duration.hpp>
#include <hassette/error.hpp>

#include "async/loop.hpp"

namespace hassette::async {

namespace {

class Gather final : public Leaf, private FiberOwner, private Timer {
 public:
  Gather(std::vector<Task<>> tasks, GatherOptions options)
      : tasks_(std::move(tasks)), options_(options) {}

  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) {
    const bool asked_before = self.promise().fiber->cancel_requested();
    if (!park(self) && !options_.shielded) return false;
    // Shielded work begins even on a fiber that was cancelled; it is not parked there, because nothing
    // that reaches the fiber concerns it.
    begin(*self.promise().fiber, asked_before, self);
    return true;
  }

  std::size_t await_resume() {
    if (timed_out_ && (!error_ || is_cancelled(error_))) {
      if (error_) throw TimeoutError(fmt::format("not finished after {}", format_duration(options_.limit)));
    }
    if (error_) {
      if (cancelled() && is_cancelled(error_)) throw Cancelled{fiber().reason()};
      std::rethrow_exception(error_);
    }
    if (cancelled() && !options_.shielded) throw Cancelled{fiber().reason()};
    return first_;
  }

 private:
  void begin(Fiber& parent, bool asked_before, std::coroutine_handle<> self) {
    parent_ = &parent;
    resume_unparked_ = asked_before ? self : std::coroutine_handle<>();
    left_ = tasks_.size();
    children_.reserve(left_);
    for (Task<>& task : tasks_) {
      children_.push_back(std::make_unique<Fiber>(parent.loop(), parent.label(),
                                                  static_cast<FiberOwner&>(*this)));
      children_.back()->start(std::move(task));
    }
    tasks_.clear();
    if (options_.limit != std::chrono::nanoseconds::max()) {
      Loop& loop = parent.loop();
      if (options_.real_time) {
        loop.start_io_timer(*this, loop.io_now() + options_.limit);
      } else {
        loop.start_timer(*this, loop.now() + options_.limit);
      }
    }
  }

  void on_finish(Fiber& child) noexcept override {
    const bool first = left_ == children_.size();
    --left_;
    if (first) {
      for (std::size_t i = 0; i < children_.size(); ++i) {
        if (children_[i].get() == &child) first_ = i;
      }
    }
    const bool caused_here = is_cancelled(child.error()) && ending_;
    if (child.error() && !error_ && (!caused_here || children_.size() == 1)) error_ = child.error();
    if (!ending_ && (child.error() || options_.first_wins)) end(CancelReason::kLostRace);
    if (left_ > 0) return;
    stop();
    if (resume_unparked_) {
      parent_->loop().schedule(*parent_, resume_unparked_);
    } else {
      wake();
    }
  }

  void end(CancelReason reason) noexcept {
    ending_ = true;
    for (const auto& child : children_) child->cancel(reason);
  }

  void fire() override {
    timed_out_ = true;
    end(CancelReason::kTimeout);
  }

  void on_cancel() noexcept override {
    if (!options_.shielded) end(fiber().reason());
  }

  std::vector<Task<>> tasks_;
  GatherOptions options_;
  Fiber* parent_ = nullptr;
  std::coroutine_handle<> resume_unparked_;
  std::vector<std::unique_ptr<Fiber>> children_;
  std::size_t left_ = 0;
  std::size_t first_ = 0;
  std::exception_ptr error_;
  bool ending_ = false;
  bool timed_out_ = false;
};

}  // namespace

Task<std::size_t> gather(std::vector<Task<>> tasks, GatherOptions options) {
  if (tasks.empty()) co_return 0;
  co_return co_await Gather(std::move(tasks), options);
}

}  // namespace hassette::async
