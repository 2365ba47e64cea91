#include "build/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <hassette/error.hpp>
#include <thread>

#include "build/hash.hpp"
#include "build/test_support.hpp"

namespace hassette::build {
namespace {

std::vector<std::string> shell(std::string script) {
  return {"/bin/sh", "-c", std::move(script)};
}

/// A pipe with a name. Reading it to its end waits until every process that holds it is gone.
class Witness {
 public:
  Witness() { ::mkfifo(path().c_str(), 0600); }
  std::string path() const { return (folder_.path() / "witness").string(); }
  /// Waits until somebody has opened it.
  void await_start() { descriptor_ = ::open(path().c_str(), O_RDONLY | O_CLOEXEC); }
  /// True once nobody holds it any more.
  bool await_end() const {
    char byte;
    return ::read(descriptor_, &byte, 1) == 0;
  }
  ~Witness() { ::close(descriptor_); }

 private:
  ScratchFolder folder_{std::filesystem::temp_directory_path()};
  int descriptor_ = -1;
};

TEST(Process, gives_exit_code_and_both_outputs) {
  const ProcessResult result = run_child(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.output, "out\nerr\n");
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.ending(), "ended with code 3");
}

TEST(Process, names_the_signal_that_ended_the_child) {
  const ProcessResult result = run_child(shell("kill -TERM $$"));
  EXPECT_EQ(result.signal, SIGTERM);
  EXPECT_EQ(result.exit_code, -1);
}

TEST(Process, says_which_program_cannot_be_started) {
  try {
    run_child({"/nowhere/clang++", "--version"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "cannot start /nowhere/clang++: No such file or directory");
  }
}

TEST(Process, starts_a_program_that_another_one_is_about_to_close) {
  const ScratchFolder folder(std::filesystem::temp_directory_path());
  const std::string program = (folder.path() / "program").string();
  write(program, "#!/bin/sh\necho started\n");
  ::chmod(program.c_str(), 0700);
  Witness witness;
  // Its end is a moment later than the first attempt.
  const std::string script = "exec 3>>" + program + "; : > " + witness.path() + "; sleep 0.05";
  std::jthread holding([&] { run_child(shell(script)); });
  witness.await_start();
  EXPECT_EQ(run_child({program}).output, "started\n");
}

TEST(Process, reads_nothing_from_the_engine_s_input) {
  EXPECT_EQ(run_child({"/bin/cat"}).output, "");
}

TEST(Process, gets_no_secrets_from_the_environment) {
  ::setenv("HASSETTE__TOKEN", "abc", 1);
  EXPECT_EQ(run_child(shell("echo \"[$HASSETTE__TOKEN]\"")).output, "[]\n");
  ::unsetenv("HASSETTE__TOKEN");
}

TEST(Process, runs_where_it_is_told_with_the_variables_that_it_is_given) {
  ::setenv("HASSETTE_TEST_SEED", "1", 1);
  const ProcessResult result =
      run_child(shell("pwd; echo \"[$HASSETTE_TEST_SEED]\""), {}, {},
                {.folder = "/usr/bin", .variables = {"HASSETTE_TEST_SEED=7"}});
  ::unsetenv("HASSETTE_TEST_SEED");
  EXPECT_EQ(result.output, "/usr/bin\n[7]\n");
}

TEST(Process, bounds_the_output_and_goes_on) {
  const ProcessResult result = run_child(shell("yes | head -c 300000; exit 4"), {.output = 1000});
  EXPECT_EQ(result.output.size(), 1000U);
  EXPECT_TRUE(result.output_cut);
  EXPECT_EQ(result.exit_code, 4);
}

TEST(Process, gives_all_of_its_output_to_who_reads_it) {
  std::size_t taken = 0;
  const ProcessResult result = run_child(shell("yes | head -c 300000"), {.output = 1000}, {}, {},
                                         [&](std::string_view piece) { taken += piece.size(); });
  EXPECT_EQ(taken, 300000U);
  EXPECT_EQ(result.output, "");
  EXPECT_FALSE(result.output_cut);
}

TEST(Process, is_killed_when_time_is_up_though_it_writes_faster_than_it_is_read) {
  const ProcessResult result =
      run_child(shell("exec yes"), {.time = std::chrono::milliseconds(200)}, {}, {},
                [](std::string_view piece) { EXPECT_FALSE(sha256(piece).empty()); });
  EXPECT_TRUE(result.timed_out);
}

TEST(Process, is_killed_with_its_children_when_time_is_up) {
  Witness witness;
  std::jthread reader([&] { witness.await_start(); });
  const ProcessResult result = run_child(shell("sleep 1000 3> " + witness.path() + " & wait"),
                                         {.time = std::chrono::milliseconds(200)});
  reader.join();
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_TRUE(witness.await_end());
}

TEST(Process, does_not_wait_for_what_the_child_left_behind) {
  const ProcessResult result = run_child(shell("sleep 1000 & echo done"));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.output, "done\n");
}

TEST(Process, dies_when_nobody_wants_it_any_more) {
  TestLoop bench;
  Witness witness;
  async::Fiber fiber = bench.make_fiber();
  std::optional<ProcessResult> result;
  fiber.start(async::store(run_process(bench.pool, shell("exec sleep 1000 3> " + witness.path())),
                           &result));
  bench.loop.turn(false);
  witness.await_start();
  fiber.cancel(CancelReason::kRequested);
  bench.finish(fiber);
  EXPECT_TRUE(async::is_cancelled(fiber.error()));
  EXPECT_FALSE(result);
  EXPECT_TRUE(witness.await_end());
}

TEST(Process, dies_with_the_engine_however_that_ends) {
  Witness witness;
  const pid_t engine = ::fork();
  if (engine == 0) {
    run_child(shell("exec sleep 1000 3> " + witness.path()));
    ::_exit(0);
  }
  witness.await_start();
  ::kill(engine, SIGKILL);
  ::waitpid(engine, nullptr, 0);
  EXPECT_TRUE(witness.await_end());
}

}  // namespace
}  // namespace hassette::build
