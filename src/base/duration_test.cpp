#include <hassette/duration.hpp>
#include <hassette/length.hpp>

#include <gtest/gtest.h>

namespace hassette {
namespace {

using std::chrono::nanoseconds;

TEST(Duration, reads_numbers_with_units) {
  EXPECT_EQ(parse_duration("90s"), 90s);
  EXPECT_EQ(parse_duration("5min"), 5min);
  EXPECT_EQ(parse_duration("5 minutes"), 5min);
  EXPECT_EQ(parse_duration("1h30min"), 90min);
  EXPECT_EQ(parse_duration(" 1 h 30 min "), 90min);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("2d"), 48h);
  EXPECT_EQ(parse_duration("1w"), 168h);
  EXPECT_EQ(parse_duration("0s"), 0s);
  EXPECT_EQ(parse_duration("-15min"), -15min);
}

TEST(Duration, reads_fractions_exactly) {
  EXPECT_EQ(parse_duration("1.5h"), 90min);
  EXPECT_EQ(parse_duration("0.1s"), 100ms);
  EXPECT_EQ(parse_duration("0.000000001s"), 1ns);
  EXPECT_EQ(parse_duration("2.5ms"), 2500us);
}

TEST(Duration, reads_the_clock_form) {
  EXPECT_EQ(parse_duration("00:05:00"), 5min);
  EXPECT_EQ(parse_duration("01:30"), 90min);
  EXPECT_EQ(parse_duration("36:00:00"), 36h);
  EXPECT_EQ(parse_duration("00:00:01.5"), 1500ms);
}

TEST(Duration, refuses_what_is_none) {
  for (const char* text : {"", " ", "-", "min", "5 parsecs", "5min3", "1:60", "1:2:3:4", "00:61:00",
                           "5..s", ".5s", "5m-3s", "--5s", "1.5:00", ":30", "5min x"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, refuses_what_does_not_fit) {
  for (const char* text :
       {"300000d", "99999999999999999999s", "106751d 24h", "-300000d", "99999999999999:00:00"}) {
    const auto duration = parse_duration(text);
    ASSERT_FALSE(duration) << text;
    EXPECT_EQ(duration.error(),
              "`" + std::string(text) + "` is longer than 292 years, the longest there is");
  }
  EXPECT_FALSE(parse_duration("400y"));
}

TEST(Duration, says_what_to_write) {
  EXPECT_EQ(parse_duration("90").error(),
            "`90` has no unit; write 90s for seconds or 90min for minutes");
  EXPECT_EQ(parse_duration("soon").error(),
            "`soon` is not a duration; write it like 90s, 5min, 1h30min, 250ms or 00:05:00");
}

TEST(Duration, prints_what_a_reader_needs) {
  EXPECT_EQ(format_duration(5min), "5 min");
  EXPECT_EQ(format_duration(90min), "1 h 30 min");
  EXPECT_EQ(format_duration(42s), "42 s");
  EXPECT_EQ(format_duration(250ms), "0.25 s");
  EXPECT_EQ(format_duration(0s), "0 s");
  EXPECT_EQ(format_duration(26h + 1s), "1 d 2 h 1 s");
  EXPECT_EQ(format_duration(-90s), "-1 min 30 s");
  EXPECT_EQ(format_duration(173us), "173 us");
  EXPECT_EQ(format_duration(12ns), "12 ns");
}

TEST(Duration, carries_when_it_rounds) {
  EXPECT_EQ(format_duration(59'999'999us), "1 min");
  EXPECT_EQ(format_duration(999'999ns), "0.001 s");
  EXPECT_EQ(format_duration(nanoseconds::min()), "-106751 d 23 h 47 min 16.855 s");
}

TEST(Duration, reads_what_it_prints) {
  for (const nanoseconds duration : {nanoseconds(5min), nanoseconds(1h + 2min + 3s + 40ms),
                                     nanoseconds(250ms), nanoseconds(17us), nanoseconds(-3h)}) {
    EXPECT_EQ(parse_duration(format_duration(duration)), duration);
  }
}

TEST(MaybeLength, is_compared_and_given_like_an_optional) {
  MaybeLength five = 5min;
  MaybeLength none;
  EXPECT_TRUE(five == MaybeLength(300s));
  EXPECT_TRUE(five != none);
  EXPECT_TRUE(five == 5min);
  EXPECT_TRUE(none == std::nullopt);
  none = std::optional<std::chrono::seconds>(3);
  EXPECT_EQ(none.value_or(1s), Length(3s));
  none = std::optional<std::chrono::seconds>();
  EXPECT_FALSE(none.has_value());
  static_assert(std::is_assignable_v<MaybeLength&, std::optional<std::chrono::hours>>);
}

}  // namespace
}  // namespace hassette
