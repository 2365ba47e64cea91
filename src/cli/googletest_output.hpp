#pragma once
// What a GoogleTest program prints, taken apart into its tests.
//
// Read from the text and not from a report file, since a program that crashes writes none: its
// last test is the one that was begun and not ended. What a test prints itself may stand anywhere,
// also before a mark on the same line. It may be more than one wants to keep: each text is cut at
// its end, which is said there, and no mark is lost by that. Used by one thread at a time.
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
  std::string text;  ///< what was printed while it ran, where it did not pass
};

struct GoogleTestOutput {
  std::vector<TestResult> ended;
  std::optional<TestResult> running;  ///< begun, and not ended by the end of the text
  std::size_t announced = 0;          ///< how many were to run
  bool is_complete = false;           ///< all of them have run
  std::string outside;                ///< what was printed while none ran, GoogleTest's marks aside
};

class GoogleTestReader {
 public:
  /// How many bytes of text are kept, of one test and of all.
  struct Limits {
    std::size_t one = std::size_t{4} << 20;
    std::size_t all = std::size_t{16} << 20;
  };

  GoogleTestReader() = default;
  explicit GoogleTestReader(const Limits& limits) : limits_(limits) {}

  /// What comes next, cut into pieces anywhere.
  void read(std::string_view piece);
  /// After the last piece, once.
  GoogleTestOutput take();

 private:
  void take_line(std::string_view line);
  void take_line_of_test(std::string_view line);
  void take_line_outside(std::string_view line);
  void bound_line();
  void end_test(TestOutcome outcome);
  /// Adds to what the running test, or the program outside of all, has printed.
  void keep(std::string_view text);
  static void say_if_cut(std::string& text, std::size_t dropped);

  Limits limits_;
  GoogleTestOutput output_;
  std::string line_;            // its beginning, as far as it has come
  bool is_rest_known_ = false;  // nothing in the rest of this line is of interest
  std::size_t kept_ = 0;
  std::size_t dropped_ = 0;  // of the running test
  std::size_t dropped_outside_ = 0;
};

}  // namespace hassette::cli
