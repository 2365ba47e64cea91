#include "async/loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <hassette/error.hpp>

namespace hassette::async {

using std::chrono::steady_clock;

namespace {
thread_local Loop* current_loop = nullptr;

/// Marks this thread as the loop's for the length of a turn.
class Here {
 public:
  explicit Here(Loop& loop) : before_(std::exchange(current_loop, &loop)) {}
  Here(const Here&) = delete;
  Here& operator=(const Here&) = delete;
  ~Here() { current_loop = before_; }

 private:
  Loop* before_;
};

const Label& engine_label() {
  static const Label& label = intern_label("engine", "loop");
  return label;
}
}  // namespace

Loop::Loop(Clock& clock, Reactor& reactor) : clock_(clock), reactor_(reactor) {}

Loop::~Loop() = default;

Loop* Loop::current() noexcept { return current_loop; }

void Loop::assert_here(std::string_view what) const {
  if (current_loop == this) return;
  throw LogicError(fmt::format(
      "{} was called on another thread than the loop's; from blocking code, go through the task "
      "bucket or a .sync() facade",
      what));
}

void Loop::run() {
  stopping_ = false;
  while (!stopping_) turn(true);
}

void Loop::stop() noexcept {
  stopping_ = true;
  reactor_.wake();
}

bool Loop::turn(bool may_wait) {
  const Here here(*this);
  bool ran = take_calls();
  for (std::size_t left = ready_.size(); left > 0 && !ready_.empty(); --left) {
    const Ready next = ready_.front();
    ready_.pop_front();
    if (next.fiber) resume(next);
    ran = true;
  }
  ran = fire_timers() || ran;
  if (has_work() || !may_wait || stopping_) {
    reactor_.poll();
  } else {
    wait();
  }
  return ran;
}

bool Loop::fire_timers() {
  if (timers_.empty() && io_timers_.empty()) return false;
  bool fired = false;
  enter(engine_label());
  for (const MonoTime now = clock_.now(); timers_.fire_one(now);) fired = true;
  if (!io_timers_.empty()) {
    for (const MonoTime now = io_clock_.now(); io_timers_.fire_one(now);) fired = true;
  }
  leave();
  return fired;
}

void Loop::wait() {
  std::optional<std::chrono::nanoseconds> limit;
  if (!io_timers_.empty()) limit = io_clock_.real_wait(io_timers_.next());
  if (!timers_.empty()) {
    const auto home = clock_.real_wait(timers_.next());
    if (!home && holds_ == 0) {
      clock_.jump_to(timers_.next());
      return;
    }
    if (home) limit = limit ? std::min(*limit, *home) : *home;
  }
  reactor_.wait(limit);
}

void Loop::run_ready() {
  do {
    while (turn(false) || has_work()) {
    }
    if (holds_ > 0) reactor_.wait({});
  } while (holds_ > 0 || has_work());
}

void Loop::run_until(MonoTime until) {
  for (;;) {
    run_ready();
    if (timers_.empty() || timers_.next() > until) break;
    clock_.jump_to(timers_.next());
  }
  clock_.jump_to(until);
}

void Loop::post(Call call) {
  {
    const std::scoped_lock lock(posted_mutex_);
    posted_.push_back(std::move(call));
    has_posted_.store(true, std::memory_order_release);
  }
  reactor_.wake();
}

void Loop::defer(Call call) { deferred_.push_back(std::move(call)); }

void Loop::schedule(Fiber& fiber, std::coroutine_handle<> at) { ready_.push_back({&fiber, at}); }

void Loop::schedule_finish(Fiber& fiber) {
  ++finishing_;
  ready_.push_back({&fiber, {}});
}

void Loop::forget(const Fiber& fiber) noexcept {
  for (Ready& entry : ready_) {
    if (entry.fiber != &fiber) continue;
    if (!entry.at) --finishing_;
    entry = {nullptr, {}};
  }
}

void Loop::resume(Ready ready) {
  if (!ready.at) {
    --finishing_;
    ready.fiber->owner_->on_finish(*ready.fiber);
    return;
  }
  enter(*ready.fiber->label_);
  running_ = ready.fiber;
  ready.at.resume();
  running_ = nullptr;
  leave();
}

bool Loop::take_calls() {
  std::vector<Call> posted;
  if (has_posted_.load(std::memory_order_acquire)) {
    const std::scoped_lock lock(posted_mutex_);
    posted.swap(posted_);
    has_posted_.store(false, std::memory_order_release);
  }
  const std::size_t deferred = deferred_.size();
  if (posted.empty() && deferred == 0) return false;
  enter(engine_label());
  for (Call& call : posted) call();
  for (std::size_t left = deferred; left > 0; --left) {
    Call call = std::move(deferred_.front());
    deferred_.pop_front();
    call();
  }
  leave();
  return true;
}

bool Loop::has_work() const {
  return !ready_.empty() || !deferred_.empty() || has_posted_.load(std::memory_order_acquire);
}

void Loop::enter(const Label& label) noexcept {
  busy_since_.store(steady_clock::now().time_since_epoch().count(), std::memory_order_relaxed);
  resumptions_.fetch_add(1, std::memory_order_relaxed);
  busy_label_.store(&label, std::memory_order_release);
}

void Loop::leave() noexcept { busy_label_.store(nullptr, std::memory_order_release); }

Loop::Busy Loop::busy() const noexcept {
  // The resumption number is read twice: a label and a start of different resumptions are not mixed.
  const std::uint64_t before = resumptions_.load(std::memory_order_acquire);
  Busy busy;
  busy.label = busy_label_.load(std::memory_order_acquire);
  busy.since = steady_clock::time_point(
      steady_clock::duration(busy_since_.load(std::memory_order_acquire)));
  busy.resumption = resumptions_.load(std::memory_order_acquire);
  if (busy.resumption != before) busy.label = nullptr;
  return busy;
}

Loop::Naming::Naming(Loop& loop, const Label& label)
    : loop_(loop), before_(loop.busy_label_.exchange(&label, std::memory_order_acq_rel)) {}

Loop::Naming::~Naming() { loop_.busy_label_.store(before_, std::memory_order_release); }

}  // namespace hassette::async
