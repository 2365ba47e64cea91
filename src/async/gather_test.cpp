#include <hassette/error.hpp>

#include "async/testing.hpp"

namespace hassette::async {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Groups : public InVirtualTime {};

Task<int> after(std::chrono::nanoseconds time, int value) {
  co_await sleep(time);
  co_return value;
}

Task<int> fail_after(std::chrono::nanoseconds time, std::string code) {
  co_await sleep(time);
  throw Error(std::move(code), "failed on purpose");
}

/// Sleeps, and notes how that ended; cleans up for a while under a shield when it was cancelled.
Task<> careful(std::string name, std::chrono::nanoseconds time, Notes* notes,
               std::chrono::nanoseconds cleanup = {}) {
  std::exception_ptr error;
  try {
    co_await sleep(time);
    notes->push_back(name + " done");
  } catch (const Cancelled& cancelled) {
    error = std::current_exception();
    notes->push_back(name + ": " + std::string(to_string(cancelled.reason)));
  }
  if (!error) co_return;
  if (cleanup > 0s) {
    co_await shield(sleep(cleanup), 1h);
    notes->push_back(name + " clean");
  }
  std::rethrow_exception(error);
}

TEST_F(Groups, of_all_give_every_result_at_the_time_of_the_slowest) {
  const auto [one, unit, two] = run(when_all(after(3s, 1), sleep(2s), after(5s, 2)));
  EXPECT_EQ(one, 1);
  EXPECT_EQ(unit, Unit());
  EXPECT_EQ(two, 2);
  EXPECT_EQ(elapsed(), 5s);
}

TEST_F(Groups, of_nothing_end_at_once) {
  run(when_all(std::vector<Task<>>()));
  EXPECT_THAT(run(when_all(std::vector<Task<int>>())), IsEmpty());
  EXPECT_EQ(elapsed(), 0s);
}

TEST_F(Groups, of_a_vector_keep_its_order) {
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(after(std::chrono::seconds(5 - i), i));
  EXPECT_THAT(run(when_all(std::move(tasks))), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(elapsed(), 5s);
}

TEST_F(Groups, of_all_that_fail_cancel_and_await_the_others) {
  Notes notes;
  EXPECT_THROW(
      run(when_all(careful("a", 1h, &notes, 10s), fail_after(2s, "no"), careful("b", 1h, &notes))),
      Error);
  EXPECT_THAT(notes, ElementsAre("a: another task finished first", "b: another task finished first",
                                 "a clean"));
  EXPECT_EQ(elapsed(), 12s);
}

TEST_F(Groups, of_all_throw_the_first_error) {
  try {
    run(when_all(fail_after(2s, "second"), fail_after(1s, "first")));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "first");
  }
}

TEST_F(Groups, of_any_name_the_winner_and_await_the_losers) {
  Notes notes;
  const auto won =
      run(when_any(careful("slow", 1h, &notes, 3s), after(2s, 7), careful("slower", 2h, &notes)));
  EXPECT_EQ(won.index(), 1u);
  EXPECT_EQ(std::get<1>(won), 7);
  EXPECT_THAT(notes, ElementsAre("slow: another task finished first",
                                 "slower: another task finished first", "slow clean"));
  EXPECT_EQ(elapsed(), 5s) << "the loser's cleanup ends before when_any returns";
}

TEST_F(Groups, of_any_throw_when_the_winner_failed) {
  EXPECT_THROW(run(when_any(after(1h, 1), fail_after(1s, "no"))), Error);
  EXPECT_EQ(elapsed(), 1s);
}

TEST_F(Groups, of_any_keep_the_first_of_two_that_end_together) {
  const auto at_once = [](int value) -> Task<int> { co_return value; };
  EXPECT_EQ(run(when_any(at_once(1), at_once(2))).index(), 0u);
  EXPECT_EQ(run(when_any(after(1s, 1), after(1s, 2))).index(), 0u);
}

TEST_F(Groups, of_any_do_not_hide_what_a_loser_throws_while_it_ends) {
  const auto bad_loser = []() -> Task<> {
    try {
      co_await sleep(1h);
    } catch (const Cancelled&) {
      throw Error("cleanup", "could not put it back");
    }
  };
  EXPECT_THROW(run(when_any(after(1s, 1), bad_loser())), Error);
}

TEST_F(Groups, of_all_throw_what_a_child_throws_while_it_is_cancelled) {
  const auto bad = []() -> Task<> {
    try {
      co_await sleep(1h);
    } catch (const Cancelled&) {
      throw Error("cleanup", "could not put it back");
    }
  };
  const auto group = [](Task<> inner) -> Task<> { co_await when_all(std::move(inner), sleep(1h)); };
  const auto number = spawn(group(bad()));
  loop.run_ready();
  bucket.cancel(number, CancelReason::kRequested);
  loop.run_ready();
  EXPECT_THAT(errors, ElementsAre("could not put it back"));
}

TEST_F(Groups, nest) {
  Notes notes;
  const auto won = run(
      when_any(when_all(careful("a", 1s, &notes), when_any(careful("b", 2s, &notes), after(1h, 1))),
               when_all(careful("c", 1h, &notes), careful("d", 1min, &notes))));
  EXPECT_EQ(won.index(), 0u);
  EXPECT_THAT(notes, ElementsAre("a done", "b done", "c: another task finished first",
                                 "d: another task finished first"));
  EXPECT_EQ(elapsed(), 2s);
}

TEST_F(Groups, are_cancelled_with_whoever_awaits_them) {
  Notes notes;
  const auto group = [](Notes* log) -> Task<> {
    co_await when_all(careful("a", 1h, log, 2s), careful("b", 1h, log));
    log->push_back("not reached");
  };
  const auto number = spawn(group(&notes));
  loop.run_ready();
  bucket.cancel(number, CancelReason::kOwnerStopped);
  advance(1s);
  EXPECT_EQ(bucket.size(), 1u) << "it waits for the cleanup";
  advance(1s);
  EXPECT_EQ(bucket.size(), 0u);
  EXPECT_THAT(notes, ElementsAre("a: its owner stopped", "b: its owner stopped", "a clean"));
}

TEST_F(Groups, return_what_all_gave_although_the_cancellation_came_before_they_said_so) {
  int sum = 0;
  AsyncEvent event;
  const auto wait_for = [](AsyncEvent* what, int value) -> Task<int> {
    co_await what->wait();
    co_return value;
  };
  const auto group = [](Task<int> first, Task<int> second, int* into) -> Task<> {
    const auto [one, two] = co_await when_all(std::move(first), std::move(second));
    *into = one + two;
  };
  const auto number = spawn(group(wait_for(&event, 1), wait_for(&event, 2), &sum));
  loop.run_ready();
  event.set();
  bucket.cancel(number, CancelReason::kRequested);
  loop.run_ready();
  EXPECT_EQ(sum, 3);
}

TEST_F(Groups, know_their_outermost_fiber) {
  bool same = false;
  const auto child = [](Loop* on, const Fiber** outer) -> Task<> {
    *outer = &on->running()->outermost();
    co_return;
  };
  const auto story = [](Loop* on, bool* is_same, Task<> inner, const Fiber** outer) -> Task<> {
    const Fiber* mine = on->running();
    co_await timeout(when_all(std::move(inner), yield()), 1h);
    *is_same = *outer == mine;
  };
  const Fiber* outer = nullptr;
  run(story(&loop, &same, child(&loop, &outer), &outer));
  EXPECT_TRUE(same);
}

// --- Time limits

TEST_F(Groups, with_a_limit_give_the_result_that_came_in_time) {
  EXPECT_EQ(run(timeout(after(1s, 5), 2s)), 5);
  EXPECT_EQ(loop.timers(), 0u) << "the limit's timer has been stopped";
}

TEST_F(Groups, with_a_limit_throw_once_the_task_has_ended) {
  Notes notes;
  EXPECT_THROW(run(timeout(careful("a", 1h, &notes, 3s), 2s)), TimeoutError);
  EXPECT_THAT(notes, ElementsAre("a: time limit reached", "a clean"));
  EXPECT_EQ(elapsed(), 5s);
}

TEST_F(Groups, with_a_limit_throw_the_tasks_own_error) {
  EXPECT_THROW(run(timeout(fail_after(1s, "own"), 2s)), Error);
  try {
    run(timeout(fail_after(1s, "own"), 2s));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "own");
  }
}

