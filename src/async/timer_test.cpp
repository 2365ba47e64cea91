#include "async/timer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace hassette::async {
namespace {

struct Recorder final : Timer {
  explicit Recorder(std::vector<int>* into = nullptr, int its_name = 0)
      : fired(into), name(its_name) {}
  void fire() override {
    if (fired) fired->push_back(name);
  }
  std::vector<int>* fired;
  int name;
};

MonoTime at(std::int64_t time) {
  return MonoTime(std::chrono::nanoseconds(time));
}

TEST(Timers, fire_in_the_order_of_their_times_and_then_of_their_start) {
  std::vector<int> fired;
  TimerQueue queue;
  Recorder late(&fired, 1);
  Recorder first(&fired, 2);
  Recorder second(&fired, 3);
  queue.start(late, at(20));
  queue.start(first, at(10));
  queue.start(second, at(10));
  EXPECT_EQ(queue.next(), at(10));
  EXPECT_FALSE(queue.fire_one(at(9)));
  while (queue.fire_one(at(20))) {
  }
  EXPECT_EQ(fired, (std::vector<int>{2, 3, 1}));
  EXPECT_TRUE(queue.empty());
}

TEST(Timers, restarted_move_and_go_to_the_end_of_their_time) {
  std::vector<int> fired;
  TimerQueue queue;
  Recorder first(&fired, 1);
  Recorder second(&fired, 2);
  queue.start(first, at(10));
  queue.start(second, at(10));
  queue.start(first, at(10));
  while (queue.fire_one(at(10))) {
  }
  EXPECT_EQ(fired, (std::vector<int>{2, 1}));
}

TEST(Timers, may_start_and_stop_others_and_themselves_while_they_fire) {
  struct Busybody final : Timer {
    void fire() override {
      ++count;
      victim.stop();
      if (count < 3) queue->start(*this, due() + std::chrono::nanoseconds(1));
    }
    TimerQueue* queue = nullptr;
    Recorder victim;
    int count = 0;
  } busybody;
  TimerQueue queue;
  busybody.queue = &queue;
  queue.start(busybody, at(1));
  queue.start(busybody.victim, at(1));
  while (queue.fire_one(at(100))) {
  }
  EXPECT_EQ(busybody.count, 3);
  EXPECT_FALSE(busybody.victim.running());
}

TEST(Timers, move_from_one_queue_to_another) {
  TimerQueue here;
  TimerQueue there;
  Recorder timer;
  here.start(timer, at(1));
  there.start(timer, at(2));
  EXPECT_TRUE(here.empty());
  EXPECT_EQ(there.size(), 1u);
}

TEST(Timers, and_their_queue_may_be_destroyed_in_either_order) {
  Recorder outlives;
  {
    TimerQueue queue;
    queue.start(outlives, at(1));
    {
      Recorder dies;
      queue.start(dies, at(0));
    }
    EXPECT_EQ(queue.size(), 1u);
  }
  EXPECT_FALSE(outlives.running());
  outlives.stop();
}

TEST(Timers, agree_with_a_simple_model_over_a_hundred_thousand_operations) {
  constexpr int kTimers = 300;
  constexpr int kOperations = 100'000;
  std::mt19937 random(4711);
  std::vector<int> fired;
  TimerQueue queue;
  std::vector<std::unique_ptr<Recorder>> timers;
  for (int i = 0; i < kTimers; ++i) timers.push_back(std::make_unique<Recorder>(&fired, i));
  // The model: a sorted map from time and order of start to the timer.
  std::map<std::pair<std::int64_t, int>, int> model;
  std::map<int, std::pair<std::int64_t, int>> placed;
  const auto forget = [&](int name) {
    if (const auto found = placed.find(name); found != placed.end()) {
      model.erase(found->second);
      placed.erase(found);
    }
  };
  std::int64_t now = 0;
  for (int i = 0; i < kOperations; ++i) {
    const int name = static_cast<int>(random() % kTimers);
    switch (random() % 4) {
      case 0:
      case 1: {
        const std::int64_t due = now + static_cast<std::int64_t>(random() % 50);
        forget(name);
        model[{due, i}] = name;
        placed[name] = {due, i};
        queue.start(*timers[static_cast<std::size_t>(name)], at(due));
        break;
      }
      case 2:
        forget(name);
        timers[static_cast<std::size_t>(name)]->stop();
        break;
      default: {
        now += static_cast<std::int64_t>(random() % 5);
        std::vector<int> expected;
        while (!model.empty() && model.begin()->first.first <= now) {
          expected.push_back(model.begin()->second);
          forget(model.begin()->second);
        }
        fired.clear();
        while (queue.fire_one(at(now))) {
        }
        ASSERT_EQ(fired, expected) << "after " << i << " operations";
      }
    }
    ASSERT_EQ(queue.size(), model.size());
    if (!model.empty()) {
      ASSERT_EQ(queue.next(), at(model.begin()->first.first));
    }
  }
}

TEST(Timers, stand_a_million_of_them) {
  constexpr int kTimers = 1'000'000;
  std::mt19937 random(1);
  TimerQueue queue;
  std::vector<Recorder> timers(kTimers);
  for (Recorder& timer : timers) queue.start(timer, at(random() % 1'000'000));
  for (std::size_t i = 0; i < kTimers; i += 2) timers[i].stop();
  EXPECT_EQ(queue.size(), kTimers / 2u);
  MonoTime last{};
  while (!queue.empty()) {
    ASSERT_GE(queue.next(), last);
    last = queue.next();
    queue.fire_one(last);
  }
}

/// What an operation takes with so many timers pending, in the best of some rounds.
std::chrono::nanoseconds cost_beside(std::size_t pending) {
  constexpr std::size_t kOperations = 4'000;
  std::mt19937_64 random(5);
  TimerQueue queue;
  std::vector<Recorder> others(pending);
  for (Recorder& timer : others) queue.start(timer, at(static_cast<std::int64_t>(random() >> 8)));
  std::vector<Recorder> timers(kOperations);
  auto best = std::chrono::nanoseconds::max();
  for (int round = 0; round < 5; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (Recorder& timer : timers) queue.start(timer, at(static_cast<std::int64_t>(random() >> 8)));
    for (Recorder& timer : timers) timer.stop();
    for (Recorder& timer : timers) queue.start(timer, at(0));
    while (queue.fire_one(at(0))) {
    }
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - begin);
  }
  return best;
}

// A thousand times as many would take a thousand times as long if each were looked at; the bound
// leaves room for a home that fits no cache.
TEST(Timers, take_hardly_longer_where_a_million_are_pending) {
  EXPECT_LT(cost_beside(1'000'000), 50 * cost_beside(1'000));
}

}  // namespace
}  // namespace hassette::async
