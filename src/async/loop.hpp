#pragma once
// The event loop: one thread that runs every fiber, switching only where one suspends.
//
// A turn runs what is ready in the order in which it became ready, fires due timers, takes what
// other threads posted and polls the reactor; with nothing to do it waits, or, on a virtual clock,
// jumps to the next timer. Owned by the composition root (or a test); it must outlive its fibers.
// Everything is called on the loop's thread except `post`, `stop`, `busy` and what asserts it. What
// a posted call or a timer throws leaves the turn; the rest runs in the next one.
#include <atomic>
#include <coroutine>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "async/clock.hpp"
#include "async/fiber.hpp"
#include "async/reactor.hpp"
#include "async/timer.hpp"
#include "base/block_pool.hpp"

namespace hassette::async {

/// Which thread drives a loop. Handles keep it and ask it before they touch anything that is the
/// loop's: it outlives both that and the loop, after whose end every thread may ask. Any thread.
class LoopThread {
 public:
  explicit LoopThread(const Loop& loop) : loop_(&loop) {}
  /// As Loop::assert_thread.
  void assert_this(std::string_view what) const;

 private:
  friend Loop;
  bool is_this() const noexcept;

  const Loop* loop_;
  std::atomic<std::thread::id> id_ = std::this_thread::get_id();  // none: the loop is gone
};

class Loop {
 public:
  using Call = std::move_only_function<void()>;

  Loop(Clock& clock, Reactor& reactor);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  /// The loop whose turn runs on this thread, if any.
  static Loop* current() noexcept;
  /// Throws LogicError, naming `what`, when called on another thread than the loop's, or outside
  /// its turns.
  void assert_here(std::string_view what) const;
  /// The same for what is also in order between two turns, on the thread that drives the loop: a
  /// test that asks or cancels something. It is the one that made the loop, until another runs it.
  void assert_thread(std::string_view what) const { thread_->assert_this(what); }
  const std::shared_ptr<LoopThread>& thread() const { return thread_; }

  /// Until the end of the scope, what this thread does counts as part of a turn: for who destroys,
  /// after the last one, what apps have left behind, and with it runs their code.
  class Inside {
   public:
    explicit Inside(Loop& loop) noexcept;
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside();

   private:
    Loop* before_;
  };

  MonoTime now() const { return clock_.now(); }
  WallTime wall() const { return clock_.wall(); }
  Clock& clock() const { return clock_; }
  Reactor& reactor() const { return reactor_; }

  /// Runs turns on the calling thread until `stop`, which also counts when it came before.
  void run();
  void stop() noexcept;
  /// One turn; true if anything ran. Waits for work only if `may_wait`.
  bool turn(bool may_wait);
  /// How many turns have begun: what is read once a turn can tell by it whether it is stale.
  std::uint64_t turns() const { return turns_; }
  /// For virtual time: runs until nothing is ready and the next timer lies after `until`, then
  /// moves the clock there. Work that is out on other threads is waited for.
  void run_until(MonoTime until);
  /// Runs what is ready without moving time, until nothing is.
  void run_ready();

  /// For tests that choose what runs next, in virtual time: one piece of what is ready. Calls and
  /// the ends of fibers go first, as ever; of the fibers that are to go on, `choose` gets all, in
  /// the order in which they became ready, and gives the place of one, or none. False if nothing
  /// ran.
  using Choose = std::function<std::optional<std::size_t>(std::span<Fiber* const> ready)>;
  bool step(const Choose& choose);
  /// The same for timers: fires those that are due; and for work that is out on other threads:
  /// waits for some of it. False if there is none.
  bool fire_due();
  bool wait_for_held();
  std::optional<MonoTime> next_timer() const;

  /// Runs `call` in a later turn. `post` is for other threads, `defer` for this one.
  void post(Call call);
  void defer(Call call);

  void start_timer(Timer& timer, MonoTime due) { timers_.start(timer, due); }
  std::size_t timers() const { return timers_.size(); }
  /// Deadlines of live connections follow real time, whatever the home's clock does.
  MonoTime io_now() const { return io_clock_.now(); }
  void start_io_timer(Timer& timer, MonoTime due) { io_timers_.start(timer, due); }

  void schedule(Fiber& fiber, std::coroutine_handle<> at);
  /// Runs the fiber inside what runs already, until it suspends for the first time.
  void run_now(Fiber& fiber, std::coroutine_handle<> at);
  void schedule_finish(Fiber& fiber);
  Fiber* running() const { return running_; }

  /// While one is held, virtual time does not move: a result is on its way from another thread.
  class Hold {
   public:
    explicit Hold(Loop& loop) : loop_(&loop) { ++loop.holds_; }
    Hold(Hold&& other) noexcept : loop_(std::exchange(other.loop_, nullptr)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (loop_) --loop_->holds_;
    }

   private:
    Loop* loop_;
  };

  /// What the loop is doing, for the watchdog: which label, and since when; idle has no label.
  struct Busy {
    const Label* label = nullptr;
    std::chrono::steady_clock::time_point since;
    std::uint64_t number = 0;  ///< of this piece of work
    std::uint64_t within = 0;  ///< of the outermost piece that it is part of
  };
  Busy busy() const noexcept;
  /// The label alone, also from a signal handler.
  const Label* working_on() const noexcept { return shown_label_; }

  /// Names the work until the end of the scope: user code that runs outside its own fiber. What is
  /// around it goes on counting from its own start.
  class Naming {
   public:
    Naming(Loop& loop, const Label& label) noexcept;
    Naming(const Naming&) = delete;
    Naming& operator=(const Naming&) = delete;
    ~Naming();

   private:
    Loop& loop_;
    Busy around_;
  };

 private:
  friend Fiber;
  struct Ready {
    Fiber* fiber;
    std::coroutine_handle<> at;  // empty: the fiber has finished, tell its owner
  };
  void forget(const Fiber& fiber) noexcept;
  void resume(Ready ready);
  bool take_calls();
  bool has_work() const;
  bool fire_timers();
  void wait();
  void wait_for_threads();
  std::optional<std::chrono::nanoseconds> until_io_timer() const;
  void set_busy(const Busy& busy) noexcept;

  Clock& clock_;
  Reactor& reactor_;
  TimerQueue timers_;
  RealClock io_clock_;
  TimerQueue io_timers_;
  std::deque<Ready, base::BlockAllocator<Ready>> ready_;
  std::deque<Call> deferred_;
  std::deque<Call> taken_;  // posted calls on their way
  std::mutex posted_mutex_;
  std::vector<Call> posted_;
  std::atomic<bool> has_posted_ = false;
  std::atomic<bool> stopping_ = false;
  std::shared_ptr<LoopThread> thread_ = std::make_shared<LoopThread>(*this);
  Fiber* running_ = nullptr;
  std::size_t holds_ = 0;
  std::uint64_t turns_ = 0;
  Busy busy_;  // what the atomics below show to other threads
  std::uint64_t pieces_ = 0;
  std::atomic<std::uint64_t> shown_version_ = 0;  // odd while the rest is being written
  std::atomic<const Label*> shown_label_ = nullptr;
  std::atomic<std::chrono::steady_clock::rep> shown_since_ = 0;
  std::atomic<std::uint64_t> shown_number_ = 0;
  std::atomic<std::uint64_t> shown_within_ = 0;
};

}  // namespace hassette::async
