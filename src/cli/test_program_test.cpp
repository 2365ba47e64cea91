#include "cli/test_program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "build/test_support.hpp"

namespace hassette::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A program that only pretends to be made with GoogleTest: a shell script.
class Pretended : public testing::Test {
 protected:
  ProgramReport run(const std::string& script, std::chrono::nanoseconds limit = 60s) {
    what_.program = folder_.path() / "program";
    what_.folder = folder_.path();
    what_.limit = limit;
    build::write(what_.program, R"sh(#!/bin/sh
run() { echo "[ RUN      ] $1"; }
ok() { echo "[       OK ] $1 (0 ms)"; }
failed() { echo "[  FAILED  ] $1 (0 ms)"; }
begin() { echo "[==========] Running $1 tests from 1 test suite."; }
end() { echo "[==========] tests from 1 test suite ran. (0 ms total)"; }
)sh" + script + "\n");
    ::chmod(what_.program.c_str(), 0700);
    return run_test_program(what_, {});
  }
  build::ScratchFolder folder_{fs::temp_directory_path()};
  TestProgram what_;
};

TEST_F(Pretended, gives_the_tests_of_a_program_that_ends_well) {
  const auto report = run("begin 2; run A.a; ok A.a; run A.b; failed A.b; end; exit 1");
  ASSERT_EQ(report.tests.size(), 2u);
  EXPECT_EQ(report.tests[0].outcome, TestOutcome::kPassed);
  EXPECT_EQ(report.tests[1].outcome, TestOutcome::kFailed);
  EXPECT_EQ(report.fault, "");
}

TEST_F(Pretended, is_told_where_to_run_which_tests_and_with_which_seed) {
  what_.filter = "*motion*";
  what_.seed = 42;
  const auto report =
      run("begin 1; run A.a; pwd; echo \"$HASSETTE_TEST_SEED $@\"; failed A.a; end");
  ASSERT_EQ(report.tests.size(), 1u);
  EXPECT_THAT(report.tests[0].text, HasSubstr(fs::canonical(folder_.path()).string() + "\n"));
  EXPECT_THAT(report.tests[0].text, HasSubstr("42 --gtest_color=no"));
  EXPECT_THAT(report.tests[0].text, HasSubstr("--gtest_filter=*motion*\n"));
}

TEST_F(Pretended, goes_on_behind_a_test_that_crashes) {
  what_.filter = "A*";
  const auto report = run(R"sh(case "$*" in
  *--gtest_flagfile=*)
    if [ "$(cat "${4#*=}")" = "--gtest_filter=A*-A.a:A.b" ]; then
      begin 1; run A.c; ok A.c; end
    fi;;
  *) begin 3; run A.a; ok A.a; run A.b; kill -SEGV $$;;
esac)sh");
  ASSERT_EQ(report.tests.size(), 3u);
  EXPECT_EQ(report.tests[1].outcome, TestOutcome::kFailed);
  EXPECT_EQ(report.tests[1].text, "A.b crashed: SIGSEGV (Segmentation fault)\n");
  EXPECT_EQ(report.tests[2].name, "A.c");
  EXPECT_EQ(report.tests[2].outcome, TestOutcome::kPassed);
  EXPECT_EQ(report.fault, "");
  EXPECT_EQ(report.not_run, 0u);
}

TEST_F(Pretended, is_not_started_for_ever_where_it_does_not_listen) {
  const auto report = run("begin 2; run A.a; kill -SEGV $$");
  ASSERT_EQ(report.tests.size(), 1u);
  EXPECT_THAT(report.fault, HasSubstr("runs A.a again although it was told to leave it out"));
  EXPECT_EQ(report.not_run, 1u);
}

TEST_F(Pretended, names_a_signal_that_has_no_name_by_its_number) {
  const auto report = run("begin 1; run A.a; kill -40 $$");
  ASSERT_EQ(report.tests.size(), 1u) << report.fault;
  EXPECT_EQ(report.tests[0].text, "A.a crashed: signal 40\n");
}

TEST_F(Pretended, goes_on_behind_more_tests_than_an_argument_can_name) {
  const auto report = run(R"sh(case "$*" in
  *--gtest_flagfile=*) begin 1; run A.z; ok A.z; end;;
  *)
    begin 4002
    i=0
    while [ $i -lt 4000 ]; do
      i=$((i+1))
      echo "[ RUN      ] Rooms/House.is_warm_in_winter/$i"
      echo "[       OK ] Rooms/House.is_warm_in_winter/$i (0 ms)"
    done
    run A.b; kill -SEGV $$;;
