#include "async/bucket.hpp"

#include <gmock/gmock.h>

#include <hassette/error.hpp>

#include "async/testing.hpp"

namespace hassette::async {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Buckets : public InVirtualTime {
 public:
  Task<> note_after(std::chrono::nanoseconds time, std::string text) {
    co_await sleep(time);
    notes.push_back(std::move(text));
  }
  Notes notes;
};

TEST_F(Buckets, run_what_is_spawned_in_a_later_turn_and_in_order) {
  spawn(note_after(0s, "one"));
  spawn(note_after(0s, "two"));
  EXPECT_THAT(notes, IsEmpty());
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("one", "two"));
  EXPECT_EQ(bucket.size(), 0u);
}

TEST_F(Buckets, hand_errors_to_their_owner_and_go_on) {
  const auto failing = []() -> Task<> {
    co_await yield();
    throw Error("x", "boom");
  };
  spawn(failing());
  spawn(note_after(1s, "fine"));
  advance(2s);
  EXPECT_THAT(errors, ElementsAre("boom"));
  EXPECT_THAT(notes, ElementsAre("fine"));
}

TEST_F(Buckets, close_by_asking_and_waiting) {
  const auto slow_to_end = [](Notes* log) -> Task<> {
    std::exception_ptr error;
    try {
      co_await sleep(1h);
    } catch (const Cancelled& cancelled) {
      log->push_back(std::string(to_string(cancelled.reason)));
      error = std::current_exception();
    }
    co_await shield(sleep(3s), 10s);
    log->push_back("clean");
    if (error) std::rethrow_exception(error);
  };
  Bucket other(loop, {});
  other.spawn(label, slow_to_end(&notes));
  other.spawn(label, sleep(1h));
  loop.run_ready();
  run(other.close(CancelReason::kOwnerStopped));
  EXPECT_THAT(notes, ElementsAre("its owner stopped", "clean"));
  EXPECT_EQ(elapsed(), 3s);
  EXPECT_EQ(other.size(), 0u);
}

TEST_F(Buckets, cancel_at_once_what_is_spawned_after_they_closed) {
  Bucket other(loop, {});
  run(other.close(CancelReason::kOwnerStopped));
  EXPECT_TRUE(other.closed());
  other.spawn(label, note_after(1s, "late"));
  run(other.join());
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_EQ(elapsed(), 0s);
}

TEST_F(Buckets, join_without_asking_anybody_to_end) {
  Bucket other(loop, {});
  other.spawn(label, note_after(5s, "done"));
  run(other.join());
  EXPECT_THAT(notes, ElementsAre("done"));
  run(other.join());
}

TEST_F(Buckets, refuse_to_wait_for_the_task_that_waits) {
  const auto suicidal = [](Bucket* own) -> Task<> {
    co_await own->close(CancelReason::kRequested);
  };
  const auto in_a_group = [](Bucket* own) -> Task<> { co_await timeout(own->join(), 1h); };
  spawn(in_a_group(&bucket));
  loop.run_ready();
  spawn(suicidal(&bucket));
  loop.run_ready();
  EXPECT_EQ(errors.size(), 2u);
  EXPECT_EQ(bucket.size(), 0u);
}

TEST_F(Buckets, say_what_still_runs_in_the_order_of_its_start) {
  for (const char* name : {"c", "a", "b"}) bucket.spawn(intern_label("app", name), sleep(1h));
  Notes names;
  for (const Label* running : bucket.running()) names.push_back(running->task);
  EXPECT_THAT(names, ElementsAre("c", "a", "b"));
}

TEST_F(Buckets, forget_numbers_of_tasks_that_have_ended) {
  const auto number = spawn(yield());
  EXPECT_TRUE(bucket.contains(number));
  loop.run_ready();
  EXPECT_FALSE(bucket.contains(number));
  bucket.cancel(number, CancelReason::kRequested);
}

TEST_F(Buckets, may_be_called_by_destructors_of_the_frames_they_destroy) {
  struct Canceller {
    Bucket* of;
    ~Canceller() {
      for (std::uint64_t number = 1; number < 10; ++number) {
        of->cancel(number, CancelReason::kRequested);
      }
    }
  };
  const auto story = [](Bucket* own) -> Task<> {
    const Canceller at_the_end{own};
    co_await when_all(sleep(1h), sleep(2h));
  };
  Bucket other(loop, {});
  for (int i = 0; i < 3; ++i) other.spawn(label, story(&other));
  loop.run_ready();
}

Task<> when_all_of_two() {
  co_await when_all(sleep(1h), sleep(2h));
}

Task<> with_a_task_for_later(Task<> later) {
  co_await sleep(1h);
  co_await std::move(later);
}

TEST_F(Buckets, destroyed_early_report_no_task_as_forgotten) {
  const UnawaitedReports reports;
  {
    Bucket other(loop, {});
    other.spawn(label, when_all_of_two());
    other.spawn(label, with_a_task_for_later(sleep(1s)));
  }
  {
    Bucket other(loop, {});
    other.spawn(label, when_all_of_two());
    other.spawn(label, with_a_task_for_later(sleep(1s)));
    loop.run_ready();
  }
  EXPECT_THAT(reports.all(), IsEmpty());
}