TEST_F(Groups, with_a_limit_are_cancelled_and_not_late_when_the_limit_passes_during_cleanup) {
  Notes notes;
  const auto story = [](Notes* log) -> Task<> {
    try {
      co_await timeout(careful("a", 1h, log, 5s), 2s);
    } catch (const TimeoutError&) {
      log->push_back("timed out");
    } catch (const Cancelled& cancelled) {
      log->push_back(std::string(to_string(cancelled.reason)));
    }
  };
  const auto number = spawn(story(&notes));
  advance(1s);
  bucket.cancel(number, CancelReason::kOwnerStopped);
  advance(1min);
  EXPECT_THAT(notes, ElementsAre("a: its owner stopped", "a clean", "its owner stopped"));
}

TEST_F(Groups, with_a_limit_are_cancelled_when_that_comes_during_the_cleanup_after_the_limit) {
  Notes notes;
  const auto story = [](Notes* log) -> Task<> {
    try {
      co_await timeout(careful("a", 1h, log, 5s), 2s);
    } catch (const TimeoutError&) {
      log->push_back("timed out");
    } catch (const Cancelled& cancelled) {
      log->push_back(std::string(to_string(cancelled.reason)));
    }
  };
  const auto number = spawn(story(&notes));
  advance(3s);
  bucket.cancel(number, CancelReason::kOwnerStopped);
  advance(1min);
  EXPECT_THAT(notes, ElementsAre("a: time limit reached", "a clean", "its owner stopped"));
}

TEST_F(Groups, with_a_limit_may_wait_for_ever) {
  const auto story = []() -> Task<> {
    co_await when_any(sleep(std::chrono::nanoseconds::max()), sleep(1s));
    co_await timeout(sleep(1s), std::chrono::nanoseconds::max() - 1ns);
  };
  run(story());
  EXPECT_EQ(elapsed(), 2s);
}

TEST_F(Groups, of_several_with_one_limit_throw_when_it_cut_one_short) {
  Notes notes;
  const auto story = [](Notes* log) -> Task<> {
    std::vector<Task<>> tasks;
    tasks.push_back(careful("a", 1s, log));
    tasks.push_back(careful("b", 1h, log));
    co_await gather(std::move(tasks), {.limit = 2s});
  };
  EXPECT_THROW(run(story(&notes)), TimeoutError);
  EXPECT_THAT(notes, UnorderedElementsAre("a done", "b: time limit reached"));
}

TEST_F(Groups, with_an_io_limit_follow_real_time) {
  bool timed_out = false;
  const auto story = [](bool* late, Loop* on) -> Task<> {
    AsyncEvent never;
    try {
      co_await io_timeout(never.wait(), 20ms);
    } catch (const TimeoutError&) {
      *late = true;
    }
    on->stop();
  };
  spawn(story(&timed_out, &loop));
  loop.run();
  EXPECT_TRUE(timed_out);
  EXPECT_EQ(elapsed(), 0s) << "home time stood still";
}

}  // namespace
}  // namespace hassette::async
