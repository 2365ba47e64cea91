#include "run/runner.hpp"

#include <hassette/error.hpp>

#include "run/testing.hpp"

namespace hassette::run {
namespace {

using async::Notes;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A registration with its runner, as listeners and jobs are; its runs keep it alive.
struct Registration : std::enable_shared_from_this<Registration> {
  Registration(async::Bucket& bucket, Observer& observer, Mode mode,
               std::chrono::nanoseconds timeout = kNoTimeout)
      : runner(bucket, observer,
               {.kind = Kind::kListener,
                .app = "lights",
                .name = "motion",
                .trigger = "test",
                .where = std::source_location::current()},
               mode, timeout) {}
  Submitted submit(Task<> task, std::string cause, Runner::LaneKey lane = 0);
  Runner runner;
  std::vector<std::string> failures;
};

struct TestRun final : Run {
  TestRun(std::shared_ptr<Registration> its_registration, Task<> its_task, std::string its_cause)
      : registration(std::move(its_registration)), why(std::move(its_cause)) {
    task.push_back(std::move(its_task));
  }
  ~TestRun() override {
    const async::TearDown silent;  // these tests make each run's task before it may start
    task.clear();
  }
  [[clang::coro_wrapper]] Task<> start() override { return std::move(task[0]); }
  std::string cause() const override { return why; }
  void failed(const Failure& failure) override {
    registration->failures.push_back(failure.cause + ": " + failure.message +
                                     (failure.timed_out ? " (time)" : ""));
  }
  std::shared_ptr<Registration> registration;
  std::vector<Task<>> task;
  std::string why;
};

Submitted Registration::submit(Task<> task, std::string cause, Runner::LaneKey lane) {
  return runner.submit(
      std::make_unique<TestRun>(shared_from_this(), std::move(task), std::move(cause)), lane);
}

class Running : public Observed {
 public:
  std::shared_ptr<Registration> make(Mode mode) {
    return std::make_shared<Registration>(bucket, observer, mode);
  }
  Task<> write_down(std::string name) {
    notes.push_back(std::move(name));
    co_return;
  }

