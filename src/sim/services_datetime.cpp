// Dates and times that users keep. What is given is checked as Home Assistant reads it, so that
// only days and moments that exist are ever shown.
#include <charconv>

#include <fmt/format.h>

#include "sim/home.hpp"

namespace hassette::sim {

namespace {

std::optional<int> take_number(std::string_view& text, std::size_t most) {
  int number = 0;
  const char* const last = text.data() + std::min(most, text.size());
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

struct Parts {
  std::string text;
  bool exists = false;
};

// "2026-1-2" becomes "2026-01-02".
std::optional<Parts> take_date(std::string_view& text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  return Parts{fmt::format("{:04}-{:02}-{:02}", *year, *month, *day), *year > 0 && date.ok()};
}

// "5:6" becomes "05:06:00".
std::optional<Parts> take_time(std::string_view& text) {
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute) return std::nullopt;
  int second = 0;
  if (take(text, ':')) {
    const auto given = take_number(text, 2);
    if (!given) return std::nullopt;
    second = *given;
  }
  return Parts{fmt::format("{:02}:{:02}:{:02}", *hour, *minute, second),
               *hour < 24 && *minute < 60 && second < 60};
}

std::string shown(const Json& value) {
  return value.is_string() ? value.as_string() : python_repr(value);
}

std::optional<std::string> check_date(Json& value) {
  if (!value.is_string()) return "Not a parseable type";
  std::string_view rest = value.as_string();
  const auto date = take_date(rest);
  if (!date || !date->exists || !rest.empty()) return "Could not parse date";
  value = date->text;
  return std::nullopt;
}

std::optional<std::string> check_time(Json& value) {
  std::string_view rest = value.is_string() ? std::string_view(value.as_string()) : "";
  const auto time = take_time(rest);
  if (!time || !time->exists || !rest.empty()) return "Invalid time specified: " + shown(value);
  value = time->text;
  return std::nullopt;
}

// An offset is taken to be that of the home, whatever it says: Home Assistant looks at the clock's
// face alone.
bool is_fraction_or_offset(std::string_view rest) {
  if (take(rest, '.')) {
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (digits == 0) return false;
    rest.remove_prefix(digits);
  }
  if (rest.empty() || rest == "Z") return true;
  if (!take(rest, '+') && !take(rest, '-')) return false;
  const bool numbers = rest.find_first_not_of("0123456789:") == std::string_view::npos;
  return numbers && (rest.size() == 2 || rest.size() == 4 || rest.size() == 5);
}

std::optional<std::string> check_datetime(Json& value) {
  std::string_view rest = value.is_string() ? std::string_view(value.as_string()) : "";
  const auto date = take_date(rest);
  Parts time{"00:00:00", true};
  bool complete = date && rest.empty();
  if (date && (take(rest, 'T') || take(rest, ' '))) {
    const auto given = take_time(rest);
    complete = given && is_fraction_or_offset(rest);
    if (given) time = *given;
  }
  if (!complete) return "Invalid datetime specified: " + shown(value);
  if (!date->exists || !time.exists) return "not a valid value";
  value = date->text + ' ' + time.text;
  return std::nullopt;
}

std::optional<std::string> refuse_mixture(const Json& data) {
  const int ways = (data.contains("date") || data.contains("time") ? 1 : 0) +
                   (data.contains("datetime") ? 1 : 0) + (data.contains("timestamp") ? 1 : 0);
  if (ways == 0) return "must contain at least one of date, time, datetime, timestamp.";
  if (ways == 1) return std::nullopt;
  std::string keys;
  for (const auto& [key, value] : data.as_object()) keys += (keys.empty() ? "" : ", ") + key;
  return "Cannot use together: " + keys;
}

std::string local_text(Home& home, double timestamp) {
  constexpr double kYear10000 = 253402300800;  // and what lies before the year 1
  constexpr double kYear1 = -62135596800;
  const auto whole = to_whole(timestamp);
  if (!whole)
    throw CommandFailure{"unknown_error", "timestamp out of range for platform time_t", {}};
  if (timestamp < kYear1 || timestamp >= kYear10000) {
    throw CommandFailure{"unknown_error", fmt::format("year is out of range: {}", *whole), {}};
  }
  const auto local = home.zone().to_local(TimePoint(std::chrono::seconds(*whole)));
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", local.year, local.month, local.day,
                     local.hour, local.minute, local.second);
}

void set_datetime(Home& home, const ServiceCall& call, const State& state) {
  const bool has_date = state.attributes()["has_date"] == Json(true);
  const bool has_time = state.attributes()["has_time"] == Json(true);
  std::string date = call.data["date"].get<std::string>().value_or("");
  std::string time = call.data["time"].get<std::string>().value_or("");
  std::string both = call.data["datetime"].get<std::string>().value_or("");
  if (const auto stamp = call.data["timestamp"].get<double>()) both = local_text(home, *stamp);
  if (!both.empty()) {
    date = both.substr(0, 10);
    time = both.substr(11);
  }
  if (!has_date) date.clear();
  if (!has_time) time.clear();
  if (date.empty() && time.empty()) throw CommandFailure{"invalid_format", "Nothing to set", {}};
  // What is not given stays, where the state, which anybody may have written, is a moment.
  std::string_view before = state.state();
  const auto day_before = take_date(before);
  const bool has_clock = day_before && take(before, ' ');
  const auto time_before = has_clock ? take_time(before) : std::nullopt;
  if (has_date && date.empty())
    date = day_before && day_before->exists ? day_before->text : "1970-01-01";
  if (has_time && time.empty())
    time = time_before && time_before->exists ? time_before->text : "00:00:00";
  const std::string value = has_date && has_time ? date + ' ' + time : has_date ? date : time;
  Json attributes = state.attributes();
  for (auto& [key, part] : datetime_attributes(home, value, has_date, has_time).as_object()) {
    attributes[key] = part;
  }
  home.write(state.entity_id(), value, std::move(attributes));
}

}  // namespace

void add_datetime_services(Services& services) {
  services.add({.domain = "input_datetime", .name = "reload", .run = [](Home&, const ServiceCall&) {
                  return Outcome{};
                }});
  services.add({.domain = "input_datetime",
                .name = "set_datetime",
                .schema = Schema({{"date", check_date},
                                  {"time", check_time},
                                  {"datetime", check_datetime},
                                  {"timestamp", accept::number()}}),
                .run_for_entity =
                    [](Home& home, const ServiceCall& call, const StatePtr& state) {
                      set_datetime(home, call, *state);
                      return Outcome{};
                    },
                .check_whole = refuse_mixture});
}

}  // namespace hassette::sim
