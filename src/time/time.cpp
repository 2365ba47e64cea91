#include <hassette/time.hpp>

#include <fmt/format.h>

#include <ostream>

#include "base/assert.hpp"
#include "time/names.hpp"

namespace hassette {

std::expected<Weekdays, std::string> Weekdays::parse(std::string_view text) {
  const auto refused = [text] {
    return std::unexpected(fmt::format(
        "`{}` is no set of days; write it like mon, wed-fri, or weekdays, weekend, daily", text));
  };
  const auto trimmed = [](std::string_view part) {
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    return part;
  };
  Weekdays days;
  std::string_view rest = text;
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = trimmed(rest.substr(0, comma));
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);

    if (part == "weekdays" || part == "weekend" || part == "weekends" || part == "daily") {
      days = days | (part == "daily" ? all() : part == "weekdays" ? working() : weekend());
      continue;
    }
    const std::size_t dash = part.find('-');
    const auto first = time::index_of_name(trimmed(part.substr(0, dash)), time::kDayNames);
    const auto last = dash == std::string_view::npos
                          ? first
                          : time::index_of_name(trimmed(part.substr(dash + 1)), time::kDayNames);
    if (!first || !last) return refused();
    for (int day = *first; day <= *last + (*last < *first ? 7 : 0); ++day) {
      days.add(Weekday(static_cast<unsigned>(day % 7)));
    }
  }
  return days;
}

std::string Weekdays::str() const {
  if (empty()) return "no day";
  return *this == all() ? "every day" : time::day_list(bits_);
}

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
