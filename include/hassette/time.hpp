// Instants and wall-clock times, as apps and their configuration use them.
// layer: time
//
// Plain values; any thread. An instant (TimePoint) is always UTC; only a zone, which the engine
// takes from Home Assistant, turns it into what a clock on the wall shows (LocalTime). Text that is
// no time of day is refused with a sentence, at compile time where it is a literal.
#pragma once

#include <fmt/core.h>

#include <chrono>
#include <compare>
#include <concepts>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <string_view>

namespace hassette {

using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;
using Date = std::chrono::year_month_day;
using Weekday = std::chrono::weekday;

// What becomes of a local time that the clocks jump over when they are put forward.
enum class Skipped : std::uint8_t {
  kAfterGap,  // the first moment after the gap: 02:30 becomes 03:00
  kShifted,   // as far after the gap as it would have been into it: 02:30 becomes 03:30
  kDropped,   // nothing on that day
};

// Which one is meant where the clocks, put back, show a local time twice.
enum class Repeated : std::uint8_t { kFirst, kSecond, kBoth };

// How jobs for a local time meet the two changes of a year. By default every local time comes
// exactly once a day; a date that a zone left out altogether (Samoa, 30 December 2011) has none.
struct WallClockRule {
  Skipped skipped = Skipped::kAfterGap;
  Repeated repeated = Repeated::kFirst;

  friend constexpr bool operator==(const WallClockRule&, const WallClockRule&) = default;
};

// A set of days of the week: `{std::chrono::Monday, std::chrono::Friday}`.
class Weekdays {
 public:
  constexpr Weekdays() = default;  // none
  constexpr Weekdays(Weekday day) { add(day); }
  constexpr Weekdays(std::initializer_list<Weekday> days) {
    for (const Weekday day : days) add(day);
  }
  [[nodiscard]] static constexpr Weekdays all() { return from_bits(0x7f); }
  // Monday to Friday, and Saturday with Sunday.
  [[nodiscard]] static constexpr Weekdays working() { return from_bits(0x3e); }
  [[nodiscard]] static constexpr Weekdays weekend() { return from_bits(0x41); }
  // "mon, wed-fri", "weekdays", "weekend", "daily"; the error is a sentence.
  [[nodiscard]] static std::expected<Weekdays, std::string> parse(std::string_view text);

  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr bool contains(Weekday day) const noexcept {
    return day.ok() && (bits_ >> day.c_encoding() & 1) != 0;
  }
  // "every day", "Monday to Friday", "Monday and Thursday", "no day".
  [[nodiscard]] std::string str() const;

  friend constexpr Weekdays operator|(Weekdays a, Weekdays b) {
    return from_bits(a.bits_ | b.bits_);
  }
  friend constexpr bool operator==(Weekdays, Weekdays) = default;

 private:
  [[nodiscard]] static constexpr Weekdays from_bits(unsigned bits) {
    Weekdays days;
    days.bits_ = static_cast<std::uint8_t>(bits);
    return days;
  }
  constexpr void add(Weekday day) {
    if (day.ok()) bits_ = static_cast<std::uint8_t>(bits_ | 1u << day.c_encoding());
  }

  std::uint8_t bits_ = 0;  // bit 0 is Sunday
};

// Text that only the running program knows, as a time of day would have to be made of.
template <class T>
concept RuntimeText = std::same_as<T, std::string> || std::same_as<T, std::string_view> ||
                      std::same_as<T, const char*> || std::same_as<T, char*>;

// Hour, minute and second of a local day, 00:00:00 to 23:59:59. A default one is unset, so that
// configuration can tell midnight from nothing.
class TimeOfDay {
 public:
  constexpr TimeOfDay() = default;
  // A literal such as "07:30" or "7:30:15"; a wrong one does not compile.
  template <std::size_t N>
  consteval TimeOfDay(const char (&text)[N]) : second_of_day_(scan(std::string_view(text, N - 1))) {
    if (second_of_day_ < 0) a_time_of_day_reads_like_07_30_or_07_30_15_and_ends_at_23_59_59();
  }
  template <RuntimeText Text>
  TimeOfDay(const Text&) = delete(
      "write the time as a literal, \"07:30\"; a setting is a TimeOfDay in the app's config "
      "struct, and TimeOfDay::parse(text) reads any other text");

