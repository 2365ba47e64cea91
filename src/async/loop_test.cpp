#include "async/loop.hpp"

#include <atomic>
#include <hassette/error.hpp>
#include <latch>
#include <thread>

#include "async/testing.hpp"

namespace hassette::async {
namespace {

using testing::ElementsAre;

class Loops : public InVirtualTime {
 public:
  Task<> note_in_rounds(std::string name, int rounds) {
    for (int i = 0; i < rounds; ++i) {
      notes.push_back(name + std::to_string(i));
      co_await yield();
    }
  }
  Task<> note_after(std::chrono::nanoseconds time, std::string text) {
    co_await sleep(time);
    notes.push_back(std::move(text));
  }
  Notes notes;
};

TEST_F(Loops, run_what_is_ready_in_turn) {
  spawn(note_in_rounds("a", 3));
  spawn(note_in_rounds("b", 2));
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("a0", "b0", "a1", "b1", "a2"));
}

TEST_F(Loops, fire_equal_times_in_the_order_of_their_start) {
  for (const char* name : {"a", "b", "c", "d", "e"}) spawn(note_after(1s, name));
  advance(1s);
  EXPECT_THAT(notes, ElementsAre("a", "b", "c", "d", "e"));
}

TEST_F(Loops, jump_in_virtual_time_and_move_the_wall_clock_with_it) {
  spawn(note_after(90min, "later"));
  spawn(note_after(1s, "sooner"));
  advance(2h);
  EXPECT_THAT(notes, ElementsAre("sooner", "later"));
  EXPECT_EQ(elapsed(), 2h);
  EXPECT_EQ(loop.wall(), kTestStart + 2h);
}

TEST_F(Loops, run_until_a_time_with_it_and_no_further) {
  spawn(note_after(5s, "at five"));
  spawn(note_after(5s + 1ns, "after five"));
  loop.run_until(MonoTime(5s));
  EXPECT_THAT(notes, ElementsAre("at five"));
  EXPECT_EQ(elapsed(), 5s);
  EXPECT_EQ(loop.timers(), 1u);
}

TEST_F(Loops, follow_timers_that_timers_start) {
  const auto chain = [](Notes* log) -> Task<> {
    for (int i = 0; i < 5; ++i) {
      co_await sleep(1s);
      log->push_back(std::to_string(i));
    }
  };
  spawn(chain(&notes));
  advance(3s);
  EXPECT_THAT(notes, ElementsAre("0", "1", "2"));
}

TEST_F(Loops, treat_a_negative_sleep_as_none) {
  spawn(note_after(-5s, "done"));
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("done"));
  EXPECT_EQ(elapsed(), 0s);
}

TEST_F(Loops, run_deferred_calls_in_a_later_turn_and_in_order) {
  loop.defer([this] {
    notes.push_back("one");
    loop.defer([this] { notes.push_back("three"); });
  });
  loop.defer([this] { notes.push_back("two"); });
  EXPECT_TRUE(notes.empty());
  loop.turn(false);
  EXPECT_THAT(notes, ElementsAre("one", "two"));
  loop.turn(false);
  EXPECT_THAT(notes, ElementsAre("one", "two", "three"));
}

TEST_F(Loops, keep_the_calls_after_one_that_throws) {
  loop.post([] { throw Error("posted", "broken"); });
  loop.post([this] { notes.push_back("posted"); });
  loop.defer([this] { notes.push_back("deferred"); });
  EXPECT_THROW(loop.turn(false), Error);
  EXPECT_EQ(loop.busy().label, nullptr);
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("posted", "deferred"));
}

TEST_F(Loops, are_woken_by_a_post_from_another_thread) {
  RealClock real;
  Loop waiting(real, reactor);
  std::thread::id ran_on;
  {
    const std::jthread other([&] {
      waiting.post([&] {
        ran_on = std::this_thread::get_id();
        waiting.stop();
      });
    });
    waiting.run();
  }
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST_F(Loops, take_thousands_of_posts_from_several_threads_and_lose_none) {
  constexpr int kThreads = 4;
  constexpr int kPosts = 2'000;
  RealClock real;
  Loop waiting(real, reactor);
  int seen = 0;  // without a lock: everything runs on this thread
  std::vector<int> last(kThreads, -1);
  bool in_order = true;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kPosts; ++i) {
          waiting.post([&, t, i] {
            in_order = in_order && std::exchange(last[static_cast<std::size_t>(t)], i) == i - 1;
            if (++seen == kThreads * kPosts) waiting.stop();
          });
        }
      });
    }
    waiting.run();
  }
  EXPECT_EQ(seen, kThreads * kPosts);
  EXPECT_TRUE(in_order);
}

TEST_F(Loops, do_not_forget_a_stop_that_came_before_they_ran) {
  loop.stop();
  loop.run();
  loop.defer([this] { loop.stop(); });
  loop.run();
}

