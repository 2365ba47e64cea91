// Real time: what holds the loop here waits for the watchdog's report and never for a length of
// time.
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

}  // namespace
}  // namespace hassette::async
