// What comes after a time of an interval or a delay that passed while the engine was not running.
#include "schedule/life_testing.hpp"

namespace hassette::schedule {
namespace {

using namespace std::chrono;
using run::Disk;
using testing::ElementsAre;
using testing::IsEmpty;

/// When an interval of ten minutes runs, registered at `from`, whose engine is away from 12:12 to
/// 12:25.
std::vector<TimePoint> interval_over_a_gap(TimeOfDay from, const JobOptions& options) {
  Disk disk;
  std::vector<TimePoint> starts;
  {
    Life life(disk, at(kDay, from), true);
    life.add(Every{10min}, options, starts);
    life.until(at(kDay, "12:12"));
    life.stop();
  }
  disk.dead = false;
  Life life(disk, at(kDay, "12:25"), true);
  life.add(Every{10min}, options, starts);
  life.until(at(kDay, "12:45"));
  return starts;
}

TEST(DurableSteps, an_interval_that_was_missed_goes_on_in_the_steps_of_its_first_registration) {
  EXPECT_THAT(
      interval_over_a_gap("12:00", {.name = ""}),
      ElementsAre(at(kDay, "12:10"), at(kDay, "12:25"), at(kDay, "12:30"), at(kDay, "12:40")));
  EXPECT_THAT(interval_over_a_gap("12:03", {.name = ""}),
              ElementsAre(at(kDay, "12:25"), at(kDay, "12:33"), at(kDay, "12:43")))
      << "which came at 12:13 while it was away";
  EXPECT_THAT(interval_over_a_gap("12:00", {.name = "", .missed = Missed::kSkip}),
              ElementsAre(at(kDay, "12:10"), at(kDay, "12:30"), at(kDay, "12:40")));
}

TEST(DurableSteps, an_interval_that_was_missed_stays_aligned) {
  EXPECT_THAT(
      interval_over_a_gap("12:03", {.name = "", .aligned = true}),
      ElementsAre(at(kDay, "12:10"), at(kDay, "12:25"), at(kDay, "12:30"), at(kDay, "12:40")));
  EXPECT_THAT(
      interval_over_a_gap("12:03", {.name = "", .start = at(kDay, "12:01")}),
      ElementsAre(at(kDay, "12:11"), at(kDay, "12:25"), at(kDay, "12:31"), at(kDay, "12:41")));
}

TEST(DurableSteps, a_delay_that_was_missed_and_is_skipped_does_not_begin_anew) {
  Disk disk;
  std::vector<TimePoint> starts;
  const JobOptions options{.name = "", .missed = Missed::kSkip};
  {
    Life life(disk, at(kDay, "06:00"));
    life.add(After{1h}, options, starts);
    life.until(at(kDay, "06:30"));
  }
  disk.dead = false;
  Life life(disk, at(kDay, "07:10"), true);
  const Job job = life.add(After{1h}, options, starts);
  EXPECT_EQ(job.state(), JobState::kCompleted);
  life.until(at(kDay, "09:00"));
  EXPECT_THAT(starts, IsEmpty());
  EXPECT_FALSE(life.entry());
}

}  // namespace
}  // namespace hassette::schedule
