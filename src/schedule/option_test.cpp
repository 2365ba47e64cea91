#include "schedule/testing.hpp"

namespace hassette::schedule {
namespace {

using namespace std::chrono;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Options : public InTime {
 public:
  auto taking(nanoseconds time) {
    return [this, time]() -> Task<> {
      notes.push_back("begins " + seconds_passed());
      co_await sleep(time);
      notes.push_back("ends " + seconds_passed());
    };
  }
  std::string seconds_passed() const { return std::to_string(floor<seconds>(elapsed()).count()); }
  RunResult run_now(Job job) {
    const auto ask = [](Job asked) -> Task<RunResult> { co_return co_await asked.run_now(); };
    return run(ask(std::move(job)));
  }
};

TEST_F(Options, where_says_no_and_the_schedule_goes_on) {
  bool wanted = false;
  const Job job = schedule(Every{10s}, noting(), {.name = "t", .where = [&] { return wanted; }});
  advance(25s);
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_EQ(job.counters().skipped, 2u);
  EXPECT_EQ(std::ranges::count(observer.lines, "t skipped"), 2);
  wanted = true;
  advance(10s);
  EXPECT_THAT(notes, SizeIs(1));
  EXPECT_EQ(job.counters().runs, 1u);
}

TEST_F(Options, where_that_throws_is_the_jobs_error) {
  async::Notes told;
  const Job job =
      schedule(Every{10s}, noting(),
               {.name = "t",
                .where = []() -> bool { throw Error("x", "no sensor"); },
                .on_error = [&told](const HandlerError& error) { told.push_back(error.message); }});
  advance(10s);
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_EQ(job.counters().failed, 1u);
  EXPECT_TRUE(job.active());
  EXPECT_THAT(told, ElementsAre("no sensor"));
  EXPECT_THAT(logged(), ElementsAre(AllOf(HasSubstr("`.where` of `t` failed"),
                                          HasSubstr("no sensor"), HasSubstr("testing.hpp:"))));
}

TEST_F(Options, where_that_cancels_the_job_ends_it) {
  Job job;
  job = schedule(Every{10s}, noting(), {.name = "t", .where = [&] {
                                          job.cancel();
                                          return true;
                                        }});
  advance(1min);
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_EQ(job.state(), JobState::kCancelled);
}

TEST_F(Options, window_keeps_a_job_to_its_hours) {
  start_at(2026y / 1 / 10, "20:30");
  const Job job = schedule(Every{1h}, noting(), {.name = "t", .window = between("22:00", "00:00")});
  advance(5h);
  EXPECT_THAT(notes, ElementsAre("01-10 22:30:00 CET", "01-10 23:30:00 CET"));
  EXPECT_EQ(job.counters().skipped, 3u);
  EXPECT_EQ(std::ranges::count(observer.lines, job.name() + " skipped"), 3);
}

TEST_F(Options, jitter_delays_each_run_and_not_the_schedule) {
  start_at(2026y / 1 / 10, "00:00");
  const Job job = schedule(Daily{"07:00"}, noting(), {.name = "t", .jitter = 30min});
  std::set<std::string> times;
  for (int day = 0; day < 30; ++day) {
    EXPECT_EQ(table.zone().to_local(*job.next_run()).time_of_day(), TimeOfDay("07:00"));
    const auto jitter = *job.fires_at() - *job.next_run();
    EXPECT_GE(jitter, 0s);
    EXPECT_LT(jitter, 30min);
    advance(24h);
  }
  EXPECT_THAT(notes, SizeIs(30)) << "never two for one day";
  for (const std::string& note : notes) times.insert(note.substr(6));
  EXPECT_GT(times.size(), 25u) << "and not always the same";
}

TEST_F(Options, jitter_repeats_with_the_seed_whatever_else_is_registered) {
  const auto draw = [&](std::uint64_t seed, bool another) {
    table.connect({.seed = seed});
    if (another) schedule(Every{1h}, [] {}, {.name = "another", .jitter = 1h});
    const Job job = schedule(Every{1h}, [] {}, {.name = "t", .jitter = 1h});
    const auto jitter = *job.fires_at() - *job.next_run();
    scheduler.cancel_all();
    return jitter;
  };
  const auto first = draw(1, false);
  EXPECT_EQ(first, draw(1, true));
  EXPECT_NE(first, draw(2, false));
}

TEST_F(Options, group_names_jobs_that_end_together) {
  schedule(Every{10s}, noting(), {.name = "a", .group = "night"});
  schedule(Every{10s}, noting(), {.name = "b", .group = "night"});
  const Job day = schedule(Every{10s}, noting(), {.name = "c", .group = "day"});
  EXPECT_THAT(scheduler.jobs("night"), SizeIs(2));
  EXPECT_EQ(scheduler.jobs("night")[1].name(), "b");
  EXPECT_EQ(scheduler.cancel_group("night"), 2u);
  EXPECT_EQ(scheduler.cancel_group("night"), 0u);
  EXPECT_THAT(scheduler.jobs(), ElementsAre(day));
  EXPECT_EQ(scheduler.find("c"), day);
  EXPECT_FALSE(scheduler.find("a").active());
}

TEST_F(Options, a_job_is_only_kept_for_one_that_is_the_same) {
  const auto handler = [this] { notes.push_back("ran"); };
  const auto always = [] { return true; };
  const JobOptions options{.name = "t", .where = always, .mode = queued(2)};
  const Job first = schedule(Daily{"07:00"}, handler, options);
  const auto difference = [&](auto its_handler, auto change) {
    JobOptions other = options;
    other.if_exists = IfExists::kSkip;
    change(other);
    const std::string said = refusal(schedule_task(Daily{"07:00"}, its_handler, other));
    EXPECT_THAT(said, HasSubstr("keeps the one registered at testing.hpp:"));
    return said.substr(said.find("differs in") + 11,
                       said.rfind(" [") - said.find("differs in") - 11);
  };
  EXPECT_EQ(difference([] {}, [](JobOptions&) {}), "the handler");
  EXPECT_EQ(difference(handler, [](JobOptions& o) { o.where = {}; }), ".where");
  EXPECT_EQ(difference(handler, [](JobOptions& o) { o.window = weekdays(); }), ".window");
  EXPECT_EQ(difference(handler, [](JobOptions& o) { o.jitter = 1min; }), ".jitter");
  EXPECT_EQ(difference(handler, [](JobOptions& o) { o.group = "night"; }), ".group");
  EXPECT_EQ(difference(handler, [](JobOptions& o) { o.mode = queued(3); }), ".mode");
  EXPECT_EQ(difference(handler, [](JobOptions& o) { o.timeout = 1min; }), ".timeout");
  EXPECT_EQ(difference(handler, [](JobOptions& o) { o.on_error = [](const HandlerError&) {}; }),
            ".on_error");
  EXPECT_EQ(difference(handler, [](JobOptions& o) { o.late = Late::kSkip; }), ".late");
  EXPECT_EQ(difference(handler,
                       [](JobOptions& o) {
                         o.late_tolerance = 5min;
                         o.clock = WallClockRule{.skipped = Skipped::kDropped};
                       }),
            ".late_tolerance, .clock");
  JobOptions same = options;
  same.if_exists = IfExists::kSkip;
  same.timeout = 10min;  // the default, said
  EXPECT_EQ(schedule(Daily{"07:00"}, handler, same), first);
}

TEST_F(Options, a_name_that_is_taken_is_refused_kept_or_replaced) {
  Job first = schedule(Every{10s}, noting(), {.name = "t"});
  EXPECT_THAT(refusal(Every{10s}), HasSubstr("has a job of this name already"));
  const Job same = schedule(Every{10s}, noting(), {.name = "t", .if_exists = IfExists::kSkip});
  EXPECT_EQ(same, first);
  EXPECT_THAT(refusal(Every{20s}, {.name = "t", .if_exists = IfExists::kSkip}),
              HasSubstr("there is one of this name that runs every 10 s"));
  const Job second = schedule(Every{20s}, [] {}, {.name = "t", .if_exists = IfExists::kReplace});
  EXPECT_NE(second, first);
  EXPECT_EQ(first.state(), JobState::kCancelled);
  EXPECT_TRUE(second.active());
  first.cancel();
  EXPECT_TRUE(second.active()) << "the old handle names the old job";
  advance(1min);
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_EQ(table.count(owner), 1u);
}

TEST_F(Options, a_name_is_free_again_when_its_job_has_ended) {
  schedule(After{1s}, noting(), {.name = "t"});
  advance(1s);
  schedule(After{1s}, noting(), {.name = "t"});
  advance(1s);
  EXPECT_THAT(notes, SizeIs(2));
}

TEST_F(Options, a_job_may_replace_itself_while_it_runs_and_goes_on_to_its_end) {
  const auto again = [](Options* test) -> Task<> {
    co_await test->scheduler.run_in(1h, [test] { test->notes.push_back("second"); },
                                    {.name = "t", .if_exists = IfExists::kReplace});
    co_await sleep(1s);
    test->notes.push_back("first went on");
  };
  schedule(Every{10s}, [this, again]() -> Task<> { co_await again(this); }, {.name = "t"});
  advance(2h);
  EXPECT_THAT(notes, ElementsAre("first went on", "second"));
  EXPECT_EQ(observer.last.outcome, run::Outcome::kSuccess);
}

TEST_F(Options, modes_decide_about_runs_that_overlap) {
  const Job single = schedule(Every{10s}, taking(15s), {.name = "single"});
  advance(26s);
  EXPECT_THAT(notes, ElementsAre("begins 10", "ends 25"));
  EXPECT_EQ(single.counters().suppressed, 1u);
  scheduler.cancel_all();
  notes.clear();
  const Job restart = schedule(Every{10s}, taking(15s), {.name = "r", .mode = Mode::kRestart});
  advance(25s);
  EXPECT_THAT(notes, ElementsAre("begins 36", "begins 46"));
  EXPECT_EQ(restart.counters().cancelled, 1u);
  scheduler.cancel_all();
  notes.clear();
  const Job queue = schedule(Every{10s}, taking(35s), {.name = "q", .mode = queued(1)});
  advance(40s);
  EXPECT_EQ(queue.counters().dropped, 2u);
  scheduler.cancel_all();
  const Job parallel =
      schedule(Every{10s}, taking(35s), {.name = "p", .mode = hassette::parallel(2)});
  advance(35s);
  EXPECT_EQ(parallel.counters().runs, 2u);
  EXPECT_EQ(parallel.counters().dropped, 1u);
}

TEST_F(Options, timeout_ends_a_run_and_is_told) {
  async::Notes told;
  const Job job =
      schedule(After{1s}, taking(1h),
               {.name = "t", .timeout = 5s, .on_error = [&told](const HandlerError& error) {
                  told.push_back(error.handler + (error.timed_out ? " timed out" : " failed"));
                }});
  advance(10s);
  EXPECT_EQ(job.counters().timed_out, 1u);
  EXPECT_EQ(job.last_run()->outcome, RunOutcome::kTimedOut);
  EXPECT_THAT(told, ElementsAre("t timed out"));
  schedule(After{1s}, taking(1h), {.name = "long"});
  advance(11min);
  EXPECT_EQ(observer.last.outcome, run::Outcome::kTimedOut) << "ten minutes by default";
  schedule(After{1s}, taking(1h), {.name = "longer", .timeout = kNoTimeout});
  advance(2h);
  EXPECT_EQ(observer.last.outcome, run::Outcome::kSuccess);
}

TEST_F(Options, on_error_of_the_app_hears_of_jobs_without_their_own) {
  async::Notes told;
  scheduler.on_error([&told](const HandlerError& error) {
    told.push_back(error.handler + ": " + error.message + " (" + error.cause + ")");
  });
  schedule(After{1s}, []() -> Task<> {
    co_await yield();
    throw Error("x", "boom");
  });
  advance(2s);
  EXPECT_THAT(told, ElementsAre("test: boom (in 1 s)"));
}

TEST_F(Options, late_runs_are_made_once_or_skipped) {
  start_at(2026y / 1 / 10, "06:00");
  const Job run_late = schedule(CronTimes{"*/10 * * * *"}, noting(), {.name = "run"});
  const Job skip = schedule(CronTimes{"*/10 * * * *"}, noting(),
                            {.name = "skip", .late = Late::kSkip, .late_tolerance = 30s});
  clock.step_wall(hours(3) + 5min);  // the machine slept
  table.clock_was_set();
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("01-10 09:05:00 CET"));
  EXPECT_EQ(run_late.counters().late, 1u);
  EXPECT_EQ(skip.counters().missed, 1u);
  EXPECT_EQ(std::ranges::count(observer.lines, "run late"), 1);
  EXPECT_EQ(std::ranges::count(observer.lines, "skip missed"), 1);
  advance(5min);
  EXPECT_THAT(notes, SizeIs(3)) << "and both go on";
}

TEST_F(Options, late_says_so_with_the_occasion_that_was_late) {
  schedule(Every{10s}, noting(), {.name = "t", .late_tolerance = 5s});
  advance(10s);
  EXPECT_THAT(logged(), IsEmpty());
  clock.jump_to(async::MonoTime(27s));
  loop.run_ready();
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("`t` begins 7 s late")));
}

