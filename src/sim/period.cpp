// Periods as services take them, and as Python shows them.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/schema.hpp"

namespace hassette::sim {

namespace {

// "-1:30", "00:01:30.5", or the seconds alone.
std::optional<double> seconds_in(std::string_view text) {
  if (const auto alone = to_number(text)) return alone;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  double total = 0;
  int parts = 0;
  for (std::string_view rest = text; parts == 0 || !rest.empty(); ++parts) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const auto part = to_number(rest.substr(0, colon));
    if (!part || (parts < 2 && *part != std::trunc(*part))) return std::nullopt;
    total = total * 60 + *part;
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  if (parts == 2) total *= 60;  // "00:05" is hours and minutes
  if (parts != 2 && parts != 3) return std::nullopt;
  return negative ? -total : total;
}

std::optional<double> seconds_of(const Json& value) {
  if (value.is_string()) return seconds_in(value.as_string());
  if (!value.is_object()) return to_number(value);
  double total = 0;
  for (const auto& [key, item] : value.as_object()) {
    const auto number = to_number(item);
    const double unit = key == "days"           ? 86400
                        : key == "hours"        ? 3600
                        : key == "minutes"      ? 60
                        : key == "seconds"      ? 1
                        : key == "milliseconds" ? 0.001
                                                : 0;
    if (!number || unit == 0) return std::nullopt;
    total += *number * unit;
  }
  return value.empty() ? std::nullopt : std::optional(total);
}

}  // namespace

std::optional<std::chrono::microseconds> period_from(const Json& value) {
  const auto seconds = seconds_of(value);
  // What can be slept: the loop's timers count nanoseconds.
  const auto sleepable = seconds ? to_whole(*seconds * 1e9) : std::nullopt;
  if (!sleepable) return std::nullopt;
  return std::chrono::microseconds(std::llround(*seconds * 1e6));
}

std::optional<std::int64_t> seconds_from(const Json& value) {
  const auto period = period_from(value);
  if (!period) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(*period).count();
}

std::string python_duration(std::int64_t seconds) {
  const std::int64_t days = seconds / 86400;
  std::string clock =
      fmt::format("{}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
  if (days == 0) return clock;
  return fmt::format("{} day{}, {}", days, days == 1 ? "" : "s", clock);
}

}  // namespace hassette::sim
