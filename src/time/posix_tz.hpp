// The rule at the end of a zone's table, as POSIX writes it: "CET-1CEST,M3.5.0,M10.5.0/3".
//
// A value; pure functions, any thread. It holds for every year after the last one in the table.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hassette::time {

// A stretch of time with one offset from UTC, `begin` included and `end` not.
struct ZonePeriod {
  std::chrono::sys_seconds begin;
  std::chrono::sys_seconds end;
  std::chrono::seconds offset{0};
  std::string_view abbreviation;  // of the table, which outlives the period
};

// Where the first period of a zone begins and its last one ends: some 285,000 years from now, which
// a TimePoint can still hold.
inline constexpr std::chrono::sys_seconds kBeginOfTime{std::chrono::seconds(-9'000'000'000'000)};
inline constexpr std::chrono::sys_seconds kEndOfTime{std::chrono::seconds(9'000'000'000'000)};

class PosixTz {
 public:
  // Nothing for text that is no such rule.
  [[nodiscard]] static std::optional<PosixTz> parse(std::string_view text);

  [[nodiscard]] ZonePeriod period_at(std::chrono::sys_seconds time) const;

 private:
  struct Change {
    enum class Kind : std::uint8_t { kJulian, kDayOfYear, kWeekday };
    Kind kind = Kind::kWeekday;
    int month = 1;
    int week = 1;  // 5 is the last one
    int day = 0;   // of the year, or of the week with Sunday as 0
    std::chrono::seconds at = std::chrono::hours(2);

    [[nodiscard]] std::chrono::seconds in(int year) const;
  };
  class Reader;

  std::string standard_name_;
  std::string summer_name_;
  std::chrono::seconds standard_{0};
  std::chrono::seconds summer_{0};
  bool has_summer_ = false;
  Change begins_;
  Change ends_;
};

}  // namespace hassette::time
