#pragma once
// layer: harness
//
// AppHarness: one or several apps in a simulated home and in virtual time, for GoogleTest.
//
//   TEST(MotionLights, follow_motion) {
//     AppHarness home;
//     home.set_state("binary_sensor.hall", "off");
//     home.set_state("light.hall", "off");
//     home.start<MotionLights>({.motion = "binary_sensor.hall", .light = "light.hall"});
//     home.set_state("binary_sensor.hall", "on");
//     ASSERT_CALLED(home, light.turn_on, {{"entity_id", "light.hall"}, {"brightness", 200}});
//     home.set_state("binary_sensor.hall", "off");
//     home.advance(5min);
//     ASSERT_CALLED(home, light.turn_off, {{"entity_id", "light.hall"}});
//   }
//
// What it offers is documented in <hassette/test_home.hpp>. What an app forgets fails the test: a
// run or task that threw (unless expected), a Task that nobody awaited, a task that does not end
// when it is cancelled. One thread.
#include <hassette/test_home.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace hassette {

class AppHarness : public TestHome {
 public:
  using TestHome::TestHome;
  AppHarness(const AppHarness&) = delete;
  AppHarness& operator=(const AppHarness&) = delete;
  ~AppHarness() {
    for (const std::string& fault : finish()) ADD_FAILURE() << fault;
  }

  /// What the macros below ask: success if a call of the service carries at least this data.
  ::testing::AssertionResult called(std::string_view service, const Json& data = {}) const {
    if (call_count(service, data) > 0) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << explain_missing(service, data);
  }
  ::testing::AssertionResult not_called(std::string_view service, const Json& data = {}) const {
    if (call_count(service, data) == 0) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << explain_present(service, data);
  }
};

}  // namespace hassette

/// ASSERT_CALLED(home, light.turn_on, {{"entity_id", "light.hall"}}): an app has called the service
/// with at least this data. A failure shows the nearest call and the tape.
#define ASSERT_CALLED(home, service, ...) \
  ASSERT_TRUE((home).called(#service __VA_OPT__(, ::hassette::Json(__VA_ARGS__))))
#define EXPECT_CALLED(home, service, ...) \
  EXPECT_TRUE((home).called(#service __VA_OPT__(, ::hassette::Json(__VA_ARGS__))))
#define ASSERT_NOT_CALLED(home, service, ...) \
  ASSERT_TRUE((home).not_called(#service __VA_OPT__(, ::hassette::Json(__VA_ARGS__))))
#define EXPECT_NOT_CALLED(home, service, ...) \
  EXPECT_TRUE((home).not_called(#service __VA_OPT__(, ::hassette::Json(__VA_ARGS__))))
