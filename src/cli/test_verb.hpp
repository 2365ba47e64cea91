#pragma once
// `hassette test [FILTER]`: builds and runs the tests of a home, once or after every change.
//
// Each tests/*_test.cpp becomes a program of its own, so that an edit builds and runs one of them
// anew. What is wrong is on `err`, results are on `out`; the last line is "N passed, N failed".
// Blocks until it is through, with a loop and threads of its own; a stop request ends it at once,
// with the compilers and programs that run.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <stop_token>
#include <string>

#include "build/toolchain.hpp"

namespace hassette::cli {

struct TestOptions {
  std::filesystem::path root;       ///< the home's folder; the programs run there
  std::filesystem::path apps_dir;   ///< tests/ stands beside it
  std::filesystem::path cache_dir;  ///< where compiled apps are kept; tests get a folder in it
  std::string filter;               ///< part of a file's name, or else of a test's; empty: all
  bool watch = false;
  std::uint64_t seed = 1;                                     ///< of every test without its own
  std::chrono::nanoseconds limit = std::chrono::seconds(60);  ///< for each program
  build::ToolchainSearch toolchain;
  std::optional<std::string> googletest;  ///< HASSETTE_GTEST: where it is installed
};

inline constexpr int kTestsPassed = 0;
inline constexpr int kTestsFailed = 1;
inline constexpr int kTestUsage = 2;
inline constexpr int kTestsImpossible = 78;  ///< something is missing on this machine
inline constexpr int kTestsStopped = 130;

int run_tests(const TestOptions& options, std::ostream& out, std::ostream& err,
              const std::stop_token& stop);

}  // namespace hassette::cli