  // The error is a sentence.
  [[nodiscard]] static std::expected<TimeOfDay, std::string> parse(std::string_view text);
  // Counted from midnight; must be within one day, else LogicError.
  [[nodiscard]] static TimeOfDay from_midnight(std::chrono::seconds since_midnight);

  [[nodiscard]] constexpr bool is_set() const noexcept { return second_of_day_ >= 0; }
  [[nodiscard]] constexpr int hour() const noexcept { return seconds() / 3600; }
  [[nodiscard]] constexpr int minute() const noexcept { return seconds() / 60 % 60; }
  [[nodiscard]] constexpr int second() const noexcept { return seconds() % 60; }
  [[nodiscard]] constexpr std::chrono::seconds since_midnight() const noexcept {
    return std::chrono::seconds(seconds());
  }
  // "07:30", or "07:30:15" where there are seconds; "unset".
  [[nodiscard]] std::string str() const;

  friend constexpr bool operator==(TimeOfDay, TimeOfDay) = default;
  friend constexpr auto operator<=>(TimeOfDay, TimeOfDay) = default;

 private:
  friend class MomentOfDay;  // whose literals may hold one of these
  // Not constexpr and never defined: its name is what the compiler shows for a wrong literal.
  static void a_time_of_day_reads_like_07_30_or_07_30_15_and_ends_at_23_59_59();
  // One or two digits, at most `limit`; removes them. -1 where there are none.
  static constexpr int scan_field(std::string_view& text, int limit) {
    int value = -1;
    for (int digits = 0; digits < 2 && !text.empty() && text[0] >= '0' && text[0] <= '9';
         ++digits) {
      value = (value < 0 ? 0 : value * 10) + (text[0] - '0');
      text.remove_prefix(1);
    }
    return value <= limit ? value : -1;
  }
  // The second of the day, or -1.
  static constexpr std::int32_t scan(std::string_view text) {
    const int hour = scan_field(text, 23);
    if (hour < 0 || text.size() < 3 || text[0] != ':') return -1;
    text.remove_prefix(1);
    const std::size_t before_minute = text.size();
    const int minute = scan_field(text, 59);
    if (minute < 0 || before_minute - text.size() != 2) return -1;
    if (text.empty()) return hour * 3600 + minute * 60;
    if (text.size() != 3 || text[0] != ':') return -1;
    text.remove_prefix(1);
    const int second = scan_field(text, 59);
    return second < 0 || !text.empty() ? -1 : hour * 3600 + minute * 60 + second;
  }
  [[nodiscard]] constexpr std::int32_t seconds() const noexcept {
    return second_of_day_ < 0 ? 0 : second_of_day_;
  }

  std::int32_t second_of_day_ = -1;
};

// What a clock and a calendar on the wall of the home show.
struct LocalTime {
  int year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int microsecond = 0;
  std::chrono::seconds utc_offset{0};
  std::string zone = "UTC";  // the abbreviation in force: "CET", "CEST", "+1030"

  [[nodiscard]] Date date() const;
  [[nodiscard]] Weekday weekday() const;
  [[nodiscard]] TimeOfDay time_of_day() const;
  // "2026-05-03 06:21:31 CEST"
  [[nodiscard]] std::string str() const;

  friend bool operator==(const LocalTime&, const LocalTime&) = default;
};

std::ostream& operator<<(std::ostream& out, TimeOfDay time);
std::ostream& operator<<(std::ostream& out, const LocalTime& time);

}  // namespace hassette

template <>
struct fmt::formatter<hassette::TimeOfDay> : fmt::formatter<fmt::string_view> {
  fmt::format_context::iterator format(hassette::TimeOfDay time,
                                       fmt::format_context& context) const;
};

template <>
struct fmt::formatter<hassette::LocalTime> : fmt::formatter<fmt::string_view> {
  fmt::format_context::iterator format(const hassette::LocalTime& time,
                                       fmt::format_context& context) const;
};