// --- Started at once, inside the caller

TEST_F(Buckets, start_a_task_at_once_up_to_its_first_wait) {
  const auto number = bucket.spawn_now(label, note_after(1s, "later"));
  const auto plain = [](Notes* log) -> Task<> {
    log->push_back("at once");
    co_return;
  };
  const auto done = bucket.spawn_now(label, plain(&notes));
  EXPECT_THAT(notes, ElementsAre("at once"));
  EXPECT_TRUE(bucket.unfinished(number));
  EXPECT_FALSE(bucket.unfinished(done));
  EXPECT_EQ(bucket.size(), 2u) << "the owner is told in a later turn";
  advance(1s);
  EXPECT_THAT(notes, ElementsAre("at once", "later"));
  EXPECT_EQ(bucket.size(), 0u);
}

TEST_F(Buckets, tell_the_caller_from_what_it_starts_at_once) {
  const Label& inner_label = intern_label("other", "inner");
  const auto inner = [](Loop* on, Notes* log) -> Task<> {
    log->push_back(on->running()->label().task + " " + on->busy().label->task);
    co_await yield();
    log->push_back("inner ends");
  };
  const auto outer = [](Bucket* in, const Label* as, Task<> task, Notes* log) -> Task<> {
    const Fiber* mine = in->loop().running();
    in->spawn_now(*as, std::move(task));
    log->push_back(in->loop().running() == mine ? "outer goes on" : "somebody else");
    log->push_back(in->loop().busy().label->task);
    co_await yield();
  };
  spawn(outer(&bucket, &inner_label, inner(&loop, &notes), &notes));
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("inner inner", "outer goes on", "task", "inner ends"));
}

TEST_F(Buckets, hand_over_what_a_task_throws_at_once_in_a_later_turn) {
  const auto failing = []() -> Task<> {
    throw Error("x", "boom");
    co_return;
  };
  bucket.spawn_now(label, failing());
  EXPECT_THAT(errors, IsEmpty());
  loop.run_ready();
  EXPECT_THAT(errors, ElementsAre("boom"));
}

TEST_F(Buckets, let_a_task_cancel_the_one_that_has_started_it) {
  std::uint64_t outer_number = 0;
  const auto inner = [](Bucket* in, std::uint64_t* whom) -> Task<> {
    in->cancel(*whom, CancelReason::kRequested);
    co_return;
  };
  const auto outer = [](Bucket* in, const Label* as, Task<> task, Notes* log) -> Task<> {
    co_await yield();
    in->spawn_now(*as, std::move(task));
    log->push_back("goes on");
    co_await yield();
    log->push_back("not reached");
  };
  outer_number = spawn(outer(&bucket, &label, inner(&bucket, &outer_number), &notes));
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("goes on"));
}

// --- TaskBucket, what apps see

TEST_F(Buckets, destroy_what_is_abandoned_under_its_own_name) {
  std::vector<const Label*> shown;
  struct Note {
    Loop* loop;
    std::vector<const Label*>* shown;
    ~Note() { shown->push_back(loop->working_on()); }
  };
  const auto waits = [](Loop* its_loop, std::vector<const Label*>* list) -> Task<> {
    const Note note{its_loop, list};
    co_await sleep(1h);
  };
  const Label& other = intern_label("app", "other");
  bucket.spawn(other, waits(&loop, &shown));
  loop.run_ready();
  bucket.abandon();
  EXPECT_EQ(bucket.size(), 0u);
  EXPECT_EQ(shown, std::vector<const Label*>{&other});
  EXPECT_EQ(loop.working_on(), nullptr);
}

TEST_F(Buckets, destroy_unrun_what_the_destructors_of_abandoned_tasks_spawn) {
  const UnawaitedReports unawaited;
  Notes refused;
  Bucket going(loop, nullptr, [&](const Label& what) { refused.push_back(what.task); });
  struct Spawn {
    Bucket* into;
    Notes* notes;
    ~Spawn() {
      into->spawn(intern_label("app", "later"), write(notes));
      into->spawn_now(intern_label("app", "at once"), write(notes));
    }
    static Task<> write(Notes* notes) {
      notes->push_back("ran");
      co_return;
    }
  };
  const auto waits = [](Bucket* into, Notes* log) -> Task<> {
    const Spawn parting{into, log};
    co_await sleep(1h);
  };
  going.spawn(label, waits(&going, &notes));
  loop.run_ready();
  going.abandon();
  loop.run_ready();
  EXPECT_EQ(going.size(), 0u);
  EXPECT_THAT(refused, ElementsAre("later", "at once"));
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_THAT(unawaited.all(), IsEmpty());
  EXPECT_FALSE(going.unfinished(going.spawn(label, Spawn::write(&notes))));
}

}  // namespace
}  // namespace hassette::async
