#include "time/zone.hpp"

// The layout of date's tables depends on these, so they must be what its library was built with:
// Debian's reads the system's tz database.
#ifndef USE_OS_TZDB
#define USE_OS_TZDB 1
#endif
#ifndef HAS_STRING_VIEW
#define HAS_STRING_VIEW 1
#endif
#ifndef ONLY_C_LOCALE
#define ONLY_C_LOCALE 1
#endif
#include <date/tz.h>
#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "base/assert.hpp"
#include "base/nearest.hpp"

namespace hassette::time {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::seconds;

LocalTime broken_down(TimePoint time, seconds offset, std::string abbreviation) {
  const TimePoint shown = time + offset;
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
          .utc_offset = offset,
          .zone = std::move(abbreviation)};
}

// "berlin" for "Europe/Berlin": what people type when they do not know the region.
std::string_view city_of(std::string_view name) {
  return name.substr(name.rfind('/') + 1);
}

std::string unknown_zone(std::string_view name, const date::tzdb& database) {
  std::vector<std::string> names;
  std::vector<std::string> cities;
  for (const date::time_zone& zone : database.zones) {
    names.push_back(zone.name());
    cities.emplace_back(city_of(zone.name()));
  }
  const std::string message = fmt::format("there is no time zone `{}`", name);
  if (const auto near = base::nearest(name, names)) {
    return fmt::format("{}; did you mean `{}`?", message, *near);
  }
  if (name.find('/') == std::string_view::npos) {
    std::string asked(name);
    std::ranges::replace(asked, ' ', '_');
    if (const auto near = base::nearest(asked, cities)) {
      const auto at = std::ranges::find(cities, *near) - cities.begin();
      return fmt::format("{}; did you mean `{}`?", message, names[static_cast<std::size_t>(at)]);
    }
  }
  return message + "; write an IANA name such as `Europe/Berlin`";
}

}  // namespace

std::expected<Zone, std::string> Zone::find(std::string_view name) {
  if (name == "UTC" || name == "Etc/UTC") return utc();
  const date::tzdb* database = nullptr;
  try {
    database = &date::get_tzdb();
  } catch (const std::runtime_error&) {
    return std::unexpected(
        "the system's time zone database cannot be read; install the package tzdata");
  }
  if (database->zones.empty()) {
    return std::unexpected("the system's time zone database is empty; install the package tzdata");
  }
  const auto& zones = database->zones;
  const auto found = std::ranges::lower_bound(
      zones, name, {}, [](const date::time_zone& zone) { return std::string_view(zone.name()); });
  if (found == zones.end() || found->name() != name) {
    return std::unexpected(unknown_zone(name, *database));
  }
  try {
    // The table is read at the first question; a broken file must show here and not later.
    (void)found->get_info(date::sys_seconds{});
  } catch (const std::exception&) {
    return std::unexpected(
        fmt::format("the system's table for time zone `{}` cannot be read", name));
  }
  return Zone(&*found);
}

std::string_view Zone::name() const noexcept {
  return data_ == nullptr ? std::string_view("UTC") : std::string_view(data_->name());
}

LocalTime Zone::to_local(TimePoint time) const {
  if (data_ == nullptr) return broken_down(time, seconds(0), "UTC");
  date::sys_info info = data_->get_info(floor<seconds>(time));
  return broken_down(time, info.offset, std::move(info.abbrev));
}

Date Zone::date_of(TimePoint time) const {
  const seconds offset =
      data_ == nullptr ? seconds(0) : data_->get_info(floor<seconds>(time)).offset;
  return Date{floor<days>(time + offset)};
}

TimePoint Zone::resolve(Date date, TimeOfDay time, SkipRule skipped, RepeatRule repeated) const {
  HASSETTE_ASSERT(date.ok(), "the date must exist in the calendar");
  HASSETTE_ASSERT(time.is_set(), "the time of day must be set");
  const seconds since_epoch =
      std::chrono::sys_days(date).time_since_epoch() + time.since_midnight();
  if (data_ == nullptr) return TimePoint(since_epoch);
  const date::local_info info = data_->get_info(date::local_seconds(since_epoch));
  switch (info.result) {
    case date::local_info::nonexistent:
      if (skipped == SkipRule::kFirstAfter) return info.second.begin;
      return TimePoint(since_epoch - info.first.offset);
    case date::local_info::ambiguous:
      return TimePoint(since_epoch -
                       (repeated == RepeatRule::kEarlier ? info.first.offset : info.second.offset));
    default:
      return TimePoint(since_epoch - info.first.offset);
  }
}

bool Zone::has_day(Date date) const {
  if (!date.ok()) return false;
  // Where midnight itself is skipped, the day goes on after the gap, unless the gap swallows it.
  return date_of(resolve(date, TimeOfDay("00:00"))) == date;
}

TimePoint Zone::next_daily(TimePoint after, TimeOfDay time, SkipRule skipped,
                           RepeatRule repeated) const {
  // Start a day early: a time just before midnight may be moved into the next day by a gap.
  std::chrono::sys_days day = std::chrono::sys_days(date_of(after)) - days(1);
  for (int tried = 0; tried < 7; ++tried, day += days(1)) {
    const Date date{day};
    if (!has_day(date)) continue;
    const TimePoint due = resolve(date, time, skipped, repeated);
    if (due > after) return due;
  }
  HASSETTE_ASSERT(false, "a daily time must come round within a week");
  return after;
}

}  // namespace hassette::time
