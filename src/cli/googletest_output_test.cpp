#include "cli/googletest_output.hpp"

#include <fmt/core.h>
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

// In pieces of this many bytes, as a pipe may give them.
GoogleTestOutput parse(const std::string& text, std::size_t piece = 1 << 14,
                       const GoogleTestReader::Limits& limits = {}) {
  GoogleTestReader reader(limits);
  const std::string marked = with_marks(text);
  for (std::size_t at = 0; at < marked.size(); at += piece) {
    reader.read(std::string_view(marked).substr(at, piece));
  }
  return reader.take();
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
  const auto output =
      parse("<run>A.b\nno line break<failed>A.b (0 ms)\n<run>A.c\n<ok>A.cd (0 ms)\n");
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

TEST(GoogleTestOutput, is_the_same_however_it_is_cut_into_pieces) {
  const std::string text =
      "<total>Running 2 tests from 1 test suite.\n<run>A.b\none\n\ntwo<failed>A.b (0 ms)\n"
      "<run>A.c\n<ok>A.c (0 ms)\n<total>2 tests from 1 test suite ran. (4 ms total)\n";
  for (const std::size_t piece : {1, 2, 3, 7}) {
    const auto output = parse(text, piece);
    ASSERT_EQ(output.ended.size(), 2u);
    EXPECT_EQ(output.ended[0].text, "one\n\ntwo\n");
    EXPECT_EQ(output.ended[1].outcome, TestOutcome::kPassed);
    EXPECT_TRUE(output.is_complete);
  }
}

TEST(GoogleTestOutput, finds_every_mark_in_and_behind_what_is_too_long_to_be_kept) {
  const std::string flood(300000, 'x');
  // The first ends in the line of its flood; what the second was given is as long as that.
  const auto output = parse("<run>A.a\n" + flood + "<ok>A.a (0 ms)\n<run>A.b/0\n" + flood +
                                "\nouch\n<failed>A.b/0, where GetParam() = " + flood +
                                " (0 ms)\n<run>A.c\nouch\n<failed>A.c (0 ms)\n",
                            1 << 14, {.one = 1000, .all = 2000});
  ASSERT_EQ(output.ended.size(), 3u);
  EXPECT_EQ(output.ended[0].outcome, TestOutcome::kPassed);
  EXPECT_EQ(output.ended[1].name, "A.b/0");
  EXPECT_EQ(output.ended[1].outcome, TestOutcome::kFailed);
  EXPECT_EQ(output.ended[1].text,
            std::string(1000, 'x') + "\n(299006 bytes more were printed and are not kept)\n");
  EXPECT_EQ(output.ended[2].text, "ouch\n");
  EXPECT_FALSE(output.running);
}

TEST(GoogleTestOutput, leaves_a_filter_out_however_long_it_is) {
  const auto output =
      parse("Note: Google Test filter = *-" + std::string(300000, 'x') + "\n<run>A.b\n");
  EXPECT_EQ(output.outside, "");
  EXPECT_TRUE(output.running);
}

TEST(GoogleTestOutput, bounds_what_all_tests_have_printed_together) {
  std::string text;
  for (const char* name : {"A.a", "A.b", "A.c"}) {
    text += fmt::format("<run>{0}\n{1}\n<failed>{0} (0 ms)\n", name, std::string(79, 'x'));
  }
  const auto output = parse(text, 16, {.one = 100, .all = 150});
  ASSERT_EQ(output.ended.size(), 3u);
  EXPECT_EQ(output.ended[0].text.size(), 80u);
  EXPECT_EQ(output.ended[1].text,
            std::string(70, 'x') + "\n(10 bytes more were printed and are not kept)\n");
  EXPECT_EQ(output.ended[2].text, "(80 bytes more were printed and are not kept)\n");
}

TEST(GoogleTestOutput, keeps_what_stands_outside_of_all_tests) {
  EXPECT_EQ(parse("cannot open the house\n<total>Running 0 tests from 0 test suites.\n").outside,
            "cannot open the house\n");
}

}  // namespace
}  // namespace hassette::cli
