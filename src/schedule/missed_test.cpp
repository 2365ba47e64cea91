// What the log says of durable jobs whose time nobody saw pass.
#include <stdexcept>

#include "log/heard_testing.hpp"
#include "schedule/life_testing.hpp"

namespace hassette::schedule {
namespace {

using namespace std::chrono;
using run::Disk;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// An engine with a job at 07:00 that is stopped at 06:30.
void stop_before_it_comes(Disk& disk, const JobOptions& options, std::vector<TimePoint>& starts) {
  {
    Life life(disk, at(kDay, "06:00"));
    life.add(Daily{"07:00"}, options, starts);
    life.until(at(kDay, "06:30"));
    life.stop();
  }
  disk.dead = false;
}

/// A job at 07:00 whose engine is away from 06:30 until `back`; what is said of it by 08:30.
std::vector<std::string> said_of(const JobOptions& options, TimeOfDay back, std::size_t runs) {
  Disk disk;
  std::vector<TimePoint> starts;
  stop_before_it_comes(disk, options, starts);
  const log::Heard heard("app");
  Life life(disk, at(kDay, back));
  life.add(Daily{"07:00"}, options, starts);
  life.until(at(kDay, "08:30"));
  EXPECT_EQ(starts.size(), runs);
  return heard.lines();
}

TEST(Missed, a_run_that_is_made_up_for_is_said_with_its_time) {
  EXPECT_THAT(said_of({.name = ""}, "08:15", 1),
              ElementsAre("`wake` was due at 2026-01-10 07:00:00 CET, before it was registered "
                          "again, and begins now"));
}

TEST(Missed, a_run_that_the_policy_skips_is_said) {
  EXPECT_THAT(said_of({.name = "", .missed = Missed::kSkip}, "08:15", 0),
              ElementsAre("`wake` was due at 2026-01-10 07:00:00 CET, before it was registered "
                          "again, and is skipped, as `.missed` asks"));
}

TEST(Missed, a_run_that_its_own_question_forbids_now_is_not_said_to_begin) {
  EXPECT_THAT(said_of({.name = "", .where = [] { return false; }}, "08:15", 0),
              ElementsAre("`wake` was due at 2026-01-10 07:00:00 CET, before it was registered "
                          "again, and is skipped: `.window` or `.where` says no"));
}

TEST(Missed, a_run_that_is_late_by_seconds_only_is_said_too) {
  EXPECT_THAT(said_of({.name = ""}, "07:00:18", 1),
              ElementsAre("`wake` was due at 2026-01-10 07:00:00 CET, before it was registered "
                          "again, and begins now"));
  EXPECT_THAT(said_of({.name = "", .late_tolerance = 0s}, "07:00:18", 1), SizeIs(1));
}

TEST(Missed, a_delay_and_an_interval_are_said_as_well) {
  for (const Trigger& trigger : {Trigger(After{1h}), Trigger(Every{1h})}) {
    Disk disk;
    std::vector<TimePoint> starts;
    {
      Life life(disk, at(kDay, "06:00"));
      life.add(trigger, {.name = ""}, starts);
      life.until(at(kDay, "06:30"));
    }
    disk.dead = false;
    const log::Heard heard("app");
    Life life(disk, at(kDay, "07:00:18"));
    life.add(trigger, {.name = ""}, starts);
    life.until(at(kDay, "07:10"));
    EXPECT_THAT(starts, ElementsAre(at(kDay, "07:00:18")));
    EXPECT_THAT(heard.lines(), ElementsAre("`wake` was due at 2026-01-10 07:00:00 CET, before it "
                                           "was registered again, and begins now"));
  }
}

TEST(Missed, a_run_whose_own_question_fails_is_not_said_to_be_refused) {
  const JobOptions options{.name = "",
                           .where = []() -> bool { throw std::runtime_error("no such lamp"); }};
  EXPECT_THAT(said_of(options, "08:15", 0),
              ElementsAre(HasSubstr("`.where` of `wake` failed, and there is no run: no such lamp"),
                          "`wake` was due at 2026-01-10 07:00:00 CET, before it was registered "
                          "again, and is skipped: its `.where` failed"));
}

TEST(Missed, a_time_that_passed_while_an_engine_waited_for_its_home_is_not_said_to_be_before_it) {
  for (const Missed missed : {Missed::kRunOnce, Missed::kSkip}) {
    const JobOptions options{.name = "", .missed = missed};
    Disk disk;
    std::vector<TimePoint> starts;
    stop_before_it_comes(disk, options, starts);
    const log::Heard heard("app");
    Life life(disk, at(kDay, "06:50"));
    life.until(at(kDay, "07:10"));  // no app starts before
    life.add(Daily{"07:00"}, options, starts);
    life.until(at(kDay, "08:30"));
    EXPECT_THAT(heard.lines(),
                ElementsAre(fmt::format(
                    "`wake` was due at 2026-01-10 07:00:00 CET, before it was "
                    "registered again, and {}",
                    missed == Missed::kSkip ? "is skipped, as `.missed` asks" : "begins now")));
  }
}

TEST(Missed, a_time_before_a_clock_was_set_is_said_to_be_that) {
  Disk disk;
  std::vector<TimePoint> starts;
  {
    Life life(disk, at(kDay, "06:00"));
    life.add(Daily{"07:00"}, {.name = ""}, starts);
  }
  disk.dead = false;
  const log::Heard heard("app");
  Life life(disk, TimePoint(1min));
  life.add(Daily{"07:00"}, {.name = ""}, starts);
  life.until(life.now() + 10min);
  life.set_clock(at(kDay, "07:05"));
  life.until(at(kDay, "08:00"));
  EXPECT_THAT(starts, SizeIs(1));
  EXPECT_THAT(heard.lines(), ElementsAre("`wake` was due at 2026-01-10 07:00:00 CET, before the "
                                         "clock was set, and begins now"));
}

TEST(Missed, a_delay_over_whose_end_the_clock_is_set_is_not_said_to_be_registered_after_it) {
  Disk disk;
  std::vector<TimePoint> starts;
  {
    Life life(disk, at(kDay, "06:00"));
    life.add(After{1h}, {.name = ""}, starts);
    life.until(at(kDay, "06:30"));
  }
  disk.dead = false;
  const log::Heard heard("app");
  Life life(disk, at(kDay, "06:40"));
  life.add(After{1h}, {.name = ""}, starts);
  life.set_clock(at(kDay, "07:30"));
  life.until(at(kDay, "08:00"));
  EXPECT_THAT(starts, SizeIs(1));
  EXPECT_THAT(heard.lines(),
              ElementsAre("`wake` was due at 2026-01-10 07:00:00 CET, and begins now"));
}

TEST(Missed, runs_that_had_queued_up_are_said_to_wait_for_each_other) {
  Disk disk;
  std::vector<TimePoint> starts;
  const JobOptions options{.name = "", .mode = queued(5)};
  {
    Life life(disk, at(kDay, "06:00"), true);
    life.add(Daily{"07:00"}, options, starts);
  }
  run::LedgerEntry& left = disk.written.at({"app", "wake"});
  left.planned = at(kDay, "07:00") + 24h;
  left.last = at(kDay, "07:00");
  left.open = {{.at = at(kDay, "07:00") - 4s}, {.at = at(kDay, "07:00")}};
  disk.dead = false;
  const log::Heard heard("app");
  Life life(disk, at(kDay, "07:01"));
  life.add(Daily{"07:00"}, options, starts);
  life.until(at(kDay, "08:00"));
  EXPECT_THAT(starts, SizeIs(2));
  EXPECT_THAT(heard.lines(),
              ElementsAre("`wake` was due at 2026-01-10 06:59:56 CET, before it was registered "
                          "again, and begins now",
                          "`wake` was due at 2026-01-10 07:00:00 CET, before it was registered "
                          "again, and waits for an earlier run"));
}

TEST(Missed, nothing_is_said_where_nothing_was_missed) {
  EXPECT_THAT(said_of({.name = ""}, "06:45", 1), IsEmpty());
}

TEST(Missed, a_run_that_had_come_and_not_begun_is_said) {
  Disk disk;
  std::vector<TimePoint> starts;
  {
    Life life(disk, at(kDay, "06:00"), true);
    life.add(Daily{"07:00"}, {.name = ""}, starts);
    life.until(at(kDay, "06:30"));
  }
  run::LedgerEntry& left = disk.written.at({"app", "wake"});
  left.planned = at(kDay, "07:00") + 24h;
  left.last = at(kDay, "07:00");
  left.open = {{.at = at(kDay, "07:00")}};
  disk.dead = false;
  const log::Heard heard("app");
  Life life(disk, at(kDay, "07:01"));
  life.add(Daily{"07:00"}, {.name = ""}, starts);
  life.until(at(kDay, "08:00"));
  EXPECT_THAT(starts, SizeIs(1));
  EXPECT_THAT(heard.lines(), ElementsAre("`wake` was due at 2026-01-10 07:00:00 CET, before it was "
                                         "registered again, and begins now"));
}

}  // namespace
}  // namespace hassette::schedule
