#include "cli/test_program.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <fstream>
#include <hassette/duration.hpp>
#include <hassette/error.hpp>
#include <set>
#include <utility>

#include "build/cache.hpp"
#include "build/process.hpp"

namespace hassette::cli {

namespace {

// "SIGSEGV (Segmentation fault)"; the real-time signals have no names.
std::string describe_signal(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  const char* const meaning = ::sigdescr_np(signal);
  if (name == nullptr || meaning == nullptr) return fmt::format("signal {}", signal);
  return fmt::format("SIG{} ({})", name, meaning);
}

// "crashed: SIGSEGV (Segmentation fault)", "did not end within 60 s and was killed".
std::string describe_end(const build::ProcessResult& result, const TestProgram& what) {
  if (result.timed_out) {
    return fmt::format("did not end within {} and was killed", format_duration(what.limit));
  }
  if (result.signal != 0) {
    return "crashed: " + describe_signal(result.signal);
  }
  return fmt::format("ended with exit code {}", result.exit_code);
}

// The test that ran when the program ended, as a failure.
TestResult cut_short(TestResult test, const build::ProcessResult& result, const TestProgram& what) {
  test.outcome = TestOutcome::kFailed;
  const bool left = !result.timed_out && result.signal == 0;
  test.text += fmt::format("{} {}\n", left ? "in the middle of it the program" : test.name,
                           describe_end(result, what));
  return test;
}

// What is wrong with a program whose tests have all ended, or none of which has begun.
std::string fault_of(const GoogleTestOutput& output, const build::ProcessResult& result,
                     const TestProgram& what) {
  const bool failed = std::ranges::find(output.ended, TestOutcome::kFailed, &TestResult::outcome) !=
                      output.ended.end();
  if (output.is_complete && (result.ok() || (failed && result.exit_code == 1))) return {};
  const std::string_view when = output.is_complete     ? "after its last test"
                                : output.ended.empty() ? "before its first test"
                                                       : "between two tests";
  return fmt::format("{}{}the program {} {}", output.outside,
                     output.outside.empty() || output.outside.ends_with('\n') ? "" : "\n",
                     describe_end(result, what), when);
}

// The program without the tests in `done`, which are as GoogleTest's filter has them. Those go into
// a file: of a program with thousands of tests they are longer than the system lets an argument be.
build::ProcessResult run_without(const std::string& done, const TestProgram& what,
                                 const std::stop_token& stop, GoogleTestReader& reader) {
  std::vector<std::string> command{what.program.string(), "--gtest_color=no", "--gtest_brief=0",
                                   "--gtest_repeat=1"};
  std::optional<build::ScratchFolder> scratch;
  if (done.empty()) {
    command.push_back("--gtest_filter=" + what.filter);
  } else {
    scratch.emplace(std::filesystem::temp_directory_path());
    const std::filesystem::path flags = scratch->path() / "flags";
    std::ofstream file(flags);
    file << "--gtest_filter=" << what.filter << '-' << done << '\n';
    if (!file.flush()) throw Error("file", fmt::format("cannot write {}", flags.string()));
    command.push_back("--gtest_flagfile=" + flags.string());
  }
  build::ProcessPlace place{.folder = what.folder.string(), .variables = {}};
  if (what.seed) place.variables.push_back(fmt::format("HASSETTE_TEST_SEED={}", *what.seed));
  return build::run_child(command, {.time = what.limit}, stop, place,
                          [&reader](std::string_view piece) { reader.read(piece); });
}

void run_all(const TestProgram& what, const std::stop_token& stop, ProgramReport& report) {
  std::string done;
  std::set<std::string> names;
  for (;;) {
    GoogleTestReader reader;
    const build::ProcessResult result = run_without(done, what, stop, reader);
    if (stop.stop_requested()) return;
    GoogleTestOutput output = reader.take();
    if (!output.running) report.fault = fault_of(output, result, what);
    const std::size_t begun = output.ended.size() + (output.running ? 1 : 0);
    const std::size_t left = output.announced - std::min(output.announced, begun);
    report.not_run = left;  // unless another process runs them
    for (TestResult& test : output.ended) {
      names.insert(test.name);
      done += (done.empty() ? "" : ":") + test.name;
      report.tests.push_back(std::move(test));
    }
    if (!output.running) return;
    if (!names.insert(output.running->name).second) {
      report.fault = fmt::format(
          "the program runs {} again although it was told to leave it out, and {}; its `main` has "
          "to give its arguments to testing::InitGoogleTest",
          output.running->name, describe_end(result, what));
      return;
    }
    done += (done.empty() ? "" : ":") + output.running->name;
    TestResult& last =
        report.tests.emplace_back(cut_short(std::move(*output.running), result, what));
    if (left == 0) return;
    if (result.timed_out) {
      last.text += fmt::format("{} behind it did not run\n",
                               left == 1 ? "the test" : fmt::format("the {} tests", left));
      return;
    }
  }
}

}  // namespace

ProgramReport run_test_program(const TestProgram& what, const std::stop_token& stop) {
  ProgramReport report;
  try {
    run_all(what, stop, report);
  } catch (const std::exception& error) {
    report.is_whole = false;
    report.fault = report.tests.empty() ? error.what()
                                        : fmt::format("what is behind {} did not run: {}",
                                                      report.tests.back().name, error.what());
  }
  return report;
}

}  // namespace hassette::cli