esac)sh");
  ASSERT_EQ(report.tests.size(), 4002u) << report.fault;
  EXPECT_EQ(report.tests[4001].name, "A.z");
  EXPECT_EQ(report.fault, "");
}

TEST_F(Pretended, keeps_what_has_run_where_the_rest_cannot_be_started) {
  const auto report = run("begin 3; run A.a; ok A.a; run A.b; rm \"$0\"; kill -SEGV $$");
  ASSERT_EQ(report.tests.size(), 2u);
  EXPECT_EQ(report.tests[1].outcome, TestOutcome::kFailed);
  EXPECT_THAT(report.fault, HasSubstr("what is behind A.b did not run: cannot start "));
  EXPECT_EQ(report.not_run, 1u);
  EXPECT_FALSE(report.is_whole);
}

TEST_F(Pretended, keeps_what_has_run_where_there_is_no_room_for_temporary_files) {
  ::setenv("TMPDIR", "/nowhere", 1);
  const auto report = run("begin 2; run A.a; kill -SEGV $$");
  ::unsetenv("TMPDIR");
  ASSERT_EQ(report.tests.size(), 1u);
  EXPECT_THAT(report.fault, HasSubstr("what is behind A.a did not run: "));
}

TEST_F(Pretended, ends_where_the_last_test_crashes) {
  const auto report = run("begin 1; run A.a; echo begun >> runs; kill -ABRT $$");
  ASSERT_EQ(report.tests.size(), 1u);
  EXPECT_EQ(build::read(folder_.path() / "runs"), "begun\n");
}

TEST_F(Pretended, names_the_test_that_hangs_and_what_did_not_run_for_it) {
  const auto report = run("begin 4; run A.a; ok A.a; run A.b; exec sleep 1000", 100ms);
  ASSERT_EQ(report.tests.size(), 2u);
  EXPECT_EQ(report.tests[1].text,
            "A.b did not end within 0.1 s and was killed\nthe 2 tests behind it did not run\n");
  EXPECT_EQ(report.not_run, 2u);
}

TEST_F(Pretended, tells_how_its_tests_ended_also_behind_more_output_than_is_kept) {
  const auto report = run(R"sh(begin 3; run A.a
    head -c 17000000 /dev/zero | tr '\0' x; echo
    ok A.a; run A.b; ok A.b; run A.c; failed A.c; end; exit 1)sh");
  ASSERT_EQ(report.tests.size(), 3u);
  EXPECT_EQ(report.tests[0].outcome, TestOutcome::kPassed);
  EXPECT_EQ(report.tests[1].outcome, TestOutcome::kPassed);
  EXPECT_EQ(report.tests[2].outcome, TestOutcome::kFailed);
  EXPECT_EQ(report.fault, "");
}

TEST_F(Pretended, is_not_content_with_a_test_that_ends_the_program) {
  const auto report = run("begin 1; run A.a; exit 0");
  ASSERT_EQ(report.tests.size(), 1u);
  EXPECT_EQ(report.tests[0].outcome, TestOutcome::kFailed);
  EXPECT_EQ(report.tests[0].text, "in the middle of it the program ended with exit code 0\n");
}

TEST_F(Pretended, tells_of_a_program_that_goes_wrong_outside_of_its_tests) {
  EXPECT_EQ(run("echo 'no such library'; exit 127").fault,
            "no such library\nthe program ended with exit code 127 before its first test");
  EXPECT_THAT(run("begin 1; run A.a; ok A.a; end; kill -SEGV $$").fault,
              HasSubstr("crashed: SIGSEGV (Segmentation fault) after its last test"));
  const auto between = run("begin 3; run A.a; ok A.a; exit 3");
  EXPECT_THAT(between.fault, HasSubstr("between two tests"));
  EXPECT_EQ(between.not_run, 2u);
}

TEST_F(Pretended, ends_at_once_when_nobody_wants_it_any_more) {
  std::stop_source stop;
  stop.request_stop();
  what_.program = "/bin/sh";
  EXPECT_TRUE(run_test_program(what_, stop.get_token()).tests.empty());
}

TEST_F(Pretended, says_which_program_cannot_be_started) {
  what_.program = "/nowhere/hall.test";
  const auto report = run_test_program(what_, {});
  EXPECT_THAT(report.fault, HasSubstr("cannot start /nowhere/hall.test: No such file"));
  EXPECT_FALSE(report.is_whole);
}

}  // namespace
}  // namespace hassette::cli
