// Cron expressions in words, for the page, the command line and logs.
#include <fmt/format.h>

#include <bit>
#include <vector>

#include "time/cron.hpp"
#include "time/names.hpp"

namespace hassette::time {

namespace {

std::vector<int> values_of(std::uint64_t set) {
  std::vector<int> values;
  for (; set != 0; set &= set - 1) values.push_back(std::countr_zero(set));
  return values;
}

// The step of a set that begins at 0 and goes on evenly to its field's end, 0 for any other.
int step_of(const std::vector<int>& values, int size) {
  if (values.size() < 3 || values[0] != 0) return 0;
  const int step = values[1];
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] - values[i - 1] != step) return 0;
  }
  return values.back() + step >= size ? step : 0;
}

std::string numbers(const std::vector<int>& values) {
  std::vector<std::string> words;
  words.reserve(values.size());
  for (const int value : values) words.push_back(fmt::to_string(value));
  return listed(words);
}

// "every minute", "every 5 minutes", "at minute 5", "at minutes 5, 10 and 40".
std::string field(std::uint64_t set, int size, std::string_view unit) {
  const std::vector<int> values = values_of(set);
  const int step = step_of(values, size);
  if (step == 1) return fmt::format("every {}", unit);
  if (step > 1) return fmt::format("every {} {}s", step, unit);
  return fmt::format("at {}{} {}", unit, values.size() == 1 ? "" : "s", numbers(values));
}

std::string nth(int n) {
  constexpr std::array<std::string_view, 5> kWords{"first", "second", "third", "fourth", "fifth"};
  return std::string(kWords.at(static_cast<std::size_t>(n)));
}

// "during the hours 8 to 17", "of every 2nd hour"; nothing for every hour.
std::string hours_text(std::uint32_t set) {
  const std::vector<int> hours = values_of(set);
  const int step = step_of(hours, 24);
  if (step == 1) return {};
  if (step > 1)
    return fmt::format(" in every {}{} hour", step, step == 2 ? "nd" : step == 3 ? "rd" : "th");
  if (hours.size() > 1 && hours.back() - hours.front() + 1 == static_cast<int>(hours.size())) {
    return fmt::format(" from {:02}:00 to {:02}:59", hours.front(), hours.back());
  }
  return fmt::format(" in hour{} {}", hours.size() == 1 ? "" : "s", numbers(hours));
}

}  // namespace

std::string Cron::describe_times() const {
  const std::vector<int> hours = values_of(hours_);
  const std::vector<int> minutes = values_of(minutes_);
  const std::vector<int> seconds = values_of(seconds_);
  // A few times of the day are best told as such.
  if (seconds.size() == 1 && minutes.size() * hours.size() <= 6 && step_of(hours, 24) == 0) {
    std::vector<std::string> times;
    for (const int hour : hours) {
      for (const int minute : minutes) {
        times.push_back(fmt::format("{:02}:{:02}", hour, minute));
        if (seconds[0] != 0) times.back() += fmt::format(":{:02}", seconds[0]);
      }
    }
    return "at " + listed(times);
  }
  if (minutes_ == 1 && seconds_ == 1) {
    const int step = step_of(hours, 24);
    if (step == 1) return "every hour";
    if (step > 1) return fmt::format("every {} hours", step);
  }
  std::string text = field(minutes_, 60, "minute");
  if (seconds_ != 1) {
    const std::string every = field(seconds_, 60, "second");
    const bool all_minutes = step_of(minutes, 60) == 1;
    text = all_minutes && seconds.size() > 1 ? every : every + ", " + text;
  }
  return text + hours_text(hours_);
}

std::string Cron::describe_days() const {
  constexpr std::uint32_t kAllDays = 0x7fff'ffff;
  constexpr std::uint32_t kAllWeekdays = 0x7f;
  std::vector<std::string> dates;
  if (days_ != 0 && days_ != kAllDays) {
    const std::vector<int> found = values_of(std::uint64_t{days_} << 1);
    dates.push_back(fmt::format("day{} {}", found.size() == 1 ? "" : "s", numbers(found)));
  }
  for (const int before : values_of(days_before_last_)) {
    dates.push_back(
        before == 0 ? std::string("the last day")
                    : fmt::format("{} day{} before the last day", before, before == 1 ? "" : "s"));
  }
  std::vector<std::string> weekdays;
  if (weekdays_ != 0 && weekdays_ != kAllWeekdays) weekdays.push_back(day_list(weekdays_));
  for (std::size_t n = 0; n < nth_weekdays_.size(); ++n) {
    if (nth_weekdays_[n] == 0) continue;
    weekdays.push_back(
        fmt::format("the {} {}", nth(static_cast<int>(n)), day_list(nth_weekdays_[n])));
  }
  if (last_weekdays_ != 0) weekdays.push_back("the last " + day_list(last_weekdays_));

  std::string text;
  if (!dates.empty()) text += " on " + listed(dates) + " of the month";
  if (!weekdays.empty()) {
    const bool both = any_day_ || any_weekday_;
    text += (dates.empty() ? " on " : both ? ", if that is " : " or on ") + listed(weekdays);
  }
  return text;
}

std::string Cron::describe() const {
  std::string text = describe_times() + describe_days();
  constexpr std::uint32_t kAllMonths = 0xfff;
  if (months_ != kAllMonths) {
    std::vector<std::string> months;
    for (const int month : values_of(months_)) {
      months.emplace_back(kMonthNames.at(static_cast<std::size_t>(month)));
    }
    text += " in " + listed(months);
  }
  return text;
}

}  // namespace hassette::time
