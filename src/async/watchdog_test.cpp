// Real time: what holds the loop here waits for the watchdog's report and never for a length of
// time. How soon it is told is computed with a clock of the test's own.
#include "async/watchdog.hpp"

#include <condition_variable>
#include <mutex>

#include "async/testing.hpp"

namespace hassette::async {
namespace {

class Watching : public InVirtualTime {
 public:
  struct Seen {
    const Label* label;
    std::chrono::milliseconds held;
    bool over;
  };
  void report(const Hold& hold) {
    const std::scoped_lock lock(mutex);
    seen.push_back({hold.label, hold.held, hold.over});
    changed.notify_all();
  }
  /// Blocks the calling thread until that many reports have come.
  void hold_until(std::size_t reports) {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, 30s, [&] { return seen.size() >= reports; }));
  }
  Task<> hold_the_loop(std::size_t reports) {
    hold_until(reports);
    co_return;
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Seen> seen;
};

TEST_F(Watching, names_who_holds_the_loop_meanwhile_and_again_with_the_total) {
  const Label& handler = intern_label("lights", "motion");
  Watchdog watchdog(loop, 50ms, [this](const Hold& hold) { report(hold); });
  bucket.spawn(handler, hold_the_loop(1));
  loop.run_ready();
  hold_until(2);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].label, &handler);
  EXPECT_FALSE(seen[0].over);
  EXPECT_GE(seen[0].held, 50ms);
  EXPECT_EQ(seen[1].label, &handler);
  EXPECT_TRUE(seen[1].over);
  EXPECT_GE(seen[1].held, seen[0].held);
}

TEST_F(Watching, reminds_of_what_goes_on_holding_the_loop) {
  Watchdog watchdog(loop, 50ms, [this](const Hold& hold) { report(hold); });
  spawn(hold_the_loop(2));
  loop.run_ready();
  hold_until(3);
  EXPECT_FALSE(seen[1].over);
  EXPECT_GE(seen[1].held, 1s);
  EXPECT_TRUE(seen[2].over);
}

TEST_F(Watching, names_whom_the_loop_calls_within_other_work) {
  const Label& predicate = intern_label("doors", "where");
  Watchdog watchdog(loop, 50ms, [this](const Hold& hold) { report(hold); });
  const auto dispatching = [](Watching* test, const Label* inner) -> Task<> {
    test->hold_until(1);  // held itself for long enough to be named first
    const Loop::Naming naming(test->loop, *inner);
    test->hold_until(2);
    co_return;
  };
  spawn(dispatching(this, &predicate));
  loop.run_ready();
  hold_until(4);
  EXPECT_EQ(seen[0].label, &label);
  EXPECT_EQ(seen[1].label, &predicate);
  EXPECT_FALSE(seen[1].over);
  EXPECT_EQ(seen[2].label, &predicate);
  EXPECT_TRUE(seen[2].over);
  EXPECT_EQ(seen[3].label, &label);
  EXPECT_TRUE(seen[3].over);
}

TEST_F(Watching, blames_nobody_for_time_before_they_were_called) {
  const Label& slow = intern_label("slow", "handler");
  const Label& quick = intern_label("quick", "predicate");
  Watchdog watchdog(loop, 50ms, [this](const Hold& hold) { report(hold); });
  const auto dispatching = [](Watching* test, const Label* inner) -> Task<> {
    test->hold_until(1);
    for (int i = 0; i < 100'000; ++i) const Loop::Naming naming(test->loop, *inner);
    co_return;
  };
  bucket.spawn(slow, dispatching(this, &quick));
  loop.run_ready();
  hold_until(2);
  for (const Seen& entry : seen) EXPECT_EQ(entry.label, &slow);
}

/// Looks at a loop that shows what the test says, when the watch asks for it.
class TheWatch : public testing::Test {
 public:
  using Time = HoldWatch::Time;
  struct Told {
    const Label* label;
    bool over;
    Time at;
  };

  /// Looks as often as the watch wants to until that many things have been told.
  void look_until(std::size_t reports) {
    for (int looks = 0; told.size() < reports; ++looks) {
      ASSERT_LT(looks, 10'000);
      now += pause;
      pause = watch.look(shown_at(now), now);
    }
  }
  /// What the loop shows: the last piece of work that has begun by then.
  Loop::Busy shown_at(Time time) const {
    Loop::Busy shown;
    for (const Loop::Busy& piece : work) {
      if (piece.since <= time) shown = piece;
    }
    return shown;
  }

  const Label& handler = intern_label("lights", "motion");
  const Label& other = intern_label("doors", "opened");
  Time now{1h};
  std::vector<Loop::Busy> work;
  std::vector<Told> told;
  HoldWatch watch{kHoldLimit,
                  [this](const Hold& hold) { told.push_back({hold.label, hold.over, now}); }};
  std::chrono::milliseconds pause = watch.longest_pause();
};

TEST_F(TheWatch, names_who_holds_the_loop_within_150_ms_whenever_the_hold_begins) {
  for (auto begin = 0us; begin <= 300ms; begin += 500us) {
    told.clear();
    work = {{.label = &handler, .since = now + begin, .number = 1, .within = 1}};
    const Time since = work[0].since;
    look_until(1);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].label, &handler);
    EXPECT_FALSE(told[0].over);
    EXPECT_GE(told[0].at - since, kHoldLimit);
    EXPECT_LE(told[0].at - since, 150ms) << begin.count() << " us after a look";
    work = {};
    look_until(2);  // its end, before the next one
    EXPECT_TRUE(told[1].over);
  }
}

TEST_F(TheWatch, names_who_holds_the_loop_right_behind_another_within_150_ms) {
  for (auto length = 101ms; length <= 300ms; length += 1ms) {
    told.clear();
    const Time first = now;
    const Time second = now + length;
    work = {{.label = &handler, .since = first, .number = 1, .within = 1},
            {.label = &other, .since = second, .number = 2, .within = 2}};
    look_until(3);
    EXPECT_EQ(told[1].label, &handler);
    EXPECT_TRUE(told[1].over);
    EXPECT_LE(told[1].at - second, HoldWatch::kInterval);
    EXPECT_EQ(told[2].label, &other);
    EXPECT_FALSE(told[2].over);
    EXPECT_LE(told[2].at - second, 150ms);
    work = {};
    look_until(4);
  }
}

TEST_F(TheWatch, names_who_holds_the_loop_within_anothers_hold_within_150_ms) {
  const Time inner = now + 510ms;
  work = {{.label = &handler, .since = now, .number = 1, .within = 1},
          {.label = &other, .since = inner, .number = 2, .within = 1}};
  look_until(2);
  EXPECT_EQ(told[0].label, &handler);
  EXPECT_EQ(told[1].label, &other);
  EXPECT_FALSE(told[1].over);
  EXPECT_LE(told[1].at - inner, 150ms);
}

}  // namespace
}  // namespace hassette::async
