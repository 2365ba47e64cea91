#include "schedule/testing.hpp"

namespace hassette::schedule {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Jobs : public InTime {
 public:
  /// Notes how much time has passed since the test began.
  auto noting_elapsed() {
    return [this] {
      notes.push_back(std::to_string(std::chrono::floor<std::chrono::seconds>(elapsed()).count()));
    };
  }
};

TEST_F(Jobs, run_members_lambdas_and_free_functions) {
  run_in(1s, &Clockwork::on_time);
  run_in(1s, &Clockwork::on_plain_time);
  run_in(1s, [this]() -> Task<> {
    co_await sleep(2s);
    notes.push_back("lambda");
  });
  advance(5s);
  EXPECT_THAT(notes, ElementsAre("member begins", "plain", "member ends", "lambda"));
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_F(Jobs, in_a_while_run_once_when_it_has_passed) {
  const Job job = run_in(90s, noting_elapsed());
  EXPECT_EQ(job.next_run(), loop.wall() + 90s);
  advance(89s);
  EXPECT_THAT(notes, IsEmpty());
  advance(1s);
  EXPECT_THAT(notes, ElementsAre("90"));
  EXPECT_FALSE(job.active());
  EXPECT_EQ(job.next_run(), std::nullopt);
  advance(1h);
  EXPECT_THAT(notes, SizeIs(1));
  EXPECT_THAT(observer.sources, IsEmpty()) << "nothing is kept of it";
}

TEST_F(Jobs, in_no_time_run_at_once_and_in_a_hundred_years_not_yet) {
  run_in(0s, noting_elapsed());
  run_in(24h * 36'525, noting_elapsed());
  run_every(24h * 36'525, noting_elapsed());
  advance(24h);
  EXPECT_THAT(notes, ElementsAre("0"));
}

TEST_F(Jobs, at_intervals_run_without_drift) {
  const Job job = run_every(10s, noting_elapsed());
  advance(35s);
  EXPECT_THAT(notes, ElementsAre("10", "20", "30"));
  EXPECT_TRUE(job.active());
  EXPECT_EQ(*job.next_run(), loop.wall() + 5s);
}

TEST_F(Jobs, at_intervals_skip_what_the_loop_missed) {
  run_every(10s, noting_elapsed());
  clock.jump_to(async::MonoTime(65s));  // the machine slept
  loop.run_ready();
  advance(10s);
  EXPECT_THAT(notes, ElementsAre("65", "70"));
}

TEST_F(Jobs, are_not_started_while_their_last_run_goes_on) {
  run_every(10s, [this]() -> Task<> {
    notes.push_back(std::to_string(std::chrono::floor<std::chrono::seconds>(elapsed()).count()));
    co_await sleep(25s);
  });
  advance(45s);
  EXPECT_THAT(notes, ElementsAre("10", "40"));
  EXPECT_EQ(std::ranges::count(observer.lines, "test held back"), 2);
}

TEST_F(Jobs, that_throw_are_logged_and_come_again) {
  run_every(10s, []() -> Task<> {
    co_await yield();
    throw Error("x", "boom");
  });
  advance(25s);
  ASSERT_THAT(observer.lines, SizeIs(4));
  EXPECT_THAT(logged(), ElementsAre(AllOf(HasSubstr("clock: `test` failed (every 10 s): boom"),
                                          HasSubstr("registered at testing.hpp:"))));
}

TEST_F(Jobs, cancelled_run_no_more) {
  Job waiting = run_in(10s, noting_elapsed());
  Job running = run_every(5s, [this]() -> Task<> {
    notes.push_back("begins");
    co_await sleep(1h);
    notes.push_back("not reached");
  });
  advance(6s);
  waiting.cancel();
  running.cancel();
  running.cancel();
  EXPECT_FALSE(waiting.active());
  advance(1h);
  EXPECT_THAT(notes, ElementsAre("begins"));
  EXPECT_EQ(loop.timers(), 0u);
  EXPECT_THAT(observer.sources, IsEmpty());
  Job().cancel();
  EXPECT_FALSE(Job().active());
}

TEST_F(Jobs, refuse_another_thread) {
  Job job = run_every(5s, [] {});
  for (const auto& call : std::vector<std::function<void()>>{
           [&] { job.cancel(); },
           [&] { static_cast<void>(job.active()); },
           [&] { static_cast<void>(job.state()); },
           [&] { static_cast<void>(job.counters()); },
           [&] { static_cast<void>(scheduler.jobs()); },
           [&] { scheduler.cancel_all(); },
       }) {
    EXPECT_THAT(async::on_another_thread(call),
                HasSubstr("was called on another thread than the loop's"));
  }
  EXPECT_TRUE(job.active());
  job.cancel();
  // A refusal that went with the job would depend on who is faster.
  EXPECT_THAT(async::on_another_thread([&] { static_cast<void>(job.active()); }),
              HasSubstr("Job::active was called on another thread"));
  EXPECT_THAT(async::on_another_thread([&] { static_cast<void>(job.last_run()); }),
              HasSubstr("Job::last_run was called on another thread"));
}

TEST_F(Jobs, cancelled_end_also_when_the_only_run_has_begun) {
  Job job = run_in(1s, &Clockwork::on_time);
  advance(1s);
  EXPECT_FALSE(job.active());
  job.cancel();
  advance(5s);
  EXPECT_THAT(notes, ElementsAre("member begins"));
}

TEST_F(Jobs, may_cancel_themselves_and_go_on_to_their_end) {
  Job own;
  const auto cancel_and_sleep = [](Job* job) -> Task<> {
    job->cancel();
    co_await sleep(1s);
  };
  own = run_every(10s, [this, &own, cancel_and_sleep]() -> Task<> {
    co_await timeout(cancel_and_sleep(&own), 1h);
    notes.push_back("went on");
  });
  advance(1h);
  EXPECT_THAT(notes, ElementsAre("went on"));
  EXPECT_EQ(observer.last.outcome, run::Outcome::kSuccess);
}

TEST_F(Jobs, end_with_the_app) {
  OtherApp other_app;
  Owner other{.app = "other", .self = &other_app, .bucket = &bucket, .timetable = &table};
  const auto others = [](Owner* who, async::Notes* into) -> Task<> {
    Scheduler theirs(*who);
    co_await theirs.run_in(10s, [into] { into->push_back("theirs"); }, {.name = "theirs"});
  };
  run(others(&other, &notes));
  run_in(10s, noting());
  run_daily("07:00", noting());
  run_every(1s, &Clockwork::on_time);
  EXPECT_EQ(table.count(owner), 3u);
  advance(1s);
  table.remove_all(owner, CancelReason::kOwnerStopped);
  EXPECT_EQ(table.count(owner), 0u);
  EXPECT_EQ(table.count(other), 1u);
  advance(24h);
  EXPECT_THAT(notes, ElementsAre("member begins", "theirs"));
}

TEST_F(Jobs, say_what_they_wait_for) {
  run_in(90s, [] {});
  run_every(20s, [] {});
  run_daily("06:30", [] {});
  run_once(TimeOfDay("22:15:30"), [] {});
  run_once(TimePoint(1'800'000'000s), [] {});
  async::Notes triggers;
  for (const auto& [number, of] : observer.sources) {
    EXPECT_EQ(of.kind, run::Kind::kJob);
    triggers.push_back(of.trigger);
  }
  EXPECT_THAT(triggers, ElementsAre(HasSubstr("in 1 min 30 s"), "every 20 s", "daily at 06:30",
                                    "once at 22:15:30", HasSubstr("once at 2027-01-15")));
}

TEST_F(Jobs, take_effect_when_they_are_awaited) {
  const async::UnawaitedReports reports;
  const auto late = [](InTime* test) -> Task<> {
    std::vector<Task<Job>> kept;
    kept.push_back(test->scheduler.run_in(10s, [] {}, {.name = "never"}));
    kept.push_back(test->scheduler.run_in(10s, test->noting(), {.name = "later"}));
    EXPECT_EQ(test->table.count(test->owner), 0u);
    co_await sleep(5s);
    co_await std::move(kept[1]);
  };
  run(late(this));
  EXPECT_THAT(reports.all(), SizeIs(1));
  advance(9s);
  EXPECT_THAT(notes, IsEmpty()) << "ten seconds from when it was awaited";
  advance(1s);
  EXPECT_THAT(notes, SizeIs(1));
}

TEST_F(Jobs, are_refused_with_a_reason) {
  EXPECT_THAT(refusal(in_task(1s, [] {}, {.name = ""})), HasSubstr(".name is empty"));
  EXPECT_THAT(refusal(in_task(-1s, [] {}, {.name = "t"})),
              HasSubstr("job `t`: the delay is negative"));
  EXPECT_THAT(refusal(every_task(0s, [] {}, {.name = "t"})),
              HasSubstr("shorter than a millisecond"));
  EXPECT_THAT(refusal(every_task(-5s, [] {}, {.name = "t"})),
              HasSubstr("the interval is negative"));
  EXPECT_THAT(refusal(daily_task(TimeOfDay(), [] {}, {.name = "t"})), HasSubstr("unset"));
  EXPECT_THAT(refusal(once_task(TimeOfDay(), [] {}, {.name = "t"})), HasSubstr("unset"));
  EXPECT_THAT(refusal(in_task(1s, &OtherApp::handler, {.name = "t"})),
              HasSubstr("a member handler belongs to the app that registers it"));
  std::vector<Task<Job>> none;
  EXPECT_THROW(none.push_back(scheduler.run_in(1s, [] {}, {.name = "t"})), LogicError)
      << "outside the loop";
}

TEST_F(Jobs, of_an_app_that_has_stopped_are_refused) {
  async::Bucket stopped(loop, {});
  run(stopped.close(CancelReason::kOwnerStopped));
  owner.bucket = &stopped;
  EXPECT_THAT(refusal(in_task(1s, [] {}, {.name = "t"})), HasSubstr("its app has stopped"));
  owner.bucket = &bucket;
}

}  // namespace
}  // namespace hassette::schedule