TEST_F(Options, run_now_gives_the_outcome_and_leaves_the_schedule) {
  const Job job = schedule(Every{1h}, taking(3s), {.name = "t", .where = [] { return false; }});
  const TimePoint next = *job.next_run();
  const RunResult result = run_now(job);
  EXPECT_EQ(result.outcome, RunOutcome::kSuccess);
  EXPECT_EQ(result.duration, 3s);
  EXPECT_THAT(notes, ElementsAre("begins 0", "ends 3")) << "`.where` was not asked";
  EXPECT_EQ(job.next_run(), next);
  EXPECT_EQ(job.last_run()->outcome, RunOutcome::kSuccess);
  EXPECT_EQ(observer.last.cause, "run_now");
}

TEST_F(Options, run_now_tells_of_failure_and_of_what_did_not_begin) {
  const Job failing = schedule(Manual(), []() -> Task<> {
    co_await yield();
    throw Error("x", "boom");
  });
  const RunResult failed = run_now(failing);
  EXPECT_EQ(failed.outcome, RunOutcome::kError);
  EXPECT_EQ(failed.error, "boom");
  const Job busy = schedule(After{0s}, taking(1h));
  const Job manual = schedule(Manual(), taking(1h));
  const auto twice = [](Job job) -> Task<RunResult> {
    const auto [first, second] = co_await when_all(job.run_now(), job.run_now());
    EXPECT_EQ(first.outcome, RunOutcome::kTimedOut);
    co_return second;
  };
  EXPECT_EQ(run(twice(manual)).outcome, RunOutcome::kSuppressed);
  advance(1s);
  const auto ask = [](Job job) -> Task<> { co_await job.run_now(); };
  EXPECT_THROW(run(ask(busy)), Error) << "it has had its last time";
}

