// Leaves: sleep, yield, event and permits; and what concerns the running fiber.
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
      loop().start_io_timer(*this, async::later(loop().io_now(), duration_));
    } else {
      loop().start_timer(*this, async::later(loop().now(), duration_));
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

namespace {
Task<> do_sleep(std::chrono::nanoseconds duration, bool real_time) {
  co_await Sleep(duration, real_time);
}
Task<> do_yield() {
  co_await Yield();
}
}  // namespace

Task<> sleep(std::chrono::nanoseconds duration, std::source_location where) {
  return do_sleep(duration, false).at(where);
}

Task<> io_sleep(std::chrono::nanoseconds duration, std::source_location where) {
  return do_sleep(duration, true).at(where);
}

Task<> yield(std::source_location where) {
  return do_yield().at(where);
}

bool cancel_requested() noexcept {
  const Loop* loop = Loop::current();
  return loop && loop->running() && loop->running()->cancel_requested();
}

// --- Waiting in line: what AsyncEvent and Permits have in common

namespace async {

class Waiter final : public Leaf {
 public:
  explicit Waiter(WaitLine& line) : line_(&line) {}
  Waiter(WaitLine& line, Permits& permits) : line_(&line), permits_(&permits) {}
  ~Waiter() override {
    unlink();
    if (served_ && permits_) permits_->give();  // the frame was destroyed before it went on
  }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) {
    if (!park(self)) return false;
    link(*line_);
    return true;
  }
  void await_resume() {
    unlink();
    served_ = false;
    rethrow_if_cancelled();
  }
  void serve() {
    unlink();
    served_ = true;
    if (permits_) link(permits_->served_);
    wake();
  }
  /// What it waits for is destroyed.
  void leave() {
    unlink();
    permits_ = nullptr;
    wake();
  }

 private:
  void on_cancel() noexcept override {
    unlink();
    wake();
  }
  void link(WaitLine& line) noexcept {
    line_ = &line;
    linked_ = true;
    before_ = line.last;
    (before_ ? before_->after_ : line.first) = this;
    line.last = this;
  }
  void unlink() noexcept {
    if (!linked_) return;
    linked_ = false;
    (before_ ? before_->after_ : line_->first) = after_;
    (after_ ? after_->before_ : line_->last) = before_;
    before_ = after_ = nullptr;
  }

  WaitLine* line_;
  Permits* permits_ = nullptr;
  Waiter* before_ = nullptr;
  Waiter* after_ = nullptr;
  bool linked_ = false;
  bool served_ = false;
};

}  // namespace async

AsyncEvent::AsyncEvent() = default;

AsyncEvent::~AsyncEvent() {
  while (line_.first) line_.first->leave();
}

Task<> AsyncEvent::wait(std::source_location where) {
  return until_set().at(where);
}

Task<> AsyncEvent::until_set() {
  if (!set_) co_await async::Waiter(line_);
}

void AsyncEvent::set() {
  set_ = true;
  while (line_.first) line_.first->serve();
}

namespace async {

Permits::~Permits() {
  for (WaitLine* line : {&waiting_, &served_}) {
    while (line->first) line->first->leave();
  }
}

Task<> Permits::take() {
  if (!try_take()) co_await Waiter(waiting_, *this);
}

bool Permits::try_take() {
  if (open_) return true;
  if (free_ == 0) return false;
  --free_;
  return true;
}

void Permits::give() {
  if (waiting_.first) {
    waiting_.first->serve();
  } else {
    ++free_;
  }
}

void Permits::open() {
  open_ = true;
  while (waiting_.first) waiting_.first->serve();
}

}  // namespace async

}  // namespace hassette
