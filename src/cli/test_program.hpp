#pragma once
// One run of a test program: its tests, also where it crashes or hangs.
//
// A crash is the failure of the test that ran, and those behind it run in another process; a
// program that is not through when its time is up is killed, the test that ran has failed, and
// those behind it do not run. Blocks; any thread. A stop request kills the program with all its
// children. Where the system does not let it start, that is its fault beside the tests that have
// run; nothing is thrown.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/googletest_output.hpp"

namespace hassette::cli {

struct TestProgram {
  std::filesystem::path program;
  std::filesystem::path folder;       ///< where it runs
  std::string filter = "*";           ///< of GoogleTest's, without a negative part
  std::optional<std::uint64_t> seed;  ///< HASSETTE_TEST_SEED
  std::chrono::nanoseconds limit = std::chrono::seconds(60);
};

struct ProgramReport {
  std::vector<TestResult> tests;
  std::size_t not_run = 0;  ///< of those that were to run: behind a hang, or behind the fault
  std::string fault;        ///< what went wrong beside the tests; a failure of its own
  bool is_whole = true;     ///< false where the system, not the program, is why tests did not run
};

ProgramReport run_test_program(const TestProgram& what, const std::stop_token& stop);

}  // namespace hassette::cli
