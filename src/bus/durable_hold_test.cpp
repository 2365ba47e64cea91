// Durable holds over restarts, and over a crash at every step of what they write.
#include "bus/held_change.hpp"
#include "bus/hold_life_testing.hpp"

namespace hassette::bus {
namespace {

using run::Disk;
using run::DiskLedger;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Case {
  Interrupted interrupted;
  bool eager;
};

/// The engine dies at one step, is away for ten minutes, and lives on. Gives whether it died.
bool dies_and_comes_back(const Case& how, int step) {
  SCOPED_TRACE(fmt::format("power fails at step {}, {}", step, how.eager ? "eager" : "lazy"));
  Disk disk;
  disk.dies_at = step;
  std::vector<std::string> first;
  std::vector<std::string> second;
  StateChangeOptions options = kLeftOpen;
  options.interrupted = how.interrupted;
  std::optional<TimePoint> died;
  {
    Life life(disk, kStart, kClosed, how.eager);
    life.add(options, first);
    life.until(kOpen.since);
    life.change(kOpen);
    while (!life.dead() && life.now() < kStart + 2h) life.until(life.now() + 5s);
    if (life.dead()) died = life.now();
  }
  if (!died) {
    EXPECT_THAT(first, SizeIs(1));
    if (how.eager) EXPECT_THAT(disk.written, IsEmpty()) << "it is over and leaves nothing behind";
    return false;
  }
  disk.dead = false;
  disk.dies_at.reset();
  const bool known = !disk.written.empty();
  const bool begun = known && !disk.written.begin()->second.open.empty() &&
                     disk.written.begin()->second.open[0].begun > 0;
  {
    Life life(disk, *died + 10min, kOpen, how.eager);
    life.add(options, second);
    life.until(kStart + 5h);
    EXPECT_FALSE(life.dead());
  }
  EXPECT_LE(first.size(), 1u);
  if (!first.empty()) EXPECT_TRUE(begun || !known) << "no run starts before that is on disk";
  if (begun) {
    EXPECT_EQ(second.size(), how.interrupted == Interrupted::kAgain ? 1u : 0u) << "interrupted";
  } else if (known) {
    EXPECT_THAT(first, IsEmpty());
    EXPECT_THAT(second, SizeIs(1)) << "what had not started starts exactly once";
  } else {
    EXPECT_THAT(second, IsEmpty()) << "it had ended, or nobody knew of it yet";
  }
  if (how.eager) EXPECT_THAT(disk.written, IsEmpty());
  return true;
}

TEST(DurableHold, runs_once_wherever_the_power_fails_once_its_begin_is_written) {
  for (const Interrupted interrupted : {Interrupted::kAgain, Interrupted::kSkip}) {
    for (const bool eager : {false, true}) {
      int steps = 0;
      while (dies_and_comes_back({interrupted, eager}, steps)) ++steps;
      EXPECT_GE(steps, 8) << "put, write and settle of its begin, due, begin and end";
    }
  }
}

TEST(DurableHold, gives_its_handler_the_change_that_began_it_with_all_that_belongs_to_it) {
  const State was = model::make_state(Json{
      {"entity_id", "cover.garage"}, {"state", "closed"}, {"attributes", {{"name", "Tür \"1\""}}}});
  const State is = model::make_state(model::intern_entity("cover.garage"),
                                     {.entity_id = "cover.garage",
                                      .state = "open",
                                      .attributes = R"({"battery":17.50,"list":[1,null]})",
                                      .context = R"({"id":"01C","parent_id":"p","user_id":"u"})",
                                      .last_changed = kStart + 1us,
                                      .last_updated = kStart + 2us});
  const StateChange change{.entity_id = is.entity_id(),
                           .old_state = was,
                           .new_state = is,
                           .time_fired = kStart + 3us,
                           .context = is.context(),
                           .recovered = true};
  const auto back = read_change("cover.garage", write_change(change));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->entity_id, "cover.garage");
  EXPECT_TRUE(back->old_state->same_value(was));
  EXPECT_TRUE(back->new_state->same_value(is));
  EXPECT_EQ(back->new_state->last_changed(), kStart + 1us);
  EXPECT_EQ(back->new_state->last_updated(), kStart + 2us);
  EXPECT_EQ(back->new_state->context(), is.context());
  EXPECT_EQ(back->time_fired, kStart + 3us);
  EXPECT_EQ(back->context, (Context{.id = "01C", .parent_id = "p", .user_id = "u"}));
  EXPECT_TRUE(back->recovered);
  EXPECT_FALSE(back->immediate);
  for (const char* text : {"", "{", "[]", "{}", R"({"new":{"state":1}})"}) {
    EXPECT_FALSE(read_change("cover.garage", text)) << text;
  }
}

TEST(DurableHold, that_is_another_question_by_now_is_forgotten) {
  Disk disk;
  std::vector<std::string> runs;
  {
    Life life(disk, kStart, kClosed, true);
    life.add(kLeftOpen, runs);
    life.until(kOpen.since);
    life.change(kOpen);
    EXPECT_THAT(disk.written, SizeIs(1));
    life.stop();
  }
  disk.dead = false;
  StateChangeOptions longer = kLeftOpen;
  longer.duration = 2h;
  Life life(disk, kStart + 10min, kOpen, true);
  life.add(longer, runs);
  EXPECT_THAT(disk.written, IsEmpty());
  life.until(kStart + 5h);
  EXPECT_THAT(runs, IsEmpty());
}

TEST(DurableHold, goes_on_by_the_home_s_clock_whatever_ours_says) {
  for (const TimePoint start : {kStart + 10min, kStart - 3h, TimePoint(1min)}) {
    Disk disk;
    std::vector<std::string> runs;
    {
      Life life(disk, kStart, kClosed, true);
      life.add(kLeftOpen, runs);
      life.until(kOpen.since);
      life.change(kOpen);
    }
    disk.dead = false;
    Life life(disk, start, kOpen, true);
    life.add(kLeftOpen, runs);
    life.until(start + 1h);
    EXPECT_THAT(runs, SizeIs(1)) << "no later than after its whole time";
  }
}

TEST(DurableHold, begun_on_a_clock_that_was_not_set_counts_by_the_home) {
  Disk disk;
  std::vector<std::string> runs;
  {
    Life life(disk, TimePoint(1min), kClosed, true);
    life.add(kLeftOpen, runs);
    life.change(kOpen);
  }
  disk.dead = false;
  Life life(disk, kOpen.since + 20min, kOpen, true);
  life.add(kLeftOpen, runs);
  EXPECT_THAT(runs, IsEmpty()) << "it is not 56 years late";
  life.until(kOpen.since + 2h);
  EXPECT_THAT(runs, ElementsAre("61 min: closed → open"));
}

TEST(DurableHold, whose_run_a_stop_cancels_begins_again_three_times_at_most) {
  Disk disk;
  std::vector<std::string> runs;
  StateChangeOptions options = kLeftOpen;
  options.interrupted = Interrupted::kAgain;
  {
    Life life(disk, kStart, kClosed, true);
    life.add(options, runs);
    life.until(kOpen.since);
    life.change(kOpen);
    life.until(kOpen.since + 1h + 1s);
    life.stop();
  }
  for (int again = 0; again < 4; ++again) {
    disk.dead = false;
    Life life(disk, kStart + 2h + again * 1min, kOpen, true);
    life.add(options, runs);
    life.until(life.now() + 1s);
    life.stop();
  }
  EXPECT_THAT(runs, SizeIs(run::Durable::kMostBegun));
  EXPECT_THAT(disk.written, IsEmpty());
}

TEST(DurableHold, of_a_once_that_a_stop_cancels_begins_again_too) {
  Disk disk;
  std::vector<std::string> runs;
  StateChangeOptions options = kLeftOpen;
  options.interrupted = Interrupted::kAgain;
  options.once = true;
  {
    Life life(disk, kStart, kClosed, true);
    life.add(options, runs);
    life.until(kOpen.since);
    life.change(kOpen);
    life.until(kOpen.since + 1h + 1s);
    life.stop();
  }
  disk.dead = false;
  Life life(disk, kStart + 2h, kOpen, true);
  const Subscription own = life.add(options, runs);
  life.until(kStart + 3h);
  EXPECT_THAT(runs, ElementsAre("61 min: closed → open", "120 min: closed → open"));
  EXPECT_FALSE(own.active());
  EXPECT_THAT(disk.written, IsEmpty());
}

TEST(DurableHold, that_is_cancelled_is_forgotten_with_its_run) {
  for (const auto after : {30min, 61min}) {
    Disk disk;
    std::vector<std::string> runs;
    Life life(disk, kStart, kClosed, true);
    Subscription own = life.add(kLeftOpen, runs);
    life.until(kOpen.since);
    life.change(kOpen);
    life.until(kStart + after);
    EXPECT_THAT(disk.written, SizeIs(1));
    own.cancel();
    life.until(life.now() + 5s);
    EXPECT_THAT(disk.written, IsEmpty());
  }
}

TEST(DurableHold, on_a_disk_that_is_full_runs_all_the_same) {
  Disk disk;
  disk.fails = true;
  std::vector<std::string> runs;
  Life life(disk, kStart, kClosed);
  const Subscription own = life.add(kLeftOpen, runs);
  EXPECT_EQ(own.durability().fault, "the disk is full");
  EXPECT_FALSE(own.durability().kept());
  EXPECT_TRUE(life.observer().sources.at(1).durable);
  EXPECT_FALSE(Subscription().durability().asked);
  life.until(kOpen.since);
  life.change(kOpen);
  life.until(kStart + 2h);
  EXPECT_THAT(runs, ElementsAre("61 min: closed → open"));
  disk.fails = false;
  EXPECT_TRUE(own.durability().kept());
}

TEST(DurableHold, that_waits_for_a_slow_disk_loses_none_of_its_time_limit) {
  for (const bool in_time : {true, false}) {
    Disk disk;
    std::vector<std::string> runs;
    StateChangeOptions options = kLeftOpen;
    options.timeout = in_time ? 11s : 9s;  // its handler takes ten
    Life life(disk, kStart, kClosed);
    life.add(options, runs);
    disk.takes = 1min;
    life.until(kOpen.since);
    life.change(kOpen);
    life.until(kStart + 2h);
    EXPECT_THAT(runs, ElementsAre("62 min: closed → open"));
    EXPECT_THAT(
        life.observer().lines,
        ElementsAre("left open started", in_time ? "left open succeeded" : "left open timed out"));
  }
}

TEST(DurableHold, ends_as_late_as_it_would_have_although_the_clock_is_set_before_a_restart) {
  for (const auto step : {3h, -3h}) {
    SCOPED_TRACE(step.count());
    Disk disk;
    std::vector<std::string> runs;
    {
      Life life(disk, kStart, kClosed, true);
      life.add(kLeftOpen, runs);
      life.until(kOpen.since);
      life.change(kOpen);
      life.until(kStart + 2min);
      life.step_clock(step);
    }
    disk.dead = false;
    Life life(disk, kStart + 4min + step, kOpen, true);
    life.add(kLeftOpen, runs);
    life.until(kStart + step + 60min);
    EXPECT_THAT(runs, IsEmpty());
    life.until(kStart + step + 62min);
    EXPECT_THAT(runs, SizeIs(1));
  }
}

TEST(DurableHold, is_not_written_again_for_a_clock_that_was_hardly_moved) {
  Disk disk;
  std::vector<std::string> runs;
  Life life(disk, kStart, kClosed, true);
  life.add(kLeftOpen, runs);
  life.change(kOpen);
  const int steps = disk.steps;
  life.step_clock(400ms);
  EXPECT_EQ(disk.steps, steps);
  life.step_clock(400ms);
  EXPECT_GT(disk.steps, steps) << "little by little it has become another time";
}

class DurableRefusals : public TheBus {
 public:
  std::string state(Entities entities, StateChangeOptions options) {
    return refusal(state_task(std::move(entities), [] {}, std::move(options)));
  }
  Disk disk;
  DiskLedger ledger{disk, true};
};

TEST_F(DurableRefusals, name_both_options) {
  EXPECT_THAT(state("light.a", {.name = "t", .duration = 5min, .durable = true}),
              HasSubstr("keeps no ledger"));
  router.set_ledger(&ledger);
  EXPECT_THAT(state("light.a", {.name = "t", .durable = true}),
              HasSubstr(".durable (remember it over a restart) needs .duration"));
  EXPECT_THAT(state("light.a", {.name = "t", .duration = 5min, .missed = Missed::kSkip}),
              HasSubstr(".missed needs .durable = true"));
  EXPECT_THAT(state("light.a", {.name = "t", .interrupted = Interrupted::kAgain}),
              HasSubstr(".interrupted needs .durable = true"));
  EXPECT_THAT(state(group("light.all"), {.name = "t", .duration = 5min, .durable = true}),
              HasSubstr(".durable (remember it over a restart) contradicts a target or a group"));
  EXPECT_THAT(
      state(Target{.entity_id = "light.a"}, {.name = "t", .duration = 5min, .durable = true}),
      HasSubstr("contradicts a target or a group"));
}

TEST_F(DurableRefusals, if_exists_skip_keeps_one_of_the_same_durability_only) {
  router.set_ledger(&ledger);
  listen("light.a", noting(), {.name = "t", .duration = 5min});
  EXPECT_THROW(
      listen("light.a", noting(),
             {.name = "t", .duration = 5min, .durable = true, .if_exists = IfExists::kSkip}),
      Error);
}

}  // namespace
}  // namespace hassette::bus