TEST_F(Options, run_now_from_inside_its_own_run_is_refused_where_it_would_wait_for_itself) {
  Job job;
  const auto ask = [](Job* own) -> Task<> { co_await own->run_now(); };
  job = schedule(Manual(), [&job, ask]() -> Task<> { co_await ask(&job); },
                 {.name = "t", .mode = queued(3)});
  const RunResult result = run_now(job);
  EXPECT_EQ(result.outcome, RunOutcome::kError);
  EXPECT_THAT(result.error, HasSubstr("cannot await another run of itself"));
}

TEST_F(Options, run_now_ends_for_its_caller_when_the_job_is_cancelled) {
  Job job = schedule(Manual(), taking(1h), {.name = "t", .mode = queued(3)});
  std::vector<RunOutcome> outcomes;
  const auto ask = [](Job asked, std::vector<RunOutcome>* into) -> Task<> {
    into->push_back((co_await asked.run_now()).outcome);
  };
  spawn(ask(job, &outcomes));
  spawn(ask(job, &outcomes));
  advance(1s);
  EXPECT_TRUE(job.running());
  job.cancel();
  loop.run_ready();
  EXPECT_THAT(outcomes, ElementsAre(RunOutcome::kCancelled, RunOutcome::kCancelled));
}

TEST_F(Options, manual_jobs_never_run_by_themselves) {
  const Job job = schedule(Manual(), noting());
  EXPECT_EQ(job.state(), JobState::kManual);
  EXPECT_TRUE(job.active());
  EXPECT_EQ(job.next_run(), std::nullopt);
  EXPECT_EQ(loop.timers(), 0u);
  advance(24h);
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(Options, what_has_ended_can_still_be_asked) {
  const Job job = schedule(After{1s}, noting(), {.name = "t", .group = "g"});
  advance(1min);
  EXPECT_EQ(job.state(), JobState::kCompleted);
  EXPECT_EQ(job.name(), "t");
  EXPECT_EQ(job.group(), "g");
  EXPECT_EQ(job.trigger(), "in 1 s");
  EXPECT_EQ(job.counters().succeeded, 1u);
  EXPECT_EQ(job.last_run()->began, async::kTestStart + 1s);
  EXPECT_EQ(Job().name(), "");
  EXPECT_EQ(Job().state(), JobState::kCancelled);
}

TEST_F(Options, that_contradict_are_refused) {
  EXPECT_THAT(refusal(Daily{"07:00"}, {.name = "t", .jitter = -1s}), HasSubstr("`.jitter`"));
  EXPECT_THAT(refusal(Daily{"07:00"}, {.name = "t", .timeout = 0s}), HasSubstr("`.timeout`"));
  EXPECT_THAT(refusal(Daily{"07:00"}, {.name = "t", .late_tolerance = -1s}),
              HasSubstr("`.late_tolerance`"));
  EXPECT_THAT(refusal(Daily{"07:00"}, {.name = "t", .mode = queued(0)}), HasSubstr("from 1 to"));
  EXPECT_THAT(refusal(Daily{"07:00"}, {.name = "t", .if_past = IfPast::kNow}),
              HasSubstr("`.if_past` belongs to run_once"));
  EXPECT_THAT(refusal(Daily{"07:00"}, {.name = "t", .aligned = true}),
              HasSubstr("`.aligned` belongs to run_every"));
  EXPECT_THAT(refusal(Every{1h}, {.name = "t", .start = loop.wall(), .aligned = true}),
              HasSubstr("keep one"));
  EXPECT_THAT(refusal(Every{1h}, {.name = "t", .clock = WallClockRule()}), HasSubstr("`.clock`"));
  EXPECT_THAT(refusal(Manual(), {.name = "t", .jitter = 1s}), HasSubstr("`.jitter` has no effect"));
  EXPECT_THAT(refusal(Every{1h}, {.name = "t", .missed = Missed::kSkip}),
              HasSubstr("`.missed` needs `.durable = true`"));
  EXPECT_THAT(refusal(Every{1h}, {.name = "t", .durable = true}), HasSubstr("keeps no ledger"));
}

}  // namespace
}  // namespace hassette::schedule
