// What authors read of a call that was not answered.
#include "ha/unanswered.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hassette::ha {
namespace {

using ::testing::HasSubstr;

TEST(Unanswered, says_whether_the_call_was_sent) {
  EXPECT_FALSE(not_connected("asking", LinkState::kLost).was_sent());
  EXPECT_STREQ(not_connected("asking", LinkState::kRejected).what(),
               "asking: Home Assistant is not connected (rejected), so nothing was sent; co_await "
               "api.connected() waits for it");
  EXPECT_TRUE(lost_before_answer("asking").was_sent());
  EXPECT_STREQ(lost_before_answer("asking").what(),
               "asking: the connection to Home Assistant was lost before its answer; the call may "
               "have had its effect");
  EXPECT_STREQ(no_answer("asking", std::chrono::seconds(90)).what(),
               "asking: no answer from Home Assistant within 1 min 30 s");
}

TEST(Unanswered, calls_the_link_lost_a_moment_before_the_link_does) {
  for (const LinkState state : {LinkState::kConnected, LinkState::kStarting}) {
    EXPECT_THAT(not_connected("asking", state).what(), HasSubstr("not connected (lost)"));
  }
  EXPECT_THAT(not_connected("asking", LinkState::kConnecting).what(),
              HasSubstr("not connected (connecting)"));
}

}  // namespace
}  // namespace hassette::ha
