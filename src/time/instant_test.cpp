#include "time/instant.hpp"

#include <gtest/gtest.h>

namespace hassette::time {
namespace {

using namespace std::chrono;

TEST(Instant, of_a_clock_that_was_not_set_lies_before_2000) {
  EXPECT_FALSE(is_set(TimePoint()));
  EXPECT_FALSE(is_set(sys_days(2000y / January / 1) - microseconds(1)));
  EXPECT_TRUE(is_set(sys_days(2000y / January / 1)));
}

TEST(Instant, comes_back_from_a_file_as_it_was) {
  for (const std::int64_t micros : {std::int64_t(-1), std::int64_t(0), INT64_MAX}) {
    EXPECT_EQ(to_micros(from_micros(micros)), micros);
  }
  EXPECT_EQ(from_micros(1'000'000), TimePoint(seconds(1)));
}

}  // namespace
}  // namespace hassette::time
