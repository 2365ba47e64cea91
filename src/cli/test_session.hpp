#pragma once
// TestSession: what `hassette test` does while it lives, round by round.
//
// A round builds and runs the tests whose fingerprint is another than when they last ran; without
// --watch there is one. What could not be built or started is tried again in the next round,
// whatever has changed: a full disk is no part of a fingerprint. Owned by run_tests(), loop thread;
// compilers and programs run on the pool.
#include <filesystem>
#include <hassette/task.hpp>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "async/pool.hpp"
#include "build/compiler.hpp"
#include "cli/test_program.hpp"
#include "cli/test_verb.hpp"

namespace hassette::cli {

class TestSession {
 public:
  TestSession(const TestOptions& options, build::AppCompiler& compiler, async::Pool& pool,
              std::ostream& out, std::ostream& err);

  /// Until every test has run, or for ever with --watch.
  Task<> run();
  int exit_code() const { return exit_code_; }

 private:
  struct Sum {
    std::size_t passed = 0;
    std::size_t failed = 0;
    std::size_t skipped = 0;
    std::size_t not_run = 0;
    bool has_failed_run = false;  // not only builds: a seed may have to do with it
  };

  std::vector<std::filesystem::path> choose();
  std::vector<std::filesystem::path> take_changed(const std::vector<std::filesystem::path>& from);
  Task<> round(std::vector<std::filesystem::path> sources);
  Task<> announce(std::vector<std::filesystem::path> sources);
  Task<> run_source(std::filesystem::path source);
  void show(const std::filesystem::path& source, const ProgramReport& report);
  void show_build(const std::filesystem::path& source, const build::AppCompiler::Result& built);
  void sum_up();
  void complain(const std::string& sentence);

  TestOptions options_;
  std::filesystem::path tests_;
  std::string filter_ = "*";  // GoogleTest's
  build::AppCompiler& compiler_;
  async::Pool& pool_;
  std::ostream& out_;
  std::ostream& err_;
  std::map<std::filesystem::path, std::string> seen_;  // fingerprints of what has run
  Sum sum_;                                            // of this round
  int exit_code_ = kTestsPassed;
};

}  // namespace hassette::cli
