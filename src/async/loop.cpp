#include "async/loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <hassette/error.hpp>
#include <iterator>

namespace hassette::async {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

namespace {
thread_local Loop* current_loop = nullptr;

/// Beyond this the machinery below a wait could overflow; waking once an hour costs nothing.
constexpr nanoseconds kLongestWait = std::chrono::hours(1);

const Label& engine_label() {
  static const Label& label = intern_label("engine", "loop");
  return label;
}
}  // namespace

Loop::Loop(Clock& clock, Reactor& reactor) : clock_(clock), reactor_(reactor) {}

Loop::~Loop() {
  thread_->id_.store({}, std::memory_order_relaxed);
}

Loop::Inside::Inside(Loop& loop) noexcept : before_(std::exchange(current_loop, &loop)) {}

Loop::Inside::~Inside() {
  current_loop = before_;
}

Loop* Loop::current() noexcept {
  return current_loop;
}

namespace {
[[noreturn]] void refuse_thread(std::string_view what) {
  throw LogicError(fmt::format(
      "{} was called on another thread than the loop's. What blocking work needs of the home, read "
      "before it and give its function a copy; what it has found, use after the co_await",
      what));
}
}  // namespace

bool LoopThread::is_this() const noexcept {
  if (current_loop == loop_) return true;
  const std::thread::id driver = id_.load(std::memory_order_relaxed);
  return driver == std::this_thread::get_id() || driver == std::thread::id();
}

void LoopThread::assert_this(std::string_view what) const {
  if (!is_this()) refuse_thread(what);
}

void Loop::assert_here(std::string_view what) const {
  if (current_loop == this) return;
  if (!thread_->is_this()) refuse_thread(what);
  throw LogicError(fmt::format(
      "{} was called on the loop's thread, but while the loop does not run: it is for what the "
      "loop runs, which are an app's hooks, handlers, jobs and tasks",
      what));
}

void Loop::run() {
  while (!stopping_) turn(true);
  stopping_ = false;
}

void Loop::stop() noexcept {
  stopping_ = true;
  reactor_.wake();
}

bool Loop::turn(bool may_wait) {
  const Inside here(*this);
  thread_->id_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  ++turns_;
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
  bool fired = false;
  const auto fire_due = [&](TimerQueue& timers, const Clock& clock) {
    if (timers.empty()) return;
    const MonoTime now = clock.now();
    if (timers.next() > now) return;  // nearly always: it must not cost what naming the work costs
    const Naming naming(*this, engine_label());
    while (timers.fire_one(now)) fired = true;
  };
  fire_due(timers_, clock_);
  fire_due(io_timers_, io_clock_);
  return fired;
}

std::optional<nanoseconds> Loop::until_io_timer() const {
  if (io_timers_.empty()) return std::nullopt;
  return std::min<nanoseconds>(*io_clock_.real_wait(io_timers_.next()), kLongestWait);
}

void Loop::wait() {
  std::optional<nanoseconds> limit = until_io_timer();
  if (!timers_.empty()) {
    const auto home = clock_.real_wait(timers_.next());
    if (!home && holds_ == 0) {
      // I/O is looked at before each jump: timers that only start each other must not shut it out.
      reactor_.poll();
      if (!has_work() && !timers_.empty()) clock_.jump_to(timers_.next());
      return;
    }
    if (home) limit = std::min<nanoseconds>(limit.value_or(kLongestWait), *home);
  }
  reactor_.wait(limit);
}

void Loop::wait_for_threads() {
  const Inside here(*this);
  reactor_.wait(until_io_timer());
}

bool Loop::step(const Choose& choose) {
  const Inside here(*this);
  thread_->id_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  ++turns_;
  if (take_calls()) return true;
  std::erase_if(ready_, [](const Ready& entry) { return !entry.fiber; });
  auto next = std::ranges::find_if(ready_, [](const Ready& entry) { return !entry.at; });
  if (next == ready_.end()) {
    std::vector<Fiber*> fibers;
    fibers.reserve(ready_.size());
    for (const Ready& entry : ready_) fibers.push_back(entry.fiber);
    const std::optional<std::size_t> chosen = choose(fibers);
    if (!chosen) return false;
    next = ready_.begin() + static_cast<std::ptrdiff_t>(*chosen);
  }
  const Ready picked = *next;
  ready_.erase(next);
  resume(picked);
  reactor_.poll();
  return true;
}

bool Loop::fire_due() {
  const Inside here(*this);
  return fire_timers();
}

bool Loop::wait_for_held() {
  if (holds_ == 0) return false;
  wait_for_threads();
  return true;
}

std::optional<MonoTime> Loop::next_timer() const {
  return timers_.empty() ? std::nullopt : std::optional(timers_.next());
}

void Loop::run_ready() {
  do {
    while (turn(false) || has_work()) {
    }
    if (holds_ > 0) wait_for_threads();
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

void Loop::defer(Call call) {
  deferred_.push_back(std::move(call));
}

void Loop::schedule(Fiber& fiber, std::coroutine_handle<> at) {
  ready_.push_back({&fiber, at});
  fiber.queued_ = true;
}

void Loop::schedule_finish(Fiber& fiber) {
  schedule(fiber, {});
}

void Loop::forget(const Fiber& fiber) noexcept {
  for (Ready& entry : ready_) {
    if (entry.fiber == &fiber) entry = {nullptr, {}};
  }
}

void Loop::resume(Ready ready) {
  // Also where only the owner is told: destroying frames runs destructors that apps wrote.
  const Naming naming(*this, *ready.fiber->label_);
  ready.fiber->queued_ = false;
  if (!ready.at) {
    ready.fiber->owner_->on_finish(*ready.fiber);
    return;
  }
  running_ = ready.fiber;
  ready.at.resume();
  running_ = nullptr;
}

void Loop::run_now(Fiber& fiber, std::coroutine_handle<> at) {
  const Naming naming(*this, *fiber.label_);
  Fiber* const around = std::exchange(running_, &fiber);
  at.resume();
  running_ = around;
}

bool Loop::take_calls() {
  if (has_posted_.load(std::memory_order_acquire)) {
    const std::scoped_lock lock(posted_mutex_);
    std::ranges::move(posted_, std::back_inserter(taken_));
    posted_.clear();
    has_posted_.store(false, std::memory_order_release);
  }
  if (taken_.empty() && deferred_.empty()) return false;
  const Naming naming(*this, engine_label());
  for (std::deque<Call>* calls : {&taken_, &deferred_}) {
    for (std::size_t left = calls->size(); left > 0; --left) {
      Call call = std::move(calls->front());
      calls->pop_front();
      call();
    }
  }
  return true;
}

bool Loop::has_work() const {
  return !ready_.empty() || !deferred_.empty() || !taken_.empty() ||
         has_posted_.load(std::memory_order_acquire);
}

void Loop::set_busy(const Busy& busy) noexcept {
  // Only this thread writes. Release stores keep their order, so a reader that sees a part of this
  // also sees that the version is odd.
  busy_ = busy;
  const std::uint64_t version = shown_version_.load(std::memory_order_relaxed);
  shown_version_.store(version + 1, std::memory_order_relaxed);
  shown_label_.store(busy.label, std::memory_order_release);
  shown_since_.store(busy.since.time_since_epoch().count(), std::memory_order_release);
  shown_number_.store(busy.number, std::memory_order_release);
  shown_within_.store(busy.within, std::memory_order_release);
  shown_version_.store(version + 2, std::memory_order_release);
}

Loop::Busy Loop::busy() const noexcept {
  for (;;) {
    const std::uint64_t version = shown_version_.load(std::memory_order_acquire);
    Busy busy;
    busy.label = shown_label_.load(std::memory_order_acquire);
    busy.since = steady_clock::time_point(
        steady_clock::duration(shown_since_.load(std::memory_order_acquire)));
    busy.number = shown_number_.load(std::memory_order_acquire);
    busy.within = shown_within_.load(std::memory_order_acquire);
    if (version % 2 == 0 && version == shown_version_.load(std::memory_order_relaxed)) return busy;
  }
}

Loop::Naming::Naming(Loop& loop, const Label& label) noexcept : loop_(loop), around_(loop.busy_) {
  const std::uint64_t number = ++loop.pieces_;
  loop.set_busy({.label = &label,
                 .since = steady_clock::now(),
                 .number = number,
                 .within = around_.label ? around_.within : number});
}

Loop::Naming::~Naming() {
  loop_.set_busy(around_);
}

}  // namespace hassette::async