  Task<> work(std::string name, std::chrono::nanoseconds time) {
    notes.push_back(name + " begins");
    try {
      co_await sleep(time);
    } catch (const Cancelled& cancelled) {
      notes.push_back(name + ": " + std::string(to_string(cancelled.reason)));
      throw;
    }
    notes.push_back(name + " ends");
  }
  Notes notes;
};

TEST_F(Running, reports_a_run_with_its_cause_and_length) {
  const auto registration = make(Mode::kSingle);
  registration->submit(work("a", 3s), "light.hall: off → on");
  EXPECT_TRUE(registration->runner.running());
  advance(5s);
  EXPECT_FALSE(registration->runner.running());
  EXPECT_THAT(observer.lines, ElementsAre("motion started", "motion succeeded"));
  EXPECT_EQ(observer.last.duration, 3s);
  EXPECT_EQ(observer.last.cause, "light.hall: off → on");
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_F(Running, single_does_not_start_a_second_run) {
  const auto registration = make(Mode::kSingle);
  registration->submit(work("a", 1s), "");
  registration->submit(work("b", 1s), "");
  advance(2s);
  registration->submit(work("c", 1s), "");
  advance(2s);
  EXPECT_THAT(notes, ElementsAre("a begins", "a ends", "c begins", "c ends"));
  EXPECT_THAT(observer.lines, ElementsAre("motion started", "motion held back", "motion succeeded",
                                          "motion started", "motion succeeded"));
}

TEST_F(Running, restart_awaits_the_old_run_before_the_new_one) {
  const auto registration = make(Mode::kRestart);
  const auto with_cleanup = [](Running* test) -> Task<> {
    std::exception_ptr error;
    try {
      co_await test->work("a", 1h);
    } catch (...) {
      error = std::current_exception();
    }
    co_await shield(sleep(2s), 1h);
    test->notes.push_back("a clean");
    if (error) std::rethrow_exception(error);
  };
  registration->submit(with_cleanup(this), "first");
  advance(1s);
  registration->submit(work("b", 1s), "second");
  advance(1s);
  registration->submit(work("c", 1s), "third");
  advance(10s);
  EXPECT_THAT(notes, ElementsAre("a begins", "a: replaced by a newer run", "a clean", "c begins",
                                 "c ends"));
  EXPECT_THAT(observer.lines, ElementsAre("motion started", "motion held back", "motion cancelled",
                                          "motion started", "motion succeeded"))
      << "b, replaced before it began, is counted";
}

TEST_F(Running, begins_a_run_inside_the_call_that_submits_it) {
  const auto registration = make(Mode::kSingle);
  registration->submit(write_down("a"), "");
  EXPECT_THAT(notes, ElementsAre("a")) << "it ran without a turn of the loop";
  registration->submit(write_down("b"), "");
  EXPECT_THAT(notes, ElementsAre("a", "b")) << "what awaits nothing is never found running";
}

TEST_F(Running, restart_within_one_turn_runs_the_last) {
  const auto registration = make(Mode::kRestart);
  registration->submit(work("a", 1s), "");
  registration->submit(work("b", 1s), "");
  advance(5s);
  EXPECT_THAT(notes, ElementsAre("a begins", "a: replaced by a newer run", "b begins", "b ends"));
  EXPECT_THAT(observer.lines, ElementsAre("motion started", "motion cancelled", "motion started",
                                          "motion succeeded"));
}

TEST_F(Running, queued_keeps_order_and_drops_the_newest_when_full) {
  const auto registration = make(Mode::kQueued);
  for (int i = 0; i < 13; ++i) registration->submit(work(std::to_string(i), 1s), "");
  advance(1min);
  Notes expected;
  for (int i = 0; i < 11; ++i) {
    expected.push_back(std::to_string(i) + " begins");
    expected.push_back(std::to_string(i) + " ends");
  }
  EXPECT_EQ(notes, expected);
  EXPECT_EQ(std::ranges::count(observer.lines, "motion dropped"), 2);
  EXPECT_EQ(elapsed(), 1min);
}

TEST_F(Running, queued_goes_on_after_a_run_that_fails) {
  const auto registration = make(Mode::kQueued);
  const auto failing = []() -> Task<> {
    co_await sleep(1s);
    throw Error("x", "boom");
  };
  registration->submit(failing(), "");
  registration->submit(work("b", 1s), "");
  advance(5s);
  EXPECT_THAT(notes, ElementsAre("b begins", "b ends"));
}

TEST_F(Running, parallel_runs_side_by_side) {
  const auto registration = make(Mode::kParallel);
  registration->submit(work("a", 2s), "");
  registration->submit(work("b", 1s), "");
  advance(5s);
  EXPECT_THAT(notes, ElementsAre("a begins", "b begins", "b ends", "a ends"));
  EXPECT_FALSE(registration->runner.running());
}

TEST_F(Running, logs_what_a_run_throws_with_all_that_helps_to_find_it) {
  const auto registration = make(Mode::kSingle);
  const auto failing = []() -> Task<> {
    co_await yield();
    throw Error("not_found", "no such light");
  };
  registration->submit(failing(), "light.hall: off → on");
  loop.run_ready();
  EXPECT_THAT(
      logged(),
      ElementsAre(AllOf(HasSubstr("lights: `motion` failed"), HasSubstr("light.hall: off → on"),
                        HasSubstr("no such light"), HasSubstr("registered at runner_test.cpp:"))));
  EXPECT_EQ(observer.last.outcome, Outcome::kError);
  EXPECT_EQ(observer.last.error, "no such light");
  EXPECT_THAT(errors, IsEmpty()) << "it ends nothing but the run";
}

TEST_F(Running, stands_what_is_no_exception_of_the_standard_library) {
  const auto registration = make(Mode::kSingle);
  const auto failing = []() -> Task<> {
    co_await yield();
    throw 42;
  };
  registration->submit(failing(), "");
  loop.run_ready();
  EXPECT_EQ(observer.last.outcome, Outcome::kError);
  EXPECT_THAT(observer.last.error, HasSubstr("std::exception"));
}

TEST_F(Running, lanes_neither_wait_for_nor_count_against_each_other) {
  for (const Mode mode : {Mode(Mode::kSingle), queued(1), Mode(Mode::kRestart)}) {
    notes.clear();
    const auto registration = make(mode);
    EXPECT_EQ(registration->submit(work("a", 2s), "", 7), Submitted::kStarted);
    EXPECT_EQ(registration->submit(work("b", 1s), "", 8), Submitted::kStarted);
    EXPECT_EQ(registration->submit(work("c", 1s), "", 9), Submitted::kStarted);
    advance(5s);
    EXPECT_THAT(notes,
                ElementsAre("a begins", "b begins", "c begins", "b ends", "c ends", "a ends"));
    EXPECT_FALSE(registration->runner.running());
    EXPECT_EQ(registration->submit(work("d", 1s), "", 8), Submitted::kStarted);
    EXPECT_NE(registration->submit(work("e", 1s), "", 8), Submitted::kStarted);
    advance(5s);
  }
}

TEST_F(Running, limits_what_waits_and_what_runs_side_by_side) {
  const auto waiting = make(queued(2));
  const Submitted expected[] = {Submitted::kStarted, Submitted::kWaits, Submitted::kWaits,
                                Submitted::kDropped};
  for (const Submitted what : expected) EXPECT_EQ(waiting->submit(work("q", 1s), ""), what);
  const auto parallel_runs = make(parallel(2));
  const Submitted side_by_side[] = {Submitted::kStarted, Submitted::kStarted, Submitted::kDropped};
  for (const Submitted what : side_by_side) {
    EXPECT_EQ(parallel_runs->submit(work("p", 1s), ""), what);
  }
  advance(1s);
  EXPECT_EQ(parallel_runs->submit(work("p", 1s), ""), Submitted::kStarted);
  advance(1min);
  EXPECT_EQ(std::ranges::count(notes, "q ends"), 3);
  EXPECT_EQ(std::ranges::count(notes, "p ends"), 3);
  EXPECT_THAT(logged(), testing::SizeIs(2)) << "once a burst; a burst of one needs no sum";
}

TEST_F(Running, ends_a_run_that_takes_longer_than_it_may) {
  const auto registration = std::make_shared<Registration>(bucket, observer, Mode::kQueued, 2s);
  registration->submit(work("a", 1h), "first");
  registration->submit(work("b", 1h), "second");
  registration->submit(work("c", 1s), "third");
  advance(10s);
  EXPECT_THAT(notes, ElementsAre("a begins", "a: time limit reached", "b begins",
                                 "b: time limit reached", "c begins", "c ends"));
  EXPECT_THAT(observer.lines,
              ElementsAre("motion started", "motion timed out", "motion started",
                          "motion timed out", "motion started", "motion succeeded"));
  EXPECT_THAT(registration->failures,
              ElementsAre("first: it did not end within 2 s and was cancelled (time)",
                          "second: it did not end within 2 s and was cancelled (time)"));
  EXPECT_EQ(elapsed(), 10s);
}

TEST_F(Running, has_no_time_limit_left_of_a_run_that_has_ended) {
  const auto registration = std::make_shared<Registration>(bucket, observer, Mode::kSingle, 2s);
  registration->submit(work("a", 1s), "");
  registration->submit(write_down("held back"), "");
  advance(1s);
  EXPECT_EQ(loop.timers(), 0u);
  registration->submit(write_down("plain"), "");
  EXPECT_EQ(loop.timers(), 0u) << "what ends at once needs none";
}

TEST_F(Running, cancel_ends_what_runs_and_drops_what_waits) {
  const auto registration = make(Mode::kQueued);
  registration->submit(work("a", 1h), "");
  registration->submit(work("b", 1h), "");
  loop.run_ready();
  registration->runner.cancel(CancelReason::kRequested);
  advance(1s);
  EXPECT_THAT(notes, ElementsAre("a begins", "a: cancelled on request"));
  EXPECT_THAT(observer.lines, ElementsAre("motion started", "motion cancelled"));
  EXPECT_EQ(bucket.size(), 0u);
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_F(Running, cancel_spares_the_run_that_calls_it) {
  const auto registration = make(Mode::kParallel);
  const auto calling = [](Running* test, Runner* runner) -> Task<> {
    co_await sleep(1s);
    runner->cancel(CancelReason::kRequested);
    co_await test->work("caller", 1s);
  };
  registration->submit(work("other", 1h), "");
  registration->submit(calling(this, &registration->runner), "");
  advance(5s);
  EXPECT_THAT(notes, ElementsAre("other begins", "caller begins", "other: cancelled on request",
                                 "caller ends"));
}

TEST_F(Running, cancel_spares_it_also_when_called_within_a_time_limit) {
  const auto registration = make(Mode::kSingle);
  const auto cancelling = [](Runner* runner) -> Task<> {
    runner->cancel(CancelReason::kRequested);
    co_await sleep(1s);
  };
  const auto calling = [](Running* test, Task<> inner) -> Task<> {
    co_await timeout(std::move(inner), 1min);
    test->notes.push_back("went on");
  };
  registration->submit(calling(this, cancelling(&registration->runner)), "");
  advance(5s);
  EXPECT_THAT(notes, ElementsAre("went on"));
}

TEST_F(Running, keeps_its_registration_until_the_last_run_has_ended) {
  auto registration = make(Mode::kQueued);
  registration->submit(work("a", 1s), "");
  registration->submit(work("b", 1s), "");
  const std::weak_ptr<Registration> watched = registration;
  registration.reset();
  advance(1s);
  EXPECT_FALSE(watched.expired());
  advance(1s);
  EXPECT_TRUE(watched.expired());
  EXPECT_THAT(observer.sources, IsEmpty());
  EXPECT_EQ(notes.back(), "b ends");
}

TEST_F(Running, leaves_nothing_behind_when_its_bucket_is_destroyed) {
  for (const int turns : {0, 1, 3}) {
    auto doomed = std::make_unique<async::Bucket>(loop, async::Bucket::OnError());
    auto registration = std::make_shared<Registration>(*doomed, observer, Mode::kQueued);
    for (int i = 0; i < 3; ++i) registration->submit(work("a", 1h), "");
    const std::weak_ptr<Registration> watched = registration;
    registration.reset();
    for (int i = 0; i < turns; ++i) loop.turn(false);
    doomed.reset();
    EXPECT_TRUE(watched.expired()) << turns;
  }
}

}  // namespace
}  // namespace hassette::run
