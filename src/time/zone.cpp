#include "time/zone.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "time/wall_clock.hpp"
#include "time/zone_table.hpp"

namespace hassette::time {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::sys_seconds;

namespace {
// The greatest distance of any local time from UTC, with room to spare.
constexpr std::chrono::hours kMaxOffset{26};

// A TimePoint reaches some thousand years further than its days can be counted.
TimePoint countable(TimePoint time) {
  return std::clamp(time, TimePoint(kBeginOfTime), TimePoint(kEndOfTime));
}
}  // namespace

std::expected<Zone, std::string> Zone::find(std::string_view name) {
  if (name == "UTC" || name == "Etc/UTC") return utc();
  const auto table = load_zone_table(name);
  if (!table) return std::unexpected(table.error());
  return Zone(*table);
}

std::string_view Zone::name() const noexcept {
  return table_ == nullptr ? std::string_view("UTC") : std::string_view(table_->name());
}

ZonePeriod Zone::period_at(sys_seconds time) const {
  if (table_ == nullptr) return {kBeginOfTime, kEndOfTime, seconds(0), "UTC"};
  return table_->period_at(time);
}

std::optional<TimePoint> Zone::next_change(TimePoint after) const {
  ZonePeriod period = period_at(floor<seconds>(after));
  // A table also has entries that change no more than the abbreviation.
  while (period.end < kEndOfTime) {
    const ZonePeriod next = period_at(period.end);
    if (next.offset != period.offset) return TimePoint(next.begin);
    period = next;
  }
  return std::nullopt;
}

LocalTime Zone::to_local(TimePoint time) const {
  time = countable(time);
  const ZonePeriod period = period_at(floor<seconds>(time));
  const TimePoint shown = time + period.offset;
  const auto midnight = floor<days>(shown);
  const Date date{midnight};
  const auto of_day = shown - midnight;
  const auto second = static_cast<int>(floor<seconds>(of_day).count());
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<int>(static_cast<unsigned>(date.month())),
          .day = static_cast<int>(static_cast<unsigned>(date.day())),
          .hour = second / 3600,
          .minute = second / 60 % 60,
          .second = second % 60,
          .microsecond = static_cast<int>((of_day % seconds(1)).count()),
          .utc_offset = period.offset,
          .zone = std::string(period.abbreviation)};
}

Date Zone::date_of(TimePoint time) const {
  time = countable(time);
  return Date{floor<days>(time + period_at(floor<seconds>(time)).offset)};
}

TimePoint Zone::resolve(Date date, TimeOfDay time, WallClockRule rule) const {
  HASSETTE_ASSERT(date.ok(), "the date must exist in the calendar");
  HASSETTE_ASSERT(time.is_set(), "the time of day must be set");
  const sys_seconds local = std::chrono::sys_days(date) + time.since_midnight();
  ZonePeriod period = period_at(local - kMaxOffset);
  while (period.end + period.offset <= local && period.end < kEndOfTime) {
    const ZonePeriod next = period_at(period.end);
    if (local < next.begin + next.offset) {  // between the two, so it does not exist
      return rule.skipped == Skipped::kShifted ? TimePoint(local - period.offset)
                                               : TimePoint(next.begin);
    }
    period = next;
  }
  if (rule.repeated == Repeated::kSecond && period.end < kEndOfTime) {
    const ZonePeriod next = period_at(period.end);
    if (local >= next.begin + next.offset) return TimePoint(local - next.offset);
  }
  return TimePoint(local - period.offset);
}

TimePoint Zone::start_of(Date date) const {
  return resolve(date, TimeOfDay("00:00"));
}

bool Zone::has_day(Date date) const {
  if (!date.ok()) return false;
  // Where midnight itself is skipped, the day goes on after the gap, unless the gap swallows it.
  return date_of(start_of(date)) == date;
}

TimePoint Zone::next_daily(TimePoint after, TimeOfDay time, WallClockRule rule) const {
  const auto due = next_local(after, time, Weekdays::all(), *this, rule);
  HASSETTE_ASSERT(due.has_value(), "a daily time must come round");
  return *due;
}

}  // namespace hassette::time
