#include <hassette/error.hpp>

#include "async/testing.hpp"

namespace hassette::async {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Cancelling : public InVirtualTime {};

/// Awaits `inner` and notes how that ended.
Task<> watch(Task<> inner, Notes* notes) {
  try {
    co_await std::move(inner);
    notes->push_back("ended");
  } catch (const Cancelled& cancelled) {
    notes->push_back("cancelled: " + std::string(to_string(cancelled.reason)));
    throw;
  }
}

TEST_F(Cancelling, reaches_a_sleep_at_once_and_carries_the_reason) {
  Notes notes;
  const auto number = spawn(watch(sleep(1h), &notes));
  loop.run_ready();
  bucket.cancel(number, CancelReason::kOwnerStopped);
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("cancelled: its owner stopped"));
  EXPECT_EQ(elapsed(), 0s);
  EXPECT_EQ(loop.timers(), 0u);
  EXPECT_THAT(errors, IsEmpty());
}

TEST_F(Cancelling, reaches_an_event_a_channel_and_a_real_time_sleep) {
  Notes notes;
  AsyncEvent event;
  Channel<int> channel(1);
  const auto receive = [](Channel<int>* from) -> Task<> { co_await from->receive(); };
  const auto send = [](Channel<int>* to) -> Task<> {
    co_await to->send(1);
    co_await to->send(2);
    co_await to->send(3);
  };
  Channel<int> full(1);
  spawn(watch(event.wait(), &notes));
  spawn(watch(receive(&channel), &notes));
  spawn(watch(send(&full), &notes));
  spawn(watch(io_sleep(1h), &notes));
  loop.run_ready();
  ASSERT_EQ(bucket.size(), 4u);
  for (std::uint64_t number = 1; number <= 4; ++number) {
    bucket.cancel(number, CancelReason::kRequested);
  }
  loop.run_ready();
  EXPECT_EQ(notes, Notes(4, "cancelled: cancelled on request"));
  event.set();
  EXPECT_TRUE(channel.try_send(1));
  EXPECT_EQ(full.size(), 1u);
}

TEST_F(Cancelling, is_inherited_by_awaited_children_of_every_kind) {
  Notes notes;
  const auto nested = [](Notes* log) -> Task<> {
    co_await when_all(watch(sleep(1h), log), timeout(watch(sleep(2h), log), 3h),
                      when_any(watch(sleep(3h), log), watch(sleep(4h), log)));
  };
  const auto number = spawn(watch(nested(&notes), &notes));
  loop.run_ready();
  bucket.cancel(number, CancelReason::kShutdown);
  loop.run_ready();
  EXPECT_EQ(notes, Notes(5, "cancelled: the engine stops"));
  EXPECT_EQ(loop.timers(), 0u);
  EXPECT_EQ(bucket.size(), 0u);
}

TEST_F(Cancelling, stays_in_force_after_it_was_caught) {
  Notes notes;
  const auto stubborn = [](Notes* log) -> Task<> {
    for (int i = 0; i < 3; ++i) {
      try {
        co_await sleep(1h);
      } catch (const Cancelled&) {
        log->push_back("again");
      }
    }
  };
  const auto number = spawn(stubborn(&notes));
  loop.run_ready();
  bucket.cancel(number, CancelReason::kRequested);
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("again", "again", "again"));
  EXPECT_EQ(elapsed(), 0s);
}

TEST_F(Cancelling, is_not_swallowed_with_the_authors_exceptions) {
  Notes notes;
  const auto careless = [](Notes* log) -> Task<> {
    try {
      co_await sleep(1h);
    } catch (const std::exception&) {
      log->push_back("swallowed");
    }
    log->push_back("went on");
  };
  const auto number = spawn(watch(careless(&notes), &notes));
  loop.run_ready();
  bucket.cancel(number, CancelReason::kRequested);
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("cancelled: cancelled on request"));
}

TEST_F(Cancelling, keeps_the_first_reason) {
  Notes notes;
  const auto number = spawn(watch(sleep(1h), &notes));
  loop.run_ready();
  bucket.cancel(number, CancelReason::kTimeout);
  bucket.cancel(number, CancelReason::kShutdown);
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("cancelled: time limit reached"));
}

TEST_F(Cancelling, does_not_lose_a_result_that_came_first) {
  Notes notes;
  Channel<int> channel(1);
  const auto receiver = [](Channel<int>* from, Notes* log) -> Task<> {
    const auto got = co_await from->receive();
    log->push_back(std::to_string(*got));
    co_await yield();
    log->push_back("not reached");
  };
  const auto number = spawn(receiver(&channel, &notes));
  loop.run_ready();
  EXPECT_TRUE(channel.try_send(7));
  bucket.cancel(number, CancelReason::kRequested);
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("7"));
  EXPECT_EQ(channel.size(), 0u);
}

