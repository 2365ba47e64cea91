#include "async/clock_watch.hpp"

#include "async/testing.hpp"

namespace hassette::async {
namespace {

using ClockWatching = InVirtualTime;

TEST_F(ClockWatching, waits_in_the_kernel_and_ends_at_once) {
  int told = 0;
  for (int i = 0; i < 100; ++i) {
    const ClockWatch watch(loop, [&told] { ++told; });
    EXPECT_TRUE(watch.works());
    loop.run_ready();
  }
  EXPECT_EQ(told, 0) << "nobody has set the clock";
}

}  // namespace
}  // namespace hassette::async
