#include "log/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/repeats.hpp"

namespace hassette::log {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

// 2026-11-23 13:02:07.000042 UTC
constexpr async::WallTime kTime{1'795'438'927'000'042us};
const LogRecord kRecord{kTime, LogLevel::kWarning, "lights", "motion", "lamp is slow"};

std::string terminal(const LogRecord& record, bool colour = false) {
  std::string out;
  append_terminal_line(out, record, 1h, colour);
  return out;
}
std::string plain(const LogRecord& record) {
  std::string out;
  append_plain_line(out, record, 1h);
  return out;
}
std::string json(const LogRecord& record) {
  std::string out;
  append_json_line(out, record);
  return out;
}
LogRecord saying(std::string message) {
  LogRecord record = kRecord;
  record.message = std::move(message);
  return record;
}

TEST(LogText, a_terminal_shows_the_short_local_time) {
  EXPECT_EQ(terminal(kRecord), "14:02:07 warning lights/motion  lamp is slow\n");
  LogRecord record = kRecord;
  record.task.clear();
  EXPECT_EQ(terminal(record), "14:02:07 warning lights  lamp is slow\n");
}

TEST(LogText, further_lines_are_indented_on_a_terminal_and_joined_in_a_pipe) {
  const LogRecord record = saying("did not compile\n  x.cpp:3: error\r\n\n");
  EXPECT_EQ(terminal(record),
            "14:02:07 warning lights/motion  did not compile\n"
            "                     x.cpp:3: error\n");
  EXPECT_EQ(plain(record),
            "2026-11-23 14:02:07+01:00 warning lights/motion  did not compile | x.cpp:3: error\n");
}

TEST(LogText, a_caret_is_of_no_use_in_one_line) {
  const LogRecord record = saying(
      "x.cpp:3:5: error: no\n    foo();\n    ^\nhassette.toml:2:1: unknown key\n  2 | ab = 1\n"
      "    | ^\n2 ^ 3");
  EXPECT_EQ(plain(record),
            "2026-11-23 14:02:07+01:00 warning lights/motion  x.cpp:3:5: error: no | foo(); | "
            "hassette.toml:2:1: unknown key | 2 | ab = 1 | 2 ^ 3\n");
  EXPECT_NE(terminal(record).find("^\n"), std::string::npos);
}

TEST(LogText, offsets_are_written_with_sign_hours_and_minutes) {
  EXPECT_EQ(offset_text(0s), "+00:00");
  EXPECT_EQ(offset_text(5h + 45min), "+05:45");
  EXPECT_EQ(offset_text(-(3h + 30min)), "-03:30");
}

TEST(LogText, colours_end_with_the_part_that_they_colour) {
  EXPECT_EQ(
      terminal(kRecord, true),
      "\x1b[2m14:02:07\x1b[0m \x1b[33mwarning\x1b[0m \x1b[36mlights/motion\x1b[0m  lamp is slow\n");
}

TEST(LogText, a_message_cannot_steer_the_terminal_or_forge_a_line) {
  const LogRecord record = saying("a\x1b[2Jb\rc\td");
  EXPECT_EQ(terminal(record), "14:02:07 warning lights/motion  a\\x1b[2Jb\\x0dc\td\n");
  EXPECT_EQ(plain(saying("one\ntwo")),
            "2026-11-23 14:02:07+01:00 warning lights/motion  one | two\n");
}

TEST(LogText, json_is_one_object_a_line_in_utc) {
  EXPECT_EQ(
      json(saying("say \"hi\"\\\n\x01 ä")),
      R"({"time":"2026-11-23T13:02:07.000042Z","level":"warning","app":"lights","task":"motion",)"
      "\"message\":\"say \\\"hi\\\"\\\\\\n\\u0001 ä\"}\n");
}

TEST(LogText, json_stays_valid_whatever_bytes_a_message_holds) {
  for (const char* broken :
       {"\xff", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xc0\xaf"}) {
    const std::string line = json(saying(broken));
    EXPECT_NE(line.find("\"message\":\"\\ufffd"), std::string::npos) << line;
  }
  EXPECT_NE(json(saying("€ 😀")).find("€ 😀"), std::string::npos);
}

TEST(LogText, dates_before_1970_and_odd_offsets_are_right) {
  EXPECT_EQ(clock_time(async::WallTime{-1us}, 0s), "23:59:59");
  EXPECT_EQ(clock_time(async::WallTime{0us}, 5h + 45min), "05:45:00");
}

class Repeats : public testing::Test {
 protected:
  bool says(std::string message, LogLevel level = LogLevel::kError) {
    LogRecord record = saying(std::move(message));
    record.level = level;
    record.time += std::chrono::floor<std::chrono::microseconds>(now.time_since_epoch());
    return filter.admits(record, now);
  }
  std::vector<std::string> summaries() {
    std::vector<std::string> texts;
    for (auto& summary : filter.due(now))
      texts.push_back(to_record(std::move(summary), 1h).message);
    return texts;
  }
  RepeatFilter filter;
  RepeatFilter::Time now{};
};

TEST_F(Repeats, the_first_line_passes_and_the_rest_are_summed_up) {
  EXPECT_TRUE(says("lamp does not answer\nline two"));
  for (int i = 0; i < 47; ++i) EXPECT_FALSE(says("lamp does not answer\nline two"));
  EXPECT_TRUE(says("another"));
  EXPECT_THAT(summaries(), IsEmpty());
  now += 10s;
  EXPECT_THAT(summaries(),
              testing::ElementsAre("again, 47 times since 14:02:07: lamp does not answer"));
  EXPECT_TRUE(says("lamp does not answer\nline two")) << "after ten quiet seconds it is news again";
}

TEST_F(Repeats, what_goes_on_is_summed_up_at_growing_pauses) {
  EXPECT_TRUE(says("no"));
  std::vector<std::string> all;
  for (int second = 1; second <= 65; ++second) {
    now += 1s;
    EXPECT_FALSE(says("no"));
    for (auto& text : summaries()) all.push_back(std::move(text));
  }
  EXPECT_THAT(all, testing::ElementsAre("again, 10 times since 14:02:07: no",
                                        "again, 30 times since 14:02:07: no"));
  now += 10s;
  EXPECT_THAT(summaries(), testing::ElementsAre("again, 65 times since 14:02:07: no"));
  EXPECT_EQ(filter.next_due(), std::nullopt);
}

TEST_F(Repeats, a_story_may_say_a_thing_three_times) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(says("light on", LogLevel::kInfo));
  EXPECT_FALSE(says("light on", LogLevel::kInfo));
}

TEST_F(Repeats, a_line_that_was_never_repeated_leaves_no_summary) {
  EXPECT_TRUE(says("once"));
  now += 1min;
  EXPECT_THAT(summaries(), IsEmpty());
  EXPECT_EQ(filter.next_due(), std::nullopt);
}

TEST_F(Repeats, the_same_words_of_another_handler_are_another_line) {
  LogRecord record = kRecord;
  EXPECT_TRUE(filter.admits(record, now));
  record.task = "clear";
  EXPECT_TRUE(filter.admits(record, now));
  record.app = "doors";
  EXPECT_TRUE(filter.admits(record, now));
  EXPECT_FALSE(filter.admits(record, now));
}

TEST_F(Repeats, memory_is_bounded_and_what_does_not_fit_passes) {
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(says("line " + std::to_string(i)));
  EXPECT_TRUE(says("line 999"));
  EXPECT_FALSE(says("line 0"));
}

TEST_F(Repeats, a_long_message_is_quoted_in_part_and_on_a_character) {
  const std::string message(159, 'x');
  EXPECT_TRUE(says(message + "äöü"));
  EXPECT_FALSE(says(message + "äöü"));
  now += 10s;
  EXPECT_THAT(summaries(), testing::ElementsAre("again, once since 14:02:07: " + message + "…"));
}

}  // namespace
}  // namespace hassette::log
