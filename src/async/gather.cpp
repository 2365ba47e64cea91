// Running several tasks as fibers of one awaiting task: the core of when_all, when_any, timeout,
// shield.
#include <fmt/format.h>

#include <algorithm>
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
  ~Gather() override {
    // Destructors in the children's frames may still cancel the fiber that waits here.
    const auto gone = std::exchange(children_, {});
  }

  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) {
    const bool asked_before = self.promise().fiber->cancel_requested();
    if (!park(self) && !options_.shielded) return false;
    // Shielded work begins even on a fiber that was cancelled; it is not parked there, because
    // nothing that reaches the fiber concerns it.
    begin(*self.promise().fiber, asked_before, self);
    return true;
  }

  std::size_t await_resume() {
    const bool ask_counts = cancelled() && !options_.shielded;
    if (error_) {
      if (ask_counts && is_cancelled(error_)) throw Cancelled{fiber().reason()};
      std::rethrow_exception(error_);
    }
    // What had ended well before it could be cut short is not lost.
    const bool complete = begun_ && (options_.first_wins ? has_winner_ : cut_short_ == 0);
    if (complete) return winner_;
    if (ask_counts) throw Cancelled{fiber().reason()};
    throw TimeoutError(fmt::format("not finished after {}", format_duration(options_.limit)));
  }

 private:
  void begin(Fiber& parent, bool asked_before, std::coroutine_handle<> self) {
    parent_ = &parent;
    begun_ = true;
    resume_unparked_ = asked_before ? self : std::coroutine_handle<>();
    left_ = tasks_.size();
    children_.reserve(left_);
    for (Task<>& task : tasks_) {
      children_.push_back(std::make_unique<Fiber>(parent.loop(), parent.label(),
                                                  static_cast<FiberOwner&>(*this), &parent));
      children_.back()->start(std::move(task));
    }
    tasks_.clear();
    if (options_.limit != std::chrono::nanoseconds::max()) {
      Loop& loop = parent.loop();
      if (options_.real_time) {
        loop.start_io_timer(*this, later(loop.io_now(), options_.limit));
      } else {
        loop.start_timer(*this, later(loop.now(), options_.limit));
      }
    }
  }

  void on_finish(Fiber& child) noexcept override {
    --left_;
    if (ending_ && is_cancelled(child.error())) {
      ++cut_short_;
    } else {
      if (!std::exchange(has_winner_, true)) winner_ = place_of(child);
      if (child.error() && !error_) error_ = child.error();
      if (!ending_ && (child.error() || options_.first_wins)) end(CancelReason::kLostRace);
    }
    if (left_ > 0) return;
    stop();
    if (resume_unparked_) {
      parent_->loop().schedule(*parent_, resume_unparked_);
    } else {
      wake();
    }
  }

  std::size_t place_of(const Fiber& child) const {
    const auto is_it = [&](const auto& entry) { return entry.get() == &child; };
    return static_cast<std::size_t>(std::ranges::find_if(children_, is_it) - children_.begin());
  }

  void end(CancelReason reason) noexcept {
    ending_ = true;
    for (const auto& child : children_) child->cancel(reason);
  }

  void fire() override {
    if (!ending_) end(CancelReason::kTimeout);
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
  std::size_t winner_ = 0;     // the first that ended by itself
  std::size_t cut_short_ = 0;  // those that were cancelled here
  std::exception_ptr error_;
  bool begun_ = false;
  bool has_winner_ = false;
  bool ending_ = false;
};

}  // namespace

Task<std::size_t> gather(std::vector<Task<>> tasks, GatherOptions options) {
  if (tasks.empty()) co_return 0;
  co_return co_await Gather(std::move(tasks), options);
}

}  // namespace hassette::async
