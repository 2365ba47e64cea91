#pragma once
// What a GoogleTest program prints, taken apart into its tests.
//
// Read from the text and not from a report file, since a program that crashes writes none: its
// last test is the one that was begun and not ended. What a test prints itself may stand anywhere,
// also before a mark on the same line. A pure function; any thread.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hassette::cli {

enum class TestOutcome : std::uint8_t { kPassed, kFailed, kSkipped };

struct TestResult {
  std::string name;  ///< "MotionLights.follow_motion"
  TestOutcome outcome = TestOutcome::kPassed;
  std::string text;  ///< what was printed while it ran
};

struct GoogleTestOutput {
  std::vector<TestResult> ended;
  std::optional<TestResult> running;  ///< begun, and not ended by the end of the text
  std::size_t announced = 0;          ///< how many were to run
  bool is_complete = false;           ///< all of them have run
  std::string outside;                ///< what was printed while none ran, GoogleTest's marks aside
};

GoogleTestOutput parse_googletest(std::string_view text);

}  // namespace hassette::cli
