#include <gtest/gtest.h>

#include <thread>

#include <hassette/error.hpp>

#include "net/asio_reactor.hpp"
#include "net/test_support.hpp"

namespace hassette::net {
namespace {

class Reactor : public NetTest {};

TEST_F(Reactor, waits_until_another_thread_wakes_it) {
  std::atomic<bool> posted = false;
  std::jthread other([&] { loop.post([&] { posted = true; }); });
  run_while([&] { return !posted; });
  SUCCEED();
}

TEST_F(Reactor, does_not_lose_a_wake_that_comes_before_the_wait) {
  reactor.wake();
  reactor.wake();
  reactor.wait({});
  reactor.wake();
  reactor.wait({});
  SUCCEED();
}

TEST_F(Reactor, blocks_for_the_given_time_without_turning) {
  const auto start = std::chrono::steady_clock::now();
  std::timespec before{};
  std::timespec after{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
  reactor.wait(std::chrono::milliseconds(30));
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
  const auto used =
      (after.tv_sec - before.tv_sec) * 1'000'000'000L + after.tv_nsec - before.tv_nsec;
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(30));
  EXPECT_LT(used, 20'000'000);
}

TEST_F(Reactor, survives_a_wait_that_is_as_good_as_endless) {
  reactor.wake();
  reactor.wait(std::chrono::nanoseconds::max());
  SUCCEED();
}

TEST_F(Reactor, wakes_under_contention) {
  constexpr int kCalls = 2000;
  int seen = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kCalls; ++i) loop.post([&] { ++seen; });
      });
    }
    run_while([&] { return seen < 2 * kCalls; });
  }
  EXPECT_EQ(seen, 2 * kCalls);
}

TEST(ReactorOfAnotherKind, is_refused_by_the_network) {
  async::RealClock clock;
  async::ParkReactor reactor;
  async::Loop loop(clock, reactor);
  EXPECT_THROW(context_of(loop), LogicError);
}

}  // namespace
}  // namespace hassette::net