TEST_F(Cancelling, does_not_lose_it_within_a_timeout_either) {
  Notes notes;
  Channel<int> channel(1);
  const auto receiver = [](Channel<int>* from, Notes* log) -> Task<> {
    const auto got = co_await timeout(from->receive(), 1h);
    log->push_back(std::to_string(*got));
    co_await yield();
    log->push_back("not reached");
  };
  const auto number = spawn(receiver(&channel, &notes));
  loop.run_ready();
  EXPECT_TRUE(channel.try_send(7));
  bucket.cancel(number, CancelReason::kRequested);
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("7"));
  EXPECT_EQ(channel.size(), 0u);
}

TEST_F(Cancelling, before_the_first_run_shows_at_the_first_wait) {
  Notes notes;
  const auto story = [](Notes* log) -> Task<> {
    log->push_back(cancel_requested() ? "knows" : "does not know");
    co_await sleep(0s);
    log->push_back("not reached");
  };
  bucket.cancel(spawn(watch(story(&notes), &notes)), CancelReason::kRequested);
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("knows", "cancelled: cancelled on request"));
}

TEST_F(Cancelling, takes_along_tasks_that_stood_ready_without_reporting_them) {
  const UnawaitedReports reports;
  Notes notes;
  const auto story = [](Notes* log) -> Task<> {
    std::vector<Task<>> later;
    later.push_back(watch(sleep(3h), log));
    co_await when_all(sleep(1h), sleep(2h));
    co_await std::move(later[0]);
  };
  const auto grouped_when_cancelled = [](Notes*) -> Task<> {
    co_await when_all(sleep(1h), timeout(sleep(2h), 1h));
  };
  const auto number = spawn(story(&notes));
  loop.run_ready();
  bucket.cancel(number, CancelReason::kRequested);
  bucket.cancel(spawn(grouped_when_cancelled(&notes)), CancelReason::kRequested);
  loop.run_ready();
  EXPECT_EQ(bucket.size(), 0u);
  EXPECT_THAT(reports.all(), IsEmpty());
}

// --- Shielded cleanup

Task<> cleanup(std::chrono::nanoseconds time, Notes* notes) {
  notes->push_back("cleaning");
  co_await sleep(time);
  notes->push_back("clean");
}

Task<> work_and_clean_up(std::chrono::nanoseconds time, Notes* notes) {
  std::exception_ptr error;
  try {
    co_await sleep(1h);
  } catch (...) {
    error = std::current_exception();
  }
  co_await shield(cleanup(time, notes), 5s);
  if (error) std::rethrow_exception(error);
}

TEST_F(Cancelling, lets_shielded_cleanup_finish) {
  Notes notes;
  const auto number = spawn(watch(work_and_clean_up(3s, &notes), &notes));
  loop.run_ready();
  bucket.cancel(number, CancelReason::kRequested);
  advance(10s);
  EXPECT_THAT(notes, ElementsAre("cleaning", "clean", "cancelled: cancelled on request"));
}

TEST_F(Cancelling, does_not_interrupt_a_shield_that_began_before) {
  Notes notes;
  const auto story = [](Notes* log) -> Task<> {
    co_await shield(cleanup(3s, log), 5s);
    log->push_back("after the shield");
    co_await sleep(1s);
    log->push_back("not reached");
  };
  const auto number = spawn(story(&notes));
  advance(1s);
  bucket.cancel(number, CancelReason::kRequested);
  advance(10s);
  EXPECT_THAT(notes, ElementsAre("cleaning", "clean", "after the shield"));
  EXPECT_EQ(bucket.size(), 0u);
}

TEST_F(Cancelling, ends_a_shield_at_its_deadline) {
  Notes notes;
  const auto number = spawn(watch(work_and_clean_up(1h, &notes), &notes));
  loop.run_ready();
  bucket.cancel(number, CancelReason::kRequested);
  advance(4s);
  EXPECT_THAT(notes, ElementsAre("cleaning"));
  advance(2s);
  EXPECT_EQ(bucket.size(), 0u);
  EXPECT_THAT(errors, ElementsAre("not finished after 5 s"));
}

TEST_F(Cancelling, gives_the_result_of_shielded_work) {
  const auto answer = []() -> Task<int> {
    co_await sleep(1s);
    co_return 42;
  };
  EXPECT_EQ(run(shield(answer(), 2s)), 42);
  EXPECT_THROW(run(shield(answer(), 500ms)), TimeoutError);
}

TEST_F(Cancelling, itself_from_within_shows_at_the_next_wait) {
  Notes notes;
  std::uint64_t number = 0;
  const auto story = [](Bucket* own, std::uint64_t* mine, Notes* log) -> Task<> {
    co_await yield();
    own->cancel(*mine, CancelReason::kRequested);
    log->push_back("still running");
    co_await sleep(1s);
    log->push_back("not reached");
  };
  number = spawn(watch(story(&bucket, &number, &notes), &notes));
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("still running", "cancelled: cancelled on request"));
}

}  // namespace
}  // namespace hassette::async
