#pragma once
// A fiber: one chain of awaits, which is what the loop runs, what is cancelled and what is named.
//
// A root task and everything that it awaits form one fiber; at any time it is running, ready, or
// suspended on exactly one leaf, and cancelling it cancels that leaf. Children of `when_all` and
// `when_any` are fibers of their own. A fiber belongs to its owner, which is told on the loop when
// it has finished and may destroy it then; destroying an unfinished one destroys its frames. Loop
// thread only.
#include <coroutine>
#include <exception>
#include <string>
#include <string_view>

#include <hassette/task.hpp>

namespace hassette::async {

class Fiber;
class Loop;

/// Names a fiber in logs and for the watchdog: the app (or `engine`) and the handler, job or
/// service.
struct Label {
  std::string app;
  std::string task;
};

/// Labels are kept for the life of the process, so that another thread may read one at any time;
/// there is one for each pair of names, however often it is asked for; once there are twenty
/// thousand, new names of an app share one. Any thread.
const Label& intern_label(std::string_view app, std::string_view task);

/// An operation that a fiber is suspended on. A derived class is an awaiter: it calls `park` in
/// `await_suspend` and begins only if that returned true, calls `wake` once when it is over, and
/// calls `rethrow_if_cancelled` in `await_resume`.
class Leaf {
 public:
  Leaf(const Leaf&) = delete;
  Leaf& operator=(const Leaf&) = delete;
  bool await_ready() const noexcept { return false; }

 protected:
  Leaf() = default;
  virtual ~Leaf();

  template <class Promise>
  bool park(std::coroutine_handle<Promise> self) {
    return park_on(*self.promise().fiber, self);
  }
  void wake() noexcept;
  bool parked() const noexcept;
  bool cancelled() const noexcept { return cancelled_; }
  void rethrow_if_cancelled() const;
  Fiber& fiber() const noexcept { return *fiber_; }
  Loop& loop() const noexcept;

  /// The fiber is cancelled while suspended here: give up, and `wake` now or soon.
  virtual void on_cancel() noexcept = 0;

 private:
  friend Fiber;
  bool park_on(Fiber& fiber, std::coroutine_handle<> self);
  Fiber* fiber_ = nullptr;
  std::coroutine_handle<> self_;
  bool cancelled_ = false;
};

class FiberOwner {
 public:
  /// Called on the loop, outside the fiber; the fiber may be destroyed here.
  virtual void on_finish(Fiber& fiber) noexcept = 0;

 protected:
  ~FiberOwner() = default;
};

class Fiber {
 public:
  /// `parent` is whose `when_all` or the like this fiber is a child of; it outlives the child.
  Fiber(Loop& loop, const Label& label, FiberOwner& owner, const Fiber* parent = nullptr)
      : loop_(&loop), label_(&label), owner_(&owner), parent_(parent) {}
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  /// Makes the task ready; it runs in a later turn of the loop.
  void start(Task<> task);
  /// Runs it at once, inside the caller, until it suspends for the first time or has finished; its
  /// owner is told in a later turn all the same.
  void start_now(Task<> task);
  /// Asks once: the first reason stays.
  void cancel(CancelReason reason) noexcept;

  Loop& loop() const { return *loop_; }
  const Label& label() const { return *label_; }
  bool cancel_requested() const { return reason_ != CancelReason::kNone; }
  CancelReason reason() const { return reason_; }
  bool finished() const { return finished_; }
  /// The fiber that this one works for in the end: itself, unless it is a child.
  const Fiber& outermost() const { return parent_ ? parent_->outermost() : *this; }
  /// What ended it, if it did not end well; may hold `Cancelled`.
  const std::exception_ptr& error() const { return error_; }

 private:
  friend Leaf;
  friend Loop;
  struct Root;
  static Root run(Task<> task);
  void make_root(Task<> task);
  void finish(std::exception_ptr error) noexcept;

  Loop* loop_;
  const Label* label_;
  FiberOwner* owner_;
  const Fiber* parent_;
  Leaf* leaf_ = nullptr;
  std::coroutine_handle<> root_;
  std::exception_ptr error_;
  CancelReason reason_ = CancelReason::kNone;
  bool finished_ = false;
  bool queued_ = false;  // the loop's ready queue refers to it
};

/// True when what ended a fiber is its cancellation.
bool is_cancelled(const std::exception_ptr& error) noexcept;
/// The message of an exception, for logs; never throws.
std::string describe(const std::exception_ptr& error);

}  // namespace hassette::async
