// Leaves: sleep, yield and the event; and what concerns the running fiber.
#include <hassette/async.hpp>

#include "async/loop.hpp"

namespace hassette {

using async::Leaf;
using async::Loop;

namespace {

class Sleep final : public Leaf, private async::Timer {
 public:
  Sleep(std::chrono::nanoseconds duration, bool real_time)
      : duration_(duration), real_time_(real_time) {}
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) {
    if (!park(self)) return false;
    if (real_time_) {
      loop().start_io_timer(*this, loop().io_now() + duration_);
    } else {
      loop().start_timer(*this, loop().now() + duration_);
    }
    return true;
  }
  void await_resume() const { rethrow_if_cancelled(); }

 private:
  void fire() override { wake(); }
  void on_cancel() noexcept override {
    stop();
    wake();
  }
  std::chrono::nanoseconds duration_;
  bool real_time_;
};

class Yield final : public Leaf {
 public:
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) {
    if (!park(self)) return false;
    wake();
    return true;
  }
  void await_resume() const { rethrow_if_cancelled(); }

 private:
  void on_cancel() noexcept override {}
};

}  // namespace

Task<> sleep(std::chrono::nanoseconds duration) { co_await Sleep(duration, false); }

Task<> io_sleep(std::chrono::nanoseconds duration) { co_await Sleep(duration, true); }

Task<> yield() { co_await Yield(); }

bool cancel_requested() noexcept {
  const Loop* loop = Loop::current();
  return loop && loop->running() && loop->running()->cancel_requested();
}

class AsyncEvent::Waiter final : public Leaf {
 public:
  explicit Waiter(AsyncEvent& event) : event_(event) {}
  ~Waiter() override { unlink(); }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) {
    if (!park(self)) return false;
    before_ = event_.last_;
    (before_ ? before_->after_ : event_.first_) = this;
    event_.last_ = this;
    linked_ = true;
    return true;
  }
  void await_resume() const { rethrow_if_cancelled(); }
  void release() {
    unlink();
    wake();
  }

 private:
  void on_cancel() noexcept override { release(); }
  void unlink() noexcept {
    if (!linked_) return;
    linked_ = false;
    (before_ ? before_->after_ : event_.first_) = after_;
    (after_ ? after_->before_ : event_.last_) = before_;
  }

  AsyncEvent& event_;
  Waiter* before_ = nullptr;
  Waiter* after_ = nullptr;
  bool linked_ = false;
};

AsyncEvent::AsyncEvent() = default;

AsyncEvent::~AsyncEvent() {
  while (first_) first_->release();
}

Task<> AsyncEvent::wait() {
  if (!set_) co_await Waiter(*this);
}

void AsyncEvent::set() {
  set_ = true;
  while (first_) first_->release();
}

}  // namespace hassette
