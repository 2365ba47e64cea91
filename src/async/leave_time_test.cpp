#include "async/leave_time.hpp"

#include <gtest/gtest.h>

namespace hassette::async {
namespace {

using namespace std::chrono_literals;

class StopOfAProcess : public testing::Test {
 public:
  /// From the wish to stop on, which comes at `kBegin`.
  std::optional<LeaveTime::Duration> limit() const {
    const auto due = time.due();
    return due ? std::optional(*due - kBegin) : std::nullopt;
  }
  static constexpr LeaveTime::Time kBegin{1h};
  LeaveTime time;
};

TEST_F(StopOfAProcess, has_no_end_before_it_has_begun) {
  EXPECT_EQ(limit(), std::nullopt);
  EXPECT_EQ(time.taken(kBegin), std::nullopt);
  time.allow(3s);
  EXPECT_EQ(limit(), std::nullopt);
}

TEST_F(StopOfAProcess, has_its_time_from_the_first_wish_on) {
  time.begin(kBegin, 2s);
  EXPECT_EQ(limit(), 2s);
  time.begin(kBegin + 1s, 2s);
  EXPECT_EQ(limit(), 2s);
  EXPECT_EQ(time.taken(kBegin + 1500ms), 1500ms);
}

TEST_F(StopOfAProcess, may_take_as_long_as_hooks_declare_said_before_or_after) {
  time.allow(3s);
  time.begin(kBegin, 2s);
  EXPECT_EQ(limit(), 5s);
  time.allow(10s);
  EXPECT_EQ(limit(), 12s);
}

TEST_F(StopOfAProcess, is_not_cut_by_a_hook_that_declares_less) {
  time.begin(kBegin, 2s);
  time.allow(-700ms);
  EXPECT_EQ(limit(), 2s);
  time.allow(3s);
  time.allow(1s);
  EXPECT_EQ(limit(), 5s);
}

TEST_F(StopOfAProcess, may_be_allowed_any_time_without_overflow) {
  time.begin(kBegin, 2s);
  time.allow(std::chrono::nanoseconds::max());
  EXPECT_GT(limit(), 24h);
}

TEST_F(StopOfAProcess, has_no_more_for_its_last_steps_than_is_left) {
  time.begin(kBegin, 2s);
  time.end_within(kBegin + 1500ms, 1s);
  EXPECT_EQ(limit(), 2s);
  time.end_within(kBegin + 1600ms, 100ms);
  EXPECT_EQ(limit(), 1700ms);
  time.end_within(kBegin + 1650ms, 1s);
  EXPECT_EQ(limit(), 1700ms);
}

TEST_F(StopOfAProcess, keeps_none_of_the_hooks_time_for_its_last_steps) {
  time.begin(kBegin, 2s);
  time.allow(30s);
  time.end_within(kBegin + 3s, 1s);
  EXPECT_EQ(limit(), 4s);
  time.allow(30s);
  time.begin(kBegin + 3s, 2s);
  EXPECT_EQ(limit(), 4s);
}

TEST_F(StopOfAProcess, that_nobody_wished_for_is_bounded_from_its_last_steps_on) {
  EXPECT_FALSE(time.in_last_steps());
  time.end_within(kBegin, 1s);
  EXPECT_TRUE(time.in_last_steps());
  EXPECT_EQ(limit(), 1s);
  EXPECT_EQ(time.taken(kBegin + 200ms), 200ms);
}

}  // namespace
}  // namespace hassette::async
