#include "cli/googletest_output.hpp"

#include <gtest/gtest.h>

namespace hassette::cli {
namespace {

// The words of GoogleTest, without being taken for those of this test program's own run.
std::string with_marks(std::string text) {
  const std::pair<std::string, std::string> marks[] = {
      {"<run>", "[ RUN      ] "},     {"<ok>", "[       OK ] "},    {"<failed>", "[  FAILED  ] "},
      {"<skipped>", "[  SKIPPED ] "}, {"<total>", "[==========] "}, {"<rule>", "[----------] "}};
  for (const auto& [word, mark] : marks) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
      text.replace(at, word.size(), mark);
    }
  }
  return text;
}

GoogleTestOutput parse(const std::string& text) {
  return parse_googletest(with_marks(text));
}

TEST(GoogleTestOutput, tells_tests_apart_with_what_each_of_them_printed) {
  const auto output = parse(
      "Running main() from gmock_main.cc\n"
      "Note: Google Test filter = *\n"
      "<total>Running 3 tests from 1 test suite.\n"
      "<rule>Global test environment set-up.\n"
      "<rule>3 tests from Hall\n"
      "<run>Hall.is_lit\n"
      "<ok>Hall.is_lit (3 ms)\n"
      "<run>Hall.is_dark\n"
      "tests/hall_test.cpp:12: Failure\n"
      "no\n"
      "<failed>Hall.is_dark (0 ms)\n"
      "<run>Hall.is_new\n"
      "<skipped>Hall.is_new (0 ms)\n"
      "<rule>3 tests from Hall (3 ms total)\n"
      "\n"
      "<total>3 tests from 1 test suite ran. (4 ms total)\n"
      "[  PASSED  ] 1 test.\n"
      "<failed>1 test, listed below:\n"
      "<failed>Hall.is_dark\n");
  ASSERT_EQ(output.ended.size(), 3u);
  EXPECT_EQ(output.announced, 3u);
  EXPECT_TRUE(output.is_complete);
  EXPECT_FALSE(output.running);
  EXPECT_EQ(output.outside, "");
  EXPECT_EQ(output.ended[0].outcome, TestOutcome::kPassed);
  EXPECT_EQ(output.ended[1].name, "Hall.is_dark");
  EXPECT_EQ(output.ended[1].outcome, TestOutcome::kFailed);
  EXPECT_EQ(output.ended[1].text, "tests/hall_test.cpp:12: Failure\nno\n");
  EXPECT_EQ(output.ended[2].outcome, TestOutcome::kSkipped);
}

TEST(GoogleTestOutput, names_the_test_that_ran_when_the_program_ended) {
  const auto output = parse("<total>Running 2 tests from 1 test suite.\n<run>A.b\nouch\n");
  ASSERT_TRUE(output.running);
  EXPECT_EQ(output.running->name, "A.b");
  EXPECT_EQ(output.running->text, "ouch\n");
  EXPECT_FALSE(output.is_complete);
}

TEST(GoogleTestOutput, is_not_misled_by_what_a_test_prints_on_its_line_or_about_others) {
  const auto output = parse("<run>A.b\nno line break<ok>A.b (0 ms)\n<run>A.c\n<ok>A.cd (0 ms)\n");
  ASSERT_EQ(output.ended.size(), 1u);
  EXPECT_EQ(output.ended[0].text, "no line break\n");
  ASSERT_TRUE(output.running);
  EXPECT_EQ(output.running->name, "A.c");
}

TEST(GoogleTestOutput, knows_tests_with_parameters_and_without_times) {
  const auto output = parse(
      "<run>Days/Hall.opens/1\n<failed>Days/Hall.opens/1, where GetParam() = 5 (0 ms)\n"
      "<run>Days/Hall.opens/10\n<ok>Days/Hall.opens/10\n");
  ASSERT_EQ(output.ended.size(), 2u);
  EXPECT_EQ(output.ended[0].outcome, TestOutcome::kFailed);
  EXPECT_EQ(output.ended[1].outcome, TestOutcome::kPassed);
}

TEST(GoogleTestOutput, keeps_what_stands_outside_of_all_tests) {
  EXPECT_EQ(parse("cannot open the house\n<total>Running 0 tests from 0 test suites.\n").outside,
            "cannot open the house\n");
}

}  // namespace
}  // namespace hassette::cli
