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
#include <hassette/explore.hpp>
#include <hassette/test_home.hpp>

#include <gtest/gtest.h>

#include <concepts>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

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
    if (const std::string problem = explain_unknown(service); !problem.empty()) {
      return ::testing::AssertionFailure() << problem;
    }
    if (explain_unknown(service, data).empty() && call_count(service, data) > 0) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << explain_missing(service, data);
  }
  ::testing::AssertionResult not_called(std::string_view service, const Json& data = {}) const {
    if (const std::string problem = explain_unknown(service, data); !problem.empty()) {
      return ::testing::AssertionFailure() << problem;
    }
    if (call_count(service, data) == 0) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << explain_present(service, data);
  }
};

/// Runs the scenario in one schedule after the other, each in a home of its own; see
/// <hassette/explore.hpp>. What an app forgets and a check that fails, in any of them, fails the
/// test and ends the exploration.
template <std::invocable<AppHarness&> Scenario>
Exploration explore(const ExploreOptions& options, Scenario&& scenario) {
  const bool failed_before = ::testing::Test::HasFailure();
  Exploration seen = explore_each(options, [&](harness::ExploredRun& run) {
    AppHarness home(options.home, run);
    scenario(home);
    std::vector<std::string> faults = home.finish();
    if (!failed_before && ::testing::Test::HasFailure()) {
      faults.emplace_back("a check of the scenario failed in this schedule");
    }
    return faults;
  });
  if (!seen.fault.empty()) ADD_FAILURE() << seen.str();
  seen.fault_is_told = !seen.fault.empty();
  return seen;
}

/// What the macro below asks, in the form of EXPECT_PRED_FORMAT1, which prints nothing but the
/// report. Where the limit ended the exploration, it says so.
inline ::testing::AssertionResult had_same_outcome(const char* /*expression*/,
                                                   const Exploration& seen) {
  if (seen.fault_is_told) {
    return ::testing::AssertionFailure() << seen.extent() << " by the fault that is shown above";
  }
  if (!seen.same()) return ::testing::AssertionFailure() << seen.str();
  if (!seen.complete()) std::fprintf(stderr, "%s\n", seen.extent().c_str());
  return ::testing::AssertionSuccess();
}

}  // namespace hassette

/// No schedule that was run had another outcome than the usual one. A failure shows how each came
/// about.
#define EXPECT_SAME_OUTCOME(...) EXPECT_PRED_FORMAT1(::hassette::had_same_outcome, (__VA_ARGS__))
#define ASSERT_SAME_OUTCOME(...) ASSERT_PRED_FORMAT1(::hassette::had_same_outcome, (__VA_ARGS__))

/// ASSERT_CALLED(home, light.turn_on, {{"entity_id", "light.hall"}}): an app has called the service
/// with at least this data. A failure shows the nearest call and the tape. One that names an entity
/// which nobody knows fails, and so does that it was not called.
#define ASSERT_CALLED(home, service, ...) \
  ASSERT_TRUE((home).called(#service __VA_OPT__(, ::hassette::Json(__VA_ARGS__))))
#define EXPECT_CALLED(home, service, ...) \
  EXPECT_TRUE((home).called(#service __VA_OPT__(, ::hassette::Json(__VA_ARGS__))))
#define ASSERT_NOT_CALLED(home, service, ...) \
  ASSERT_TRUE((home).not_called(#service __VA_OPT__(, ::hassette::Json(__VA_ARGS__))))
#define EXPECT_NOT_CALLED(home, service, ...) \
  EXPECT_TRUE((home).not_called(#service __VA_OPT__(, ::hassette::Json(__VA_ARGS__))))
