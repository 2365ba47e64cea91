// What the log says of durable holds that were over before their listener was registered again.
#include <stdexcept>

#include "bus/hold_life_testing.hpp"
#include "log/heard_testing.hpp"

namespace hassette::bus {
namespace {

using run::Disk;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// An engine that dies when the door has been opened and the hold has begun.
void die_in_the_hold(Disk& disk, const StateChangeOptions& options,
                     std::vector<std::string>& runs) {
  {
    Life life(disk, kOpen.since, kClosed, true);
    life.add(options, runs);
    life.change(kOpen);
  }
  disk.dead = false;
}

/// What the log says of a hold whose engine died at its begin and is there again `after` the start.
std::vector<std::string> said_of(const StateChangeOptions& options, std::chrono::minutes after,
                                 Door door, std::size_t size) {
  Disk disk;
  std::vector<std::string> runs;
  die_in_the_hold(disk, options, runs);
  const log::Heard heard("app");
  Life life(disk, kStart + after, door);
  life.add(options, runs);
  life.until(kStart + after + 2h);
  EXPECT_THAT(runs, SizeIs(size));
  return heard.lines();
}

TEST(MissedHold, may_be_given_up) {
  Disk disk;
  std::vector<std::string> runs;
  StateChangeOptions options = kLeftOpen;
  options.missed = Missed::kSkip;
  die_in_the_hold(disk, options, runs);
  const log::Heard heard("app");
  Life life(disk, kStart + 2h, kOpen);
  life.add(options, runs);
  EXPECT_THAT(runs, IsEmpty());
  EXPECT_THAT(life.observer().lines, ElementsAre("left open missed"));
  EXPECT_THAT(heard.lines(),
              ElementsAre("`left open` of cover.garage was due 59 min ago, before it was "
                          "registered again, and is skipped, as `.missed` asks"));
}

TEST(MissedHold, is_said_to_begin_late) {
  for (const std::chrono::minutes away : {30min, 120min}) {
    Disk disk;
    std::vector<std::string> runs;
    die_in_the_hold(disk, kLeftOpen, runs);
    const log::Heard heard("app");
    Life life(disk, kStart + away, kOpen);
    life.add(kLeftOpen, runs);
    life.until(kStart + 3h);
    EXPECT_THAT(runs, SizeIs(1));
    if (away == 30min) {
      EXPECT_THAT(heard.lines(), IsEmpty());
    } else {
      EXPECT_THAT(heard.lines(), ElementsAre("`left open` of cover.garage was due 59 min ago, "
                                             "before it was registered again, and begins now"));
    }
  }
}

TEST(MissedHold, that_is_not_wanted_at_its_end_is_not_said_to_begin) {
  StateChangeOptions options = kLeftOpen;
  const auto wanted = std::make_shared<int>(1);  // once, at its begin
  options.where = [wanted](const StateChange&) { return (*wanted)-- > 0; };
  EXPECT_THAT(said_of(options, 120min, kOpen, 0),
              ElementsAre(HasSubstr("was due 59 min ago, before it was registered again, and is "
                                    "skipped: its .where says no after the .duration")));
  const auto asked = std::make_shared<int>(0);
  options.where = [asked](const StateChange&) {
    return (*asked)++ == 0 ? true : throw std::runtime_error("no such lamp");
  };
  EXPECT_THAT(
      said_of(options, 120min, kOpen, 0),
      ElementsAre(HasSubstr("no such lamp"), HasSubstr("and is skipped: a condition threw")));
}

TEST(MissedHold, that_counts_anew_says_how_late) {
  const Door again{"open", kStart + 10min};  // closed and opened meanwhile
  EXPECT_THAT(said_of(kLeftOpen, 180min, again, 1),
              ElementsAre("`left open` of cover.garage was due 1 h 50 min ago, before it was "
                          "registered again, and begins now"));
  StateChangeOptions skips = kLeftOpen;
  skips.missed = Missed::kSkip;
  EXPECT_THAT(said_of(skips, 180min, again, 0),
              ElementsAre("`left open` of cover.garage was due 1 h 50 min ago, before it was "
                          "registered again, and is skipped, as `.missed` asks"));
}

TEST(MissedHold, that_ended_while_an_engine_waited_for_its_home_is_not_said_to_be_before_it) {
  Disk disk;
  std::vector<std::string> runs;
  die_in_the_hold(disk, kLeftOpen, runs);
  const log::Heard heard("app");
  Life life(disk, kStart + 30min, kOpen);
  life.until(kStart + 70min);  // no app starts before
  life.add(kLeftOpen, runs);
  life.until(kStart + 3h);
  EXPECT_THAT(runs, SizeIs(1));
  EXPECT_THAT(heard.lines(),
              ElementsAre("`left open` of cover.garage was due 9 min ago, before it was registered "
                          "again, and begins now"));
}

TEST(MissedHold, whose_entity_is_busy_with_an_earlier_run_is_said_to_wait_or_to_be_suppressed) {
  for (const Mode mode : {queued(5), Mode(Mode::kSingle)}) {
    Disk disk;
    std::vector<std::string> runs;
    StateChangeOptions options = kLeftOpen;
    options.mode = mode;
    die_in_the_hold(disk, options, runs);
    ASSERT_THAT(disk.written, SizeIs(1));
    run::LedgerEntry& left = disk.written.begin()->second;
    left.open = {{.at = kOpen.since, .about = left.about}};
    const log::Heard heard("app");
    Life life(disk, kStart + 120min, kOpen);
    life.add(options, runs);
    life.until(kStart + 3h);
    const bool waits = mode.kind() == Mode::kQueued;
    EXPECT_THAT(runs, SizeIs(waits ? 2 : 1));
    EXPECT_THAT(heard.lines(),
                ElementsAre(HasSubstr(waits ? "and waits for an earlier run"
                                            : "and is suppressed: an earlier run was under way")));
  }
}

}  // namespace
}  // namespace hassette::bus
