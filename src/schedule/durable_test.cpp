// Durable jobs over restarts, and over a crash at every step of what they write.
#include "schedule/life_testing.hpp"

namespace hassette::schedule {
namespace {

using namespace std::chrono;
using run::Disk;
using run::Durable;
using run::LedgerEntry;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Date kNextDay = 2026y / 1 / 11;

struct Case {
  Interrupted interrupted;
  bool eager;
  Trigger trigger;
  /// One that has ended leaves nothing behind, and begins anew where it is registered again.
  bool is_delay = false;
};

/// The engine dies at one step, is away for ten minutes, and lives on until the next morning. Gives
/// whether it died at all.
bool dies_and_comes_back(const Case& how, int step) {
  SCOPED_TRACE(fmt::format("power fails at step {}, {}", step, how.eager ? "eager" : "lazy"));
  Disk disk;
  disk.dies_at = step;
  std::vector<TimePoint> first;
  std::vector<TimePoint> second;
  const JobOptions options{.name = "", .interrupted = how.interrupted};
  std::optional<TimePoint> died;
  {
    Life life(disk, at(kDay, "06:00"), how.eager);
    life.add(how.trigger, options, first);
    while (!life.dead() && life.now() < at(kDay, "07:30")) life.until(life.now() + 5s);
    if (life.dead()) died = life.now();
  }
  if (!died) {
    EXPECT_THAT(first, SizeIs(1));
    return false;
  }
  disk.dead = false;
  disk.dies_at.reset();
  const auto found = disk.written.find({"app", "wake"});
  const bool begun =
      found != disk.written.end() && !found->second.open.empty() && found->second.open[0].begun > 0;
  const bool ended = how.is_delay ? found == disk.written.end() && !first.empty()
                                  : found != disk.written.end() && found->second.open.empty() &&
                                        found->second.last == at(kDay, "07:00");
  {
    Life life(disk, *died + 10min, how.eager);
    life.add(how.trigger, options, second);
    life.until(at(kNextDay, "06:00"));
    EXPECT_FALSE(life.dead());
  }
  EXPECT_LE(first.size(), 1u);
  if (!first.empty()) EXPECT_TRUE(begun || ended) << "no run starts before that is on disk";
  if (ended) {
    EXPECT_THAT(second, SizeIs(how.is_delay ? 1 : 0)) << "it had ended";
  } else if (begun) {
    EXPECT_EQ(second.size(), how.interrupted == Interrupted::kAgain ? 1u : 0u) << "interrupted";
  } else {
    EXPECT_THAT(first, IsEmpty());
    EXPECT_THAT(second, SizeIs(1)) << "what had not started starts exactly once";
  }
  return true;
}

TEST(Durable, starts_once_what_had_not_started_wherever_the_power_fails) {
  for (const Interrupted interrupted : {Interrupted::kAgain, Interrupted::kSkip}) {
    for (const bool eager : {false, true}) {
      for (const Trigger& trigger : {Trigger(Daily{"07:00"}), Trigger(At{at(kDay, "07:00")}),
                                     Trigger(CronTimes{"0 7 * * *"})}) {
        int steps = 0;
        while (dies_and_comes_back({interrupted, eager, trigger}, steps)) ++steps;
        EXPECT_GE(steps, 8) << "put, write and settle of registration, due, begin and end";
      }
      int steps = 0;
      while (dies_and_comes_back({interrupted, eager, After{1h}, true}, steps)) ++steps;
      EXPECT_GE(steps, 8);
    }
  }
}

TEST(Durable, a_delay_keeps_its_moment_over_a_restart) {
  Disk disk;
  std::vector<TimePoint> starts;
  {
    Life life(disk, at(kDay, "06:00"));
    life.add(After{1h}, {.name = ""}, starts);
    life.until(at(kDay, "06:30"));
    life.stop();
  }
  disk.dead = false;
  Life life(disk, at(kDay, "06:40"));
  const Job job = life.add(After{1h}, {.name = ""}, starts);
  EXPECT_EQ(job.next_run(), at(kDay, "07:00"));
  life.until(at(kDay, "08:00"));
  EXPECT_THAT(starts, ElementsAre(at(kDay, "07:00")));
}

TEST(Durable, a_delay_keeps_its_length_although_the_clock_is_set_before_a_restart) {
  for (const auto step : {3h, -3h}) {
    Disk disk;
    std::vector<TimePoint> starts;
    {
      Life life(disk, at(kDay, "06:00"), true);
      life.add(After{1h}, {.name = ""}, starts);
      life.until(at(kDay, "06:10"));
      life.set_clock(at(kDay, "06:10") + step);
    }
    disk.dead = false;
    Life life(disk, at(kDay, "06:20") + step);
    const Job job = life.add(After{1h}, {.name = ""}, starts);
    EXPECT_EQ(job.next_run(), at(kDay, "07:00") + step);
    life.until(at(kDay, "08:00") + step);
    EXPECT_THAT(starts, ElementsAre(at(kDay, "07:00") + step));
  }
}

TEST(Durable, a_run_that_waits_for_a_slow_disk_loses_none_of_its_time_limit) {
  for (const bool in_time : {true, false}) {
    Disk disk;
    std::vector<TimePoint> starts;
    Life life(disk, at(kDay, "06:00"));
    const Job job = life.add(Daily{"07:00"}, {.name = "", .timeout = in_time ? 11s : 9s}, starts);
    disk.takes = 1min;
    life.until(at(kDay, "08:00"));
    EXPECT_THAT(starts, ElementsAre(at(kDay, "07:01")));
    EXPECT_EQ(job.counters().timed_out, in_time ? 0u : 1u);
    EXPECT_EQ(job.counters().succeeded, in_time ? 1u : 0u);
  }
}

TEST(Durable, an_interval_goes_on_in_step_after_a_restart) {
  Disk disk;
  std::vector<TimePoint> starts;
  {
    Life life(disk, at(kDay, "06:00"));
    life.add(Every{1h}, {.name = ""}, starts);
    life.until(at(kDay, "06:30"));
  }
  disk.dead = false;
  Life life(disk, at(kDay, "06:40"));
  life.add(Every{1h}, {.name = ""}, starts);
  life.until(at(kDay, "08:30"));
  EXPECT_THAT(starts, ElementsAre(at(kDay, "07:00"), at(kDay, "08:00")));
}

TEST(Durable, what_was_missed_runs_once_or_not_at_all) {
  for (const Missed missed : {Missed::kRunOnce, Missed::kSkip}) {
    Disk disk;
    std::vector<TimePoint> starts;
    {
      Life life(disk, at(kDay, "06:00"));
      life.add(CronTimes{"0 * * * *"}, {.name = "", .missed = missed}, starts);
    }
    disk.dead = false;
    Life life(disk, at(kDay, "10:20"));
    const Job job = life.add(CronTimes{"0 * * * *"}, {.name = "", .missed = missed}, starts);
    life.until(at(kDay, "11:30"));
    if (missed == Missed::kRunOnce) {
      EXPECT_THAT(starts, ElementsAre(at(kDay, "10:20"), at(kDay, "11:00")));
    } else {
      EXPECT_THAT(starts, ElementsAre(at(kDay, "11:00")));
      EXPECT_EQ(job.counters().missed, 1u);
    }
  }
}

TEST(Durable, what_was_missed_waits_for_a_clock_that_is_not_set) {
  for (const Missed missed : {Missed::kRunOnce, Missed::kSkip}) {
    Disk disk;
    std::vector<TimePoint> starts;
    {
      Life life(disk, at(kDay, "06:00"));
      life.add(Daily{"07:00"}, {.name = "", .missed = missed}, starts);
    }
    disk.dead = false;
    Life life(disk, TimePoint(1min));
    const Job job = life.add(Daily{"07:00"}, {.name = "", .missed = missed}, starts);
    life.until(life.now() + 1h);
    EXPECT_THAT(starts, IsEmpty());
    EXPECT_EQ(job.state(), JobState::kWaiting);
    life.set_clock(at(kDay, "08:00"));
    life.until(at(kDay, "09:00"));
    EXPECT_EQ(starts.size(), missed == Missed::kRunOnce ? 1u : 0u);
    EXPECT_EQ(job.next_run(), at(kNextDay, "07:00"));
  }
}

TEST(Durable, a_moment_that_has_been_does_not_come_again) {
  Disk disk;
  std::vector<TimePoint> starts;
  for (int life = 0; life < 3; ++life) {
    disk.dead = false;
    Life engine(disk, at(kDay, "06:59") + life * 10min);
    const Job job = engine.add(At{at(kDay, "07:00")}, {.name = ""}, starts);
    engine.until(engine.now() + 5min);
    EXPECT_FALSE(job.active());
    engine.stop();
  }
  EXPECT_THAT(starts, ElementsAre(at(kDay, "07:00")));
}

TEST(Durable, a_clock_that_is_behind_after_a_restart_repeats_nothing) {
  Disk disk;
  std::vector<TimePoint> starts;
  for (const TimePoint start : {at(kDay, "06:50"), at(kDay, "06:40")}) {
    disk.dead = false;
    Life engine(disk, start);
    const Job job = engine.add(Daily{"07:00"}, {.name = ""}, starts);
    engine.until(at(kDay, "08:00"));
    EXPECT_EQ(job.next_run(), at(kNextDay, "07:00"));
  }
  EXPECT_THAT(starts, SizeIs(1));
}

TEST(Durable, a_delay_that_has_ended_leaves_nothing_behind) {
  Disk disk;
  std::vector<TimePoint> starts;
  Life life(disk, at(kDay, "06:00"), true);
  life.add(After{1h}, {.name = ""}, starts);
  EXPECT_TRUE(life.entry());
  life.until(at(kDay, "08:00"));
  EXPECT_FALSE(life.entry());
}

TEST(Durable,
     a_run_that_a_stop_cancels_counts_as_interrupted_and_begins_again_three_times_at_most) {
  Disk disk;
  std::vector<TimePoint> starts;
  for (int life = 0; life < 5; ++life) {
    disk.dead = false;
    Life engine(disk, at(kDay, "06:59:55") + life * 1min);
    engine.add(Daily{"07:00"}, {.name = "", .interrupted = Interrupted::kAgain}, starts);
    engine.until(engine.now() + 7s);
    engine.stop();
  }
  EXPECT_THAT(starts, SizeIs(Durable::kMostBegun));
}

TEST(Durable, the_only_run_of_a_delay_that_a_stop_cancels_counts_as_interrupted_too) {
  for (const Interrupted interrupted : {Interrupted::kAgain, Interrupted::kSkip}) {
    Disk disk;
    std::vector<TimePoint> starts;
    {
      Life life(disk, at(kDay, "06:00"), true);
      life.add(After{1h}, {.name = "", .interrupted = interrupted}, starts);
      life.until(at(kDay, "07:00") + 5s);
      life.stop();
      EXPECT_TRUE(life.entry());
    }
    disk.dead = false;
    Life life(disk, at(kDay, "07:10"), true);
    life.add(After{1h}, {.name = "", .interrupted = interrupted}, starts);
    life.until(at(kDay, "09:00"));  // and no new delay has begun
    if (interrupted == Interrupted::kAgain) {
      EXPECT_THAT(starts, ElementsAre(at(kDay, "07:00"), at(kDay, "07:10")));
    } else {
      EXPECT_THAT(starts, SizeIs(1));
    }
  }
}

TEST(Durable, a_job_that_is_cancelled_is_forgotten_and_one_that_is_replaced_begins_anew) {
  Disk disk;
  std::vector<TimePoint> starts;
  Life life(disk, at(kDay, "06:00"));
  Job job = life.add(After{1h}, {.name = ""}, starts);
  life.until(at(kDay, "06:30"));
  job = life.add(After{1h}, {.name = "", .if_exists = IfExists::kReplace}, starts);
  EXPECT_EQ(job.next_run(), at(kDay, "07:30"));
  EXPECT_EQ(life.entry()->planned, at(kDay, "07:30"));
  job.cancel();
  life.add(After{2h}, {.name = ""}, starts);
  EXPECT_EQ(life.entry()->planned, at(kDay, "08:30"));
}

TEST(Durable, another_trigger_begins_anew) {
  Disk disk;
  std::vector<TimePoint> starts;
  {
    Life life(disk, at(kDay, "06:00"));
    life.add(Daily{"07:00"}, {.name = ""}, starts);
  }
  disk.dead = false;
  Life life(disk, at(kDay, "08:00"));
  const Job job = life.add(Daily{"07:30"}, {.name = ""}, starts);
  life.until(at(kDay, "12:00"));
  EXPECT_THAT(starts, IsEmpty()) << "half past seven was not missed: nobody had asked for it";
  EXPECT_EQ(job.next_run(), at(kNextDay, "07:30"));
}

TEST(Durable, runs_that_queued_up_are_not_lost_in_a_crash) {
  Disk disk;
  std::vector<TimePoint> starts;
  const JobOptions options{.name = "", .mode = queued(5)};
  {
    Life life(disk, at(kDay, "06:00"), true);
    life.add(CronTimes{"0,4,8 0 6 * * *"}, options, starts);
    life.set_clock(at(kDay, "06:00") - 1s);
    life.until(at(kDay, "06:00") + 9s);
  }
  EXPECT_THAT(starts, ElementsAre(at(kDay, "06:00")));
  disk.dead = false;
  Life life(disk, at(kDay, "06:10"), true);
  life.add(CronTimes{"0,4,8 0 6 * * *"}, options, starts);
  life.until(at(kDay, "07:00"));
  EXPECT_THAT(starts, ElementsAre(at(kDay, "06:00"), at(kDay, "06:10"), at(kDay, "06:10") + 10s))
      << "the first was interrupted, the others had not begun";
}

TEST(Durable, runs_that_queued_up_are_not_lost_in_a_stop) {
  Disk disk;
  std::vector<TimePoint> starts;
  const JobOptions options{.name = "", .mode = queued(5)};
  {
    Life life(disk, at(kDay, "06:00") - 1s, true);
    life.add(CronTimes{"0,4,8 0 6 * * *"}, options, starts);
    life.until(at(kDay, "06:00") + 9s);
    life.stop();
  }
  disk.dead = false;
  Life life(disk, at(kDay, "06:10"), true);
  life.add(CronTimes{"0,4,8 0 6 * * *"}, options, starts);
  life.until(at(kDay, "07:00"));
  EXPECT_THAT(starts, ElementsAre(at(kDay, "06:00"), at(kDay, "06:10"), at(kDay, "06:10") + 10s));
}

TEST(Durable, a_disk_that_is_full_does_not_stop_the_job) {
  Disk disk;
  disk.fails = true;
  std::vector<TimePoint> starts;
  Life life(disk, at(kDay, "06:00"));
  const Job job = life.add(Daily{"07:00"}, {.name = ""}, starts);
  life.until(at(kDay, "07:30"));
  EXPECT_THAT(starts, ElementsAre(at(kDay, "07:00")));
  EXPECT_TRUE(job.active());
}

TEST(Durable, a_job_that_was_cancelled_is_not_kept) {
  Disk disk;
  std::vector<TimePoint> starts;
  Life life(disk, at(kDay, "06:00"), true);
  Job job = life.add(Daily{"07:00"}, {.name = ""}, starts);
  EXPECT_TRUE(job.durability().kept());
  job.cancel();
  EXPECT_FALSE(job.durability().asked);
  EXPECT_FALSE(job.durability().kept());
  EXPECT_EQ(life.entry(), std::nullopt);
}

TEST(Durable, a_job_says_whether_it_is_kept_and_the_log_once_a_fault) {
  const auto ring = std::make_shared<log::RingSink>(100);
  log::add_sink(ring);
  const auto logged = [&] {
    std::vector<std::string> texts;
    for (const log::RingSink::Line& line : ring->lines(100)) texts.push_back(line.record.message);
    return texts;
  };
  Disk disk;
  std::vector<TimePoint> starts;
  Life life(disk, at(kDay, "06:00"));
  EXPECT_FALSE(Job().durability().asked);
  const Job job = life.add(CronTimes{"0 * * * *"}, {.name = ""}, starts);
  EXPECT_TRUE(job.durability().kept());
  EXPECT_TRUE(life.observer().sources.at(1).durable);
  disk.fails = true;
  EXPECT_TRUE(job.durability().asked);
  EXPECT_FALSE(job.durability().kept());
  EXPECT_EQ(job.durability().fault, "the disk is full");
  life.until(at(kDay, "09:30"));
  EXPECT_THAT(starts, SizeIs(3));
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("what durable job `wake` does cannot be kept (the "
                                              "disk is full): it goes on")));
  disk.fails = false;
  EXPECT_TRUE(job.durability().kept());
  life.until(at(kDay, "11:30"));
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("cannot be kept"),
                                    "what durable job `wake` does is kept again"));
  disk.fails = true;
  life.until(at(kDay, "12:30"));
  EXPECT_THAT(logged(), SizeIs(3));
  log::remove_sink(*ring);
}

}  // namespace
}  // namespace hassette::schedule