TEST_F(Loops, do_not_jump_while_a_result_is_on_its_way) {
  spawn(note_after(1h, "an hour later"));
  loop.run_ready();
  std::latch held(1);
  std::optional<Loop::Hold> hold(std::in_place, loop);
  const std::jthread other([&] {
    held.wait();
    loop.post([&] {
      notes.push_back("result");
      hold.reset();
    });
  });
  loop.defer([&] { held.count_down(); });
  advance(2h);
  EXPECT_THAT(notes, ElementsAre("result", "an hour later"));
}

TEST_F(Loops, look_at_io_before_each_jump) {
  struct CountingReactor final : Reactor {
    void poll() override { ++polls; }
    void wait(std::optional<std::chrono::nanoseconds>) override {}
    void wake() noexcept override {}
    int polls = 0;
  } counting;
  Loop jumping(clock, counting);
  struct Ticker final : Timer {
    explicit Ticker(Loop& its_loop) : on(its_loop) {}
    void fire() override {
      if (++ticks == 10)
        on.stop();
      else
        on.start_timer(*this, on.now() + 1s);
    }
    Loop& on;
    int ticks = 0;
  } ticker(jumping);
  jumping.start_timer(ticker, jumping.now() + 1s);
  jumping.run();
  EXPECT_GE(counting.polls, 10);
}

/// Real time as a loop sees it, which passes only while the loop waits; each wait is written down.
class Sleeper final : public Clock, public Reactor {
 public:
  MonoTime now() const override { return now_; }
  WallTime wall() const override {
    return WallTime(std::chrono::floor<std::chrono::microseconds>(now_.time_since_epoch()));
  }
  std::optional<std::chrono::nanoseconds> real_wait(MonoTime due) const override {
    return std::max(std::chrono::nanoseconds(0), due - now_);
  }
  void jump_to(MonoTime) override {}
  void poll() override {}
  void wait(std::optional<std::chrono::nanoseconds> limit) override {
    waits.push_back(limit.value_or(std::chrono::nanoseconds(-1)));
    if (limit) now_ += *limit;
  }
  void wake() noexcept override {}

  std::vector<std::chrono::nanoseconds> waits;

 private:
  MonoTime now_{};
};

struct Bell final : Timer {
  void fire() override {
    ++rings;
    if (last) last->stop();
  }
  Loop* last = nullptr;
  int rings = 0;
};

TEST(IdleLoops, sleep_until_the_first_of_a_million_timers_and_no_less) {
  Sleeper sleeper;
  Loop loop(sleeper, sleeper);
  std::vector<Bell> others(1'000'000);
  for (std::size_t i = 0; i < others.size(); ++i) {
    loop.start_timer(others[i], MonoTime(std::chrono::hours(10) + std::chrono::milliseconds(i)));
  }
  Bell first;
  Bell second;
  loop.start_timer(second, MonoTime(50min));
  loop.start_timer(first, MonoTime(20min));
  second.last = &loop;
  loop.run();
  EXPECT_EQ(first.rings, 1);
  EXPECT_EQ(sleeper.waits, (std::vector<std::chrono::nanoseconds>{20min, 30min}));
}

TEST(IdleLoops, without_a_timer_sleep_until_they_are_woken) {
  Sleeper sleeper;
  Loop loop(sleeper, sleeper);
  loop.turn(true);
  EXPECT_EQ(sleeper.waits, std::vector<std::chrono::nanoseconds>{-1ns});
}

TEST_F(Loops, know_who_is_called_on_their_thread) {
  EXPECT_EQ(Loop::current(), nullptr);
  EXPECT_THROW(loop.assert_here("bus.emit"), LogicError);
  Loop* seen = nullptr;
  loop.defer([&] {
    seen = Loop::current();
    loop.assert_here("bus.emit");
  });
  loop.run_ready();
  EXPECT_EQ(seen, &loop);
  {
    const Loop::Inside inside(loop);
    EXPECT_EQ(Loop::current(), &loop);
    loop.assert_here("bus.emit");
  }
  EXPECT_EQ(Loop::current(), nullptr);
  try {
    loop.assert_here("bus.emit");
    FAIL();
  } catch (const LogicError& error) {
    EXPECT_THAT(error.message(),
                testing::StartsWith("bus.emit was called on the loop's thread, but "
                                    "while the loop does not run"));
  }
  EXPECT_THAT(on_another_thread([&] { loop.assert_here("bus.emit"); }),
              testing::StartsWith("bus.emit was called on another thread than the loop's"));
}

TEST_F(Loops, let_every_thread_ask_once_they_are_gone) {
  auto own = std::make_unique<Loop>(clock, reactor);
  const std::shared_ptr<const LoopThread> thread = own->thread();
  thread->assert_this("Job::active");
  EXPECT_THAT(on_another_thread([&] { thread->assert_this("Job::active"); }),
              testing::StartsWith("Job::active was called on another thread"));
  own.reset();
  EXPECT_EQ(on_another_thread([&] { thread->assert_this("Job::active"); }), "");
}

