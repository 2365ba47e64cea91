#include "async/pool.hpp"

#include <atomic>
#include <hassette/error.hpp>
#include <latch>
#include <thread>

#include "async/testing.hpp"

namespace hassette::async {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Pools : public InVirtualTime {
 public:
  /// Blocks until stop is requested.
  static void until_stopped(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait(lock, stop, [] { return false; });
  }
  static Task<> run_noting(Pool* on, Pool::Work work, Notes* notes) {
    try {
      co_await on->run(std::move(work));
      notes->push_back("done");
    } catch (const Cancelled&) {
      notes->push_back("cancelled");
      throw;
    }
  }
  Notes notes;
};

TEST_F(Pools, run_work_on_another_thread_and_come_back) {
  Pool pool(2);
  std::thread::id there;
  run(pool.run([&](const std::stop_token&) { there = std::this_thread::get_id(); }));
  EXPECT_NE(there, std::this_thread::get_id());
  EXPECT_EQ(run(pool.call([] { return 42; })), 42);
  EXPECT_EQ(elapsed(), 0s);
}

TEST_F(Pools, bring_exceptions_back) {
  Pool pool(1);
  EXPECT_THROW(run(pool.call([]() -> int { throw Error("disk", "full"); })), Error);
  EXPECT_EQ(run(pool.call([] { return 1; })), 1) << "the thread lives on";
}

TEST_F(Pools, hold_virtual_time_while_work_is_out) {
  Pool pool(1);
  spawn(run_noting(&pool, [](const std::stop_token&) {}, &notes));
  const auto later = [](Notes* log) -> Task<> {
    co_await sleep(1h);
    log->push_back("an hour later");
  };
  spawn(later(&notes));
  advance(2h);
  EXPECT_THAT(notes, ElementsAre("done", "an hour later"));
}

TEST_F(Pools, do_many_things_and_lose_none) {
  Pool pool(3);
  const auto story = [](Pool* on) -> Task<int> {
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 500; ++i) tasks.push_back(on->call([i] { return i; }));
    const auto results = co_await when_all(std::move(tasks));
    int sum = 0;
    for (const int result : results) sum += result;
    co_return sum;
  };
  EXPECT_EQ(run(story(&pool)), 500 * 499 / 2);
}

TEST_F(Pools, do_not_begin_work_that_was_cancelled_in_the_queue) {
  Pool pool(1);
  std::latch begun(1);
  std::latch go_on(1);
  std::atomic<bool> ran = false;
  spawn(run_noting(
      &pool,
      [&](const std::stop_token&) {
        begun.count_down();
        go_on.wait();
      },
      &notes));
  loop.turn(false);
  begun.wait();
  const auto number = spawn(run_noting(&pool, [&](const std::stop_token&) { ran = true; }, &notes));
  loop.turn(false);
  bucket.cancel(number, CancelReason::kRequested);
  loop.turn(false);
  EXPECT_THAT(notes, ElementsAre("cancelled"));
  go_on.count_down();
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("cancelled", "done"));
  EXPECT_FALSE(ran);
}

TEST_F(Pools, ask_running_work_to_stop_and_wait_for_it) {
  Pool pool(1);
  std::latch begun(1);
  std::atomic<bool> ended = false;
  const auto number = spawn(run_noting(
      &pool,
      [&](const std::stop_token& stop) {
        begun.count_down();
        until_stopped(stop);
        ended = true;
      },
      &notes));
  loop.turn(false);
  begun.wait();
  bucket.cancel(number, CancelReason::kRequested);
  loop.run_ready();
  EXPECT_TRUE(ended);
  EXPECT_THAT(notes, ElementsAre("cancelled"));
}

TEST_F(Pools, let_io_deadlines_pass_while_their_work_is_waited_for) {
  Pool pool(1);
  EXPECT_THROW(
      run(io_timeout(pool.run([](const std::stop_token& stop) { until_stopped(stop); }), 10ms)),
      TimeoutError);
}

TEST_F(Pools, serve_several_loops) {
  Pool pool(2);
  VirtualClock other_clock(kTestStart);
  ParkReactor other_reactor;
  Loop other(other_clock, other_reactor);
  Bucket others(other, {});
  others.spawn(label, run_noting(&pool, [](const std::stop_token&) {}, &notes));
  other.run_ready();
  run(pool.run([](const std::stop_token&) {}));
  EXPECT_THAT(notes, ElementsAre("done"));
}

TEST_F(Pools, make_a_destroyed_frame_wait_for_the_work_that_refers_to_it) {
  Pool pool(1);
  auto doomed = std::make_unique<Bucket>(loop, Bucket::OnError());
  std::latch begun(1);
  std::atomic<bool> ended = false;
  const auto story = [](Pool* on, std::latch* at_work, std::atomic<bool>* done) -> Task<> {
    std::vector<int> in_the_frame(1000, 1);
    const Notes sums_in_the_frame;
    co_await on->run([&](const std::stop_token& stop) {
      at_work->count_down();
      until_stopped(stop);
      for (int& item : in_the_frame) ++item;  // the frame is still there
      *done = true;
    });
  };
  doomed->spawn(label, story(&pool, &begun, &ended));
  loop.turn(false);
  begun.wait();
  doomed.reset();
  EXPECT_TRUE(ended);
  loop.run_ready();
  advance(1h);  // the hold has been given back, so time can move
  EXPECT_EQ(elapsed(), 1h);
}

TEST_F(Pools, end_captured_values_on_the_loops_thread_when_a_frame_is_destroyed) {
  Pool pool(1);
  std::latch begun(1);
  std::latch go_on(1);
  const auto thread_of_end = std::make_shared<std::thread::id>();
  struct Noting {
    std::shared_ptr<std::thread::id> into;
    explicit Noting(std::shared_ptr<std::thread::id> where) : into(std::move(where)) {}
    Noting(Noting&&) = default;
    ~Noting() {
      if (into) *into = std::this_thread::get_id();
    }
  };
  spawn(run_noting(
      &pool,
      [&](const std::stop_token&) {
        begun.count_down();
        go_on.wait();
      },
      &notes));
  loop.turn(false);
  begun.wait();
  auto doomed = std::make_unique<Bucket>(loop, Bucket::OnError());
  doomed->spawn(
      label,
      run_noting(&pool, [noting = Noting(thread_of_end)](const std::stop_token&) {}, &notes));
  loop.turn(false);
  doomed.reset();
  EXPECT_EQ(*thread_of_end, std::this_thread::get_id());
  go_on.count_down();
  loop.run_ready();
}

TEST_F(Pools, are_done_with_a_loop_before_it_is_destroyed) {
  Pool pool(2);
  for (int round = 0; round < 50; ++round) {
    VirtualClock short_clock(kTestStart);
    ParkReactor short_reactor;
    Loop short_lived(short_clock, short_reactor);
    Bucket tasks(short_lived, {});
    for (int i = 0; i < 4; ++i) {
      tasks.spawn(label, run_noting(&pool, [](const std::stop_token&) {}, &notes));
    }
    short_lived.turn(false);
  }
  EXPECT_THAT(notes, IsEmpty());
}

}  // namespace
}  // namespace hassette::async
