// Periods as services take them, and as timers show them.
#include <algorithm>
#include <chrono>
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

}  // namespace

std::optional<double> fractional_seconds_from(const Json& value) {
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

std::optional<std::chrono::microseconds> period_from(const Json& value) {
  constexpr double kLongest = 9e9;  // in nanoseconds it fits the loop's timers, and a sum with now
  const auto seconds = fractional_seconds_from(value);
  if (!seconds || !(std::abs(*seconds) < kLongest)) return std::nullopt;
  return std::chrono::microseconds(std::llround(*seconds * 1e6));
}

std::optional<std::int64_t> seconds_from(const Json& value) {
  const auto period = period_from(value);
  if (!period) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(*period).count();
}

std::string duration_text(std::int64_t seconds) {
  const std::chrono::seconds all(seconds);
  const auto hours = std::chrono::floor<std::chrono::hours>(all);
  const auto minutes = std::chrono::floor<std::chrono::minutes>(all - hours);
  return fmt::format("{}:{:02}:{:02}", hours.count(), minutes.count(),
                     (all - hours - minutes).count());
}

}  // namespace hassette::sim
