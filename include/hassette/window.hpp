// Windows of time, as conditions: `between("sunset-30min", "23:00") && weekdays()`.
// layer: time
//
// A Window is a cheap value that never changes; any thread. It knows neither clock nor place: both
// are handed in by whoever asks. What contradicts itself is refused where it is built, with a
// LogicError; wrong literals do not compile.
//
// How days count. Hours belong to the day on which they begin, so between("22:00", "06:30") on
// weekdays covers the early hours of Saturday and not those of Monday: a condition on days that is
// joined with && looks at the day on which the hours beside it began. Alone, or joined with ||, it
// looks at the date of the moment itself. A window includes its beginning and excludes its end.
//
// Where the sun sets the bounds. Whether the end lies on the next day is decided once, from what
// the two bounds can be in a year, and not anew each day: ("06:30", "sunrise") is empty on the days
// on which the sun is up before half past six, and ("sunset", "23:00") where it sets after eleven.
// In the polar night day has shrunk to nothing, and sunrise and sunset both count as solar noon; in
// the polar day they count as the solar midnights. ("sunset", "sunrise") is then always, or never.
//
// Daylight saving: a bound that the clocks skip counts as the first moment after the gap, of one
// that they repeat the first counts.
#pragma once

#include <hassette/sun.hpp>
#include <hassette/time.hpp>

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hassette {

namespace time {
struct Place;
struct WindowNode;
}  // namespace time

// Whole months, the same ones each year (winter is December to February), as weather services and
// heating bills count them; south of the equator the other way round.
enum class Season : std::uint8_t { kSpring, kSummer, kAutumn, kWinter };

// A date in every year: "12-01" is the first of December. A default one is unset.
class DayOfYear {
 public:
  constexpr DayOfYear() = default;
  // A wrong literal does not compile.
  template <std::size_t N>
  consteval DayOfYear(const char (&text)[N]) : DayOfYear(scan(std::string_view(text, N - 1))) {
    if (!is_set()) a_day_of_the_year_reads_like_12_31_with_the_month_in_front();
  }
  // The error is a sentence.
  [[nodiscard]] static std::expected<DayOfYear, std::string> parse(std::string_view text);

  [[nodiscard]] constexpr bool is_set() const noexcept { return month_ != 0; }
  [[nodiscard]] constexpr unsigned month() const noexcept { return month_; }
  [[nodiscard]] constexpr unsigned day() const noexcept { return day_; }
  // "1 December".
  [[nodiscard]] std::string str() const;

  friend constexpr auto operator<=>(const DayOfYear&, const DayOfYear&) = default;

 private:
  // Not constexpr and never defined: its name is what the compiler shows for a wrong literal.
  static void a_day_of_the_year_reads_like_12_31_with_the_month_in_front();
  static constexpr DayOfYear scan(std::string_view text) {
    if (text.size() != 5 || text[2] != '-') return {};
    for (const std::size_t i : {0, 1, 3, 4}) {
      if (text[i] < '0' || text[i] > '9') return {};
    }
    const auto two = [text](std::size_t at) {
      return static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0'));
    };
    // 29 February is a day of the year.
    const std::chrono::month_day date{std::chrono::month(two(0)), std::chrono::day(two(3))};
    DayOfYear found;
    if (!date.ok()) return found;
    found.month_ = two(0);
    found.day_ = two(3);
    return found;
  }

  unsigned month_ = 0;
  unsigned day_ = 0;
};

class [[nodiscard]] Window {
 public:
  [[nodiscard]] bool contains(TimePoint time, const time::Place& place) const;
  // When the answer is another one for the next time; nothing where it stays the same for the next
  // 400 days.
  [[nodiscard]] std::optional<TimePoint> next_change(TimePoint after,
                                                     const time::Place& place) const;
  // "between 30 min before sunset and 23:00 and on Monday to Friday".
  [[nodiscard]] std::string str() const;

  friend Window operator&&(const Window& a, const Window& b);
  friend Window operator||(const Window& a, const Window& b);
  friend Window operator!(const Window& window);

 private:
  friend Window between(MomentOfDay from, MomentOfDay to);
  friend Window on_days(Weekdays days);
  friend Window dates(DayOfYear first, DayOfYear last);
  friend Window in_season(Season season);
  explicit Window(time::WindowNode node);

  std::shared_ptr<const time::WindowNode> node_;
};

// From a moment of the day until the next such other one; the same twice is refused.
Window between(MomentOfDay from, MomentOfDay to);
// No day at all is refused.
Window on_days(Weekdays days);
// Monday to Friday, and Saturday with Sunday.
Window weekdays();
Window weekends();
// Both dates included, around the end of the year where the first comes after the last.
Window dates(DayOfYear first, DayOfYear last);
Window in_season(Season season);

}  // namespace hassette
