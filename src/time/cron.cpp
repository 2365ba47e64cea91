#include "time/cron.hpp"

#include <bit>

namespace hassette::time {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::months;
using std::chrono::seconds;
using std::chrono::year_month;
using std::chrono::year_month_day;

// The longest that an expression can pause: 29 February on one day of the week, around a year like
// 2100.
constexpr int kLongestPause = 41 * 12;
constexpr int kMonthsOfCalendar = 400 * 12;  // after which it repeats itself

// The lowest value from `from` on that is in the set, or -1.
int first_of(std::uint64_t set, int from) {
  const std::uint64_t left = from > 63 ? 0 : set >> from << from;
  return left == 0 ? -1 : std::countr_zero(left);
}

unsigned days_of(year_month month) {
  return static_cast<unsigned>((month / std::chrono::last).day());
}

}  // namespace

std::optional<TimePoint> Cron::next(TimePoint after, const Zone& zone, WallClockRule rule) const {
  if (follows_elapsed_time_) rule = {Skipped::kDropped, Repeated::kBoth};
  return next_local(after, *this, zone, rule);
}

std::optional<local_seconds> Cron::first_from(local_seconds from) const {
  const local_days today = floor<days>(from);
  const year_month_day date{today};
  year_month month = date.year() / date.month();
  int day = static_cast<int>(static_cast<unsigned>(date.day())) - 1;
  for (int looked_at = 0; looked_at <= kLongestPause; ++looked_at, month += months(1), day = 0) {
    if (!month.ok()) return std::nullopt;
    const std::uint32_t matching = days_in(month);
    for (int found = first_of(matching, day); found >= 0; found = first_of(matching, found + 1)) {
      const local_days found_day = local_days(month / std::chrono::day(1)) + days(found);
      const bool is_today = found_day == today;
      if (const auto time = time_from(is_today ? from - today : seconds(0))) {
        return found_day + *time;
      }
    }
  }
  return std::nullopt;
}

std::optional<seconds> Cron::time_from(seconds of_day) const {
  const auto second_of_day = static_cast<int>(of_day.count());
  const int hour = second_of_day / 3600;
  const int minute = second_of_day / 60 % 60;
  const auto at = [](int h, int m, int s) { return seconds(h * 3600 + m * 60 + s); };

  if ((hours_ >> hour & 1) != 0) {
    if ((minutes_ >> minute & 1) != 0) {
      const int second = first_of(seconds_, second_of_day % 60);
      if (second >= 0) return at(hour, minute, second);
    }
    const int next_minute = first_of(minutes_, minute + 1);
    if (next_minute >= 0) return at(hour, next_minute, first_of(seconds_, 0));
  }
  const int next_hour = first_of(hours_, hour + 1);
  if (next_hour < 0) return std::nullopt;
  return at(next_hour, first_of(minutes_, 0), first_of(seconds_, 0));
}

std::uint32_t Cron::days_in(year_month month) const {
  if ((months_ >> (static_cast<unsigned>(month.month()) - 1) & 1) == 0) return 0;
  const unsigned size = days_of(month);
  const std::uint32_t all = (size == 31 ? 0x7fff'ffff : (1u << size) - 1);

  std::uint32_t by_day = days_;
  for (unsigned before = 0; before < size; ++before) {
    if ((days_before_last_ >> before & 1) != 0) by_day |= 1u << (size - 1 - before);
  }
  std::uint32_t by_weekday = 0;
  const unsigned first_weekday = Weekday(local_days(month / std::chrono::day(1))).c_encoding();
  for (unsigned day = 0; day < size; ++day) {
    const std::uint32_t weekday = 1u << (first_weekday + day) % 7;
    const bool matches = (weekdays_ & weekday) != 0 ||
                         (day + 7 >= size && (last_weekdays_ & weekday) != 0) ||
                         (nth_weekdays_[day / 7] & weekday) != 0;
    if (matches) by_weekday |= 1u << day;
  }
  const bool both = any_day_ || any_weekday_;
  return all & (both ? by_day & by_weekday : by_day | by_weekday);
}

bool Cron::can_fire() const {
  year_month month = std::chrono::year(2000) / std::chrono::January;
  for (int i = 0; i < kMonthsOfCalendar; ++i, month += months(1)) {
    if (days_in(month) != 0) return true;
  }
  return false;
}

}  // namespace hassette::time
