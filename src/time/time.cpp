#include <hassette/time.hpp>

#include <fmt/format.h>

#include <ostream>

#include "base/assert.hpp"

namespace hassette {

std::expected<TimeOfDay, std::string> TimeOfDay::parse(std::string_view text) {
  TimeOfDay time;
  time.second_of_day_ = scan(text);
  if (!time.is_set()) {
    return std::unexpected(fmt::format(
        "`{}` is not a time of day; write it like 07:30 or 07:30:15, from 00:00 to 23:59:59",
        text));
  }
  return time;
}

TimeOfDay TimeOfDay::from_midnight(std::chrono::seconds since_midnight) {
  HASSETTE_ASSERT(since_midnight.count() >= 0 && since_midnight < std::chrono::days(1),
                  "a time of day lies between 00:00:00 and 23:59:59");
  TimeOfDay time;
  time.second_of_day_ = static_cast<std::int32_t>(since_midnight.count());
  return time;
}

std::string TimeOfDay::str() const {
  if (!is_set()) return "unset";
  return second() == 0 ? fmt::format("{:02}:{:02}", hour(), minute())
                       : fmt::format("{:02}:{:02}:{:02}", hour(), minute(), second());
}

Date LocalTime::date() const {
  return {std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
          std::chrono::day(static_cast<unsigned>(day))};
}

Weekday LocalTime::weekday() const {
  return Weekday(std::chrono::sys_days(date()));
}

TimeOfDay LocalTime::time_of_day() const {
  return TimeOfDay::from_midnight(std::chrono::seconds(hour * 3600 + minute * 60 + second));
}

std::string LocalTime::str() const {
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} {}", year, month, day, hour, minute,
                     second, zone);
}

std::ostream& operator<<(std::ostream& out, TimeOfDay time) {
  return out << time.str();
}
std::ostream& operator<<(std::ostream& out, const LocalTime& time) {
  return out << time.str();
}

}  // namespace hassette

fmt::format_context::iterator fmt::formatter<hassette::TimeOfDay>::format(
    hassette::TimeOfDay time, fmt::format_context& context) const {
  return fmt::formatter<fmt::string_view>::format(time.str(), context);
}

fmt::format_context::iterator fmt::formatter<hassette::LocalTime>::format(
    const hassette::LocalTime& time, fmt::format_context& context) const {
  return fmt::formatter<fmt::string_view>::format(time.str(), context);
}
