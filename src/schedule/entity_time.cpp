#include "schedule/entity_time.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "time/iso8601.hpp"

namespace hassette::schedule {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<int> read_number(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

std::optional<Date> read_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = read_number(text.substr(0, 4));
  const auto month = read_number(text.substr(5, 2));
  const auto day = read_number(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const Date date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                  std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional(date) : std::nullopt;
}

std::optional<TimeOfDay> read_time_of_day(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot != std::string_view::npos) {  // a fraction of a second says nothing here
    if (!read_number(text.substr(dot + 1, 9))) return std::nullopt;
    text = text.substr(0, dot);
  }
  const auto time = TimeOfDay::parse(text);
  return time ? std::optional(*time) : std::nullopt;
}

NamedTime from_seconds(double seconds) {
  constexpr double kMost = 9e9;  // in the year 2255
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kMost) return {};
  return TimePoint(std::chrono::microseconds(std::llround(seconds * 1e6)));
}

}  // namespace

NamedTime read_time(std::string_view text) {
  if (const auto moment = time::parse_iso8601(text)) return *moment;
  if (text.size() > 10 && (text[10] == ' ' || text[10] == 'T')) {
    const auto date = read_date(text.substr(0, 10));
    const auto time = read_time_of_day(text.substr(11));
    if (date && time) return LocalMoment{*date, *time};
    return {};
  }
  if (const auto date = read_date(text)) return LocalMoment{*date, TimeOfDay("00:00")};
  if (text.find(':') != std::string_view::npos) {
    const auto time = read_time_of_day(text);
    return time ? NamedTime(*time) : NamedTime();
  }
  if (text.empty() || !is_digit(text[0])) return {};
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return from_seconds(seconds);
}

NamedTime read_time_in(const Json& value) {
  if (const auto text = value.get<std::string>()) return read_time(*text);
  if (const auto seconds = value.get<double>()) return from_seconds(*seconds);
  return {};
}

}  // namespace hassette::schedule