TEST_F(Loops, belong_to_the_thread_that_runs_them_also_between_two_turns) {
  loop.assert_thread("Job::cancel");
  EXPECT_NE(on_another_thread([&] { loop.assert_thread("Job::cancel"); }).find("Job::cancel was"),
            std::string::npos);
  // Another thread may take a loop over: from then on it is its.
  EXPECT_EQ(on_another_thread([&] {
              loop.run_ready();
              loop.assert_thread("Job::cancel");
            }),
            "");
  EXPECT_THROW(loop.assert_thread("Job::cancel"), LogicError);
  loop.run_ready();
  loop.assert_thread("Job::cancel");
}

TEST_F(Loops, say_what_they_do) {
  Loop::Busy inside;
  Loop::Busy named;
  Loop::Busy after;
  const Label& other = intern_label("other", "predicate");
  const auto story = [](Loop* on, const Label* name, Loop::Busy* in, Loop::Busy* by_name,
                        Loop::Busy* out) -> Task<> {
    *in = on->busy();
    {
      const Loop::Naming naming(*on, *name);
      *by_name = on->busy();
    }
    *out = on->busy();
    co_return;
  };
  run(story(&loop, &other, &inside, &named, &after));
  EXPECT_EQ(inside.label, &label);
  EXPECT_EQ(named.label, &other);
  EXPECT_GE(named.since, inside.since);
  EXPECT_NE(named.number, inside.number);
  EXPECT_EQ(named.within, inside.number);
  EXPECT_EQ(after.label, &label);
  EXPECT_EQ(after.since, inside.since);
  EXPECT_EQ(after.number, inside.number);
  EXPECT_EQ(loop.busy().label, nullptr);
}

TEST_F(Loops, show_what_they_do_to_another_thread_in_one_piece) {
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  const Label& first = intern_label("first", "task");
  const Label& second = intern_label("second", "task");
  std::latch started(1);
  const std::jthread reader([&] {
    started.count_down();
    while (!done) {
      const Loop::Busy busy = loop.busy();
      // Every odd piece is the first's, every even one the second's.
      if (busy.label && (busy.label == &first) != (busy.number % 2 == 1)) ++wrong;
    }
  });
  started.wait();
  for (int i = 0; i < 50'000; ++i) {
    {
      const Loop::Naming naming(loop, first);
    }
    {
      const Loop::Naming naming(loop, second);
    }
  }
  done = true;
  EXPECT_EQ(wrong, 0);
}

TEST_F(Loops, give_one_label_for_one_pair_of_names) {
  EXPECT_EQ(&intern_label("a", "b"), &intern_label("a", "b"));
  EXPECT_NE(&intern_label("a", "b"), &intern_label("b", "a"));
}

// --- Clocks

TEST(Clocks, scaled_run_faster_and_wait_shorter) {
  const ScaledClock clock(1000, kTestStart);
  const MonoTime before = clock.now();
  const auto wait = clock.real_wait(before + 1000s);
  ASSERT_TRUE(wait.has_value());
  EXPECT_LE(*wait, 1s);
  EXPECT_EQ(*clock.real_wait(before - 1s), 0s);
  EXPECT_GE(clock.wall(), kTestStart);
  EXPECT_GE(clock.now(), before);
}

TEST(Clocks, slow_ones_do_not_overflow) {
  const ScaledClock clock(0.001, kTestStart);
  EXPECT_GT(*clock.real_wait(MonoTime::max()), 1h);
}

TEST(Clocks, virtual_ones_keep_wall_time_in_step_to_the_microsecond) {
  VirtualClock clock(kTestStart);
  for (int i = 0; i < 1000; ++i) clock.jump_to(clock.now() + 1500ns);
  EXPECT_EQ(clock.wall(), kTestStart + 1500us);
  clock.jump_to(MonoTime(1s));
  clock.jump_to(MonoTime(500ms));
  EXPECT_EQ(clock.now(), MonoTime(1s)) << "back in time it does not go";
  clock.step_wall(-1h);
  EXPECT_EQ(clock.wall(), kTestStart + 1s - 1h);
  EXPECT_EQ(clock.now(), MonoTime(1s));
}

TEST(Clocks, sums_stay_within_what_a_time_can_hold) {
  EXPECT_EQ(later(MonoTime(1s), 2s), MonoTime(3s));
  EXPECT_EQ(later(MonoTime(1s), std::chrono::nanoseconds::max()), MonoTime::max());
  EXPECT_EQ(later(MonoTime(1s), -2s), MonoTime(-1s));
}

}  // namespace
}  // namespace hassette::async
