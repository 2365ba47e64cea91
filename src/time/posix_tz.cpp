#include "time/posix_tz.hpp"

#include <algorithm>
#include <array>

namespace hassette::time {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_seconds;

// Reads left to right; the first thing that does not fit spoils the whole.
class PosixTz::Reader {
 public:
  explicit Reader(std::string_view text) noexcept : text_(text) {}

  // "CET", or "<+0330>" where it is not all letters.
  std::string name() {
    const bool quoted = take('<');
    std::size_t size = 0;
    while (size < text_.size() && (quoted ? text_[size] != '>' : is_letter(text_[size]))) ++size;
    std::string found(text_.substr(0, size));
    text_.remove_prefix(size);
    if (quoted && !take('>')) ok_ = false;
    if (found.empty()) ok_ = false;
    return found;
  }
  // "-1", "3:30", "2:00:00", "-2:30"; up to a week, as zones with odd rules need.
  seconds clock() {
    const bool negative = take('-');
    if (!negative) (void)take('+');
    seconds value = std::chrono::hours(number(167));
    if (take(':')) value += std::chrono::minutes(number(59));
    if (take(':')) value += seconds(number(59));
    return negative ? -value : value;
  }
  Change change() {
    Change found;
    if (!take(',')) ok_ = false;
    if (take('M')) {
      found.month = number(12);
      expect('.');
      found.week = number(5);
      expect('.');
      found.day = number(6);
      if (found.month < 1 || found.week < 1) ok_ = false;
    } else if (take('J')) {
      found.kind = Change::Kind::kJulian;
      found.day = number(365);
      if (found.day < 1) ok_ = false;
    } else {
      found.kind = Change::Kind::kDayOfYear;
      found.day = number(365);
    }
    if (take('/')) found.at = clock();
    return found;
  }
  [[nodiscard]] bool at_end() const noexcept { return text_.empty(); }
  [[nodiscard]] bool next_is_change() const noexcept {
    return text_.empty() || text_.front() == ',';
  }
  [[nodiscard]] bool finished() const noexcept { return ok_ && text_.empty(); }

 private:
  static bool is_letter(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  }
  bool take(char c) noexcept {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) noexcept {
    if (!take(c)) ok_ = false;
  }
  int number(int limit) noexcept {
    int value = -1;
    while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9' && value <= limit) {
      value = (value < 0 ? 0 : value * 10) + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    if (value >= 0 && value <= limit) return value;
    ok_ = false;
    return 0;
  }

  std::string_view text_;
  bool ok_ = true;
};

std::optional<PosixTz> PosixTz::parse(std::string_view text) {
  PosixTz zone;
  Reader in(text);
  zone.standard_name_ = in.name();
  zone.standard_ = -in.clock();  // POSIX counts west of Greenwich as positive
  if (!in.at_end()) {
    zone.has_summer_ = true;
    zone.summer_name_ = in.name();
    zone.summer_ =
        in.next_is_change() ? zone.standard_ + seconds(std::chrono::hours(1)) : -in.clock();
    zone.begins_ = in.change();
    zone.ends_ = in.change();
  }
  if (!in.finished()) return std::nullopt;
  return zone;
}

// When the change comes, in local time as it is just before, counted from the epoch.
seconds PosixTz::Change::in(int year) const {
  using namespace std::chrono;
  const std::chrono::year of{year};
  const sys_days new_year{of / January / 1};
  switch (kind) {
    case Kind::kJulian: {
      // Day 60 is 1 March in every year: 29 February does not count.
      const bool after_leap_day = of.is_leap() && day >= 60;
      return new_year.time_since_epoch() + days(day - (after_leap_day ? 0 : 1)) + at;
    }
    case Kind::kDayOfYear:
      return new_year.time_since_epoch() + days(day) + at;
    case Kind::kWeekday:
      break;
  }
  const weekday wanted{static_cast<unsigned>(day)};
  const year_month in_month = of / std::chrono::month(static_cast<unsigned>(month));
  const sys_days date = week == 5 ? sys_days(in_month / wanted[last])
                                  : sys_days(in_month / wanted[static_cast<unsigned>(week)]);
  return date.time_since_epoch() + at;
}

ZonePeriod PosixTz::period_at(sys_seconds time) const {
  if (!has_summer_) return {kBeginOfTime, kEndOfTime, standard_, standard_name_};
  struct Switch {
    seconds when;
    bool to_summer;
  };
  const std::chrono::year_month_day date{std::chrono::floor<days>(time + standard_)};
  const int year = static_cast<int>(date.year());
  std::array<Switch, 6> switches;
  std::size_t count = 0;
  for (int y = year - 1; y <= year + 1; ++y) {
    switches[count++] = {begins_.in(y)-standard_, true};
    switches[count++] = {ends_.in(y)-summer_, false};
  }
  // A zone with summer time all year ends it and begins it again at the same moment.
  std::ranges::sort(switches, [](const Switch& a, const Switch& b) {
    return a.when != b.when ? a.when < b.when : a.to_summer < b.to_summer;
  });
  const auto after = std::ranges::upper_bound(switches, time.time_since_epoch(), {}, &Switch::when);
  const bool summer =
      after == switches.begin() ? !switches.front().to_summer : std::prev(after)->to_summer;
  return {after == switches.begin() ? kBeginOfTime : sys_seconds(std::prev(after)->when),
          after == switches.end() ? kEndOfTime : sys_seconds(after->when),
          summer ? summer_ : standard_, summer ? summer_name_ : standard_name_};
}

}  // namespace hassette::time
