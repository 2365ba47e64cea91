#include "time/iso8601.hpp"

#include <gtest/gtest.h>

namespace hassette::time {
namespace {

TimePoint at(std::int64_t seconds, std::int64_t micros = 0) {
  return TimePoint(std::chrono::seconds(seconds) + std::chrono::microseconds(micros));
}

TEST(Iso8601, reads_what_home_assistant_writes) {
  EXPECT_EQ(parse_iso8601("2026-05-03T04:21:31.173024+00:00"), at(1'777'782'091, 173'024));
  EXPECT_EQ(parse_iso8601("2026-05-03T04:21:31+00:00"), at(1'777'782'091));
  EXPECT_EQ(parse_iso8601("1970-01-01T00:00:00Z"), at(0));
}

TEST(Iso8601, reads_other_offsets_and_fractions) {
  EXPECT_EQ(parse_iso8601("2026-05-03T06:21:31+02:00"), at(1'777'782'091));
  EXPECT_EQ(parse_iso8601("2026-05-02T23:51:31-0430"), at(1'777'782'091));
  EXPECT_EQ(parse_iso8601("2026-05-03 06:21:31+02"), at(1'777'782'091));
  EXPECT_EQ(parse_iso8601("2026-05-03T04:21:31.5Z"), at(1'777'782'091, 500'000));
  EXPECT_EQ(parse_iso8601("2026-05-03T04:21:31.123456789Z"), at(1'777'782'091, 123'456));
  EXPECT_EQ(parse_iso8601("1969-12-31T23:59:59.25Z"), at(-1, 250'000));
}

TEST(Iso8601, refuses_what_names_no_instant) {
  for (const char* text :
       {"", "2026-05-03", "2026-05-03T04:21:31", "2026-05-03T04:21+00:00", "2026-13-03T04:21:31Z",
        "2026-02-29T04:21:31Z", "2026-00-10T04:21:31Z", "2026-05-03T24:00:00Z",
        "2026-05-03T04:60:00Z", "2026-05-03T04:21:60Z", "2026-05-03T04:21:31.Z",
        "2026-05-03T04:21:31Zx", "2026-05-03T04:21:31+", "2026-05-03T04:21:31+24:00",
        "2026-05-03T04:21:31+0:00", "26-05-03T04:21:31Z", "2026/05/03T04:21:31Z",
        "+026-05-03T04:21:31Z", "2026-05-03T04:21:31 +00:00"}) {
    EXPECT_FALSE(parse_iso8601(text)) << text;
  }
}

TEST(Iso8601, survives_every_truncation) {
  const std::string text = "2026-05-03T04:21:31.173024+02:00";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const bool complete = size == text.size() - 3;  // "+02" is a whole offset
    EXPECT_EQ(parse_iso8601(text.substr(0, size)).has_value(), complete) << size;
  }
}

TEST(Iso8601, writes_as_home_assistant_does) {
  EXPECT_EQ(format_iso8601(at(1'777'782'091, 173'024)), "2026-05-03T04:21:31.173024+00:00");
  EXPECT_EQ(format_iso8601(at(1'777'782'091)), "2026-05-03T04:21:31+00:00");
  EXPECT_EQ(format_iso8601(at(1'777'782'091, 20)), "2026-05-03T04:21:31.000020+00:00");
  EXPECT_EQ(format_iso8601(at(-1, 250'000)), "1969-12-31T23:59:59.250000+00:00");
}

TEST(Iso8601, reads_what_it_writes) {
  for (std::int64_t second = -2'000'000'000; second < 4'000'000'000; second += 77'777'777) {
    const TimePoint time = at(second, second & 1);
    EXPECT_EQ(parse_iso8601(format_iso8601(time)), time);
  }
}

}  // namespace
}  // namespace hassette::time
