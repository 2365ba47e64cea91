#include <hassette/duration.hpp>

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace hassette {

namespace {

using std::chrono::nanoseconds;

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

constexpr auto kUnits = std::to_array<Unit>({
    {"ns", 1},           {"us", 1'000},    {"µs", 1'000},       {"ms", 1'000'000},
    {"s", kSecond},      {"sec", kSecond}, {"second", kSecond}, {"seconds", kSecond},
    {"m", kMinute},      {"min", kMinute}, {"minute", kMinute}, {"minutes", kMinute},
    {"h", kHour},        {"hour", kHour},  {"hours", kHour},    {"d", kDay},
    {"day", kDay},       {"days", kDay},   {"w", 7 * kDay},     {"week", 7 * kDay},
    {"weeks", 7 * kDay},
});

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_space(char c) {
  return c == ' ' || c == '\t';
}

std::string hint(std::string_view text) {
  return fmt::format("`{}` is not a duration; write it like 90s, 5min, 1h30min, 250ms or 00:05:00",
                     text);
}

// A non-negative decimal number, kept as whole part and billionths so that no digit is lost.
struct Decimal {
  std::int64_t whole = 0;
  std::int64_t billionths = 0;
};

// Why a text gives no duration.
enum class Fault : std::uint8_t { kNoDuration, kTooLong };
using Nanoseconds = std::expected<std::int64_t, Fault>;

std::expected<Decimal, Fault> take_decimal(std::string_view& text) {
  Decimal number;
  if (text.empty() || !is_digit(text.front())) return std::unexpected(Fault::kNoDuration);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number.whole);
  if (error != std::errc()) return std::unexpected(Fault::kTooLong);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.size() < 2 || text[0] != '.' || !is_digit(text[1])) return number;
  text.remove_prefix(1);
  for (std::int64_t scale = 100'000'000; !text.empty() && is_digit(text.front()); scale /= 10) {
    number.billionths += (text.front() - '0') * scale;
    text.remove_prefix(1);
  }
  return number;
}

// number × unit added to total; false where it does not fit.
bool add_scaled(std::int64_t& total, const Decimal& number, std::int64_t unit) {
  std::int64_t whole = 0;
  if (__builtin_mul_overflow(number.whole, unit, &whole)) return false;
  const std::int64_t fraction =
      unit >= kSecond ? unit / kSecond * number.billionths : number.billionths * unit / kSecond;
  return !__builtin_add_overflow(total, whole, &total) &&
         !__builtin_add_overflow(total, fraction, &total);
}

Nanoseconds parse_units(std::string_view text) {
  std::int64_t total = 0;
  while (!text.empty()) {
    const auto number = take_decimal(text);
    if (!number) return std::unexpected(number.error());
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    std::size_t length = 0;
    while (length < text.size() && !is_digit(text[length]) && !is_space(text[length])) ++length;
    const std::string_view name = text.substr(0, length);
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (candidate.name == name) unit = &candidate;
    }
    if (unit == nullptr) return std::unexpected(Fault::kNoDuration);
    if (!add_scaled(total, *number, unit->nanoseconds)) return std::unexpected(Fault::kTooLong);
    text.remove_prefix(length);
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  }
  return total;
}

// hours:minutes or hours:minutes:seconds, the seconds with an optional fraction.
Nanoseconds parse_clock(std::string_view text) {
  constexpr std::array kScales = {kHour, kMinute, kSecond};
  std::int64_t total = 0;
  for (std::size_t part = 0; part < kScales.size(); ++part) {
    const auto number = take_decimal(text);
    if (!number) return std::unexpected(number.error());
    const bool fits = (part == 0 || number->whole < 60) && (part == 2 || number->billionths == 0);
    if (!fits) return std::unexpected(Fault::kNoDuration);
    if (!add_scaled(total, *number, kScales[part])) return std::unexpected(Fault::kTooLong);
    if (text.empty() && part > 0) return total;
    if (text.empty() || text.front() != ':') break;
    text.remove_prefix(1);
  }
  return std::unexpected(Fault::kNoDuration);
}

}  // namespace

std::expected<nanoseconds, std::string> parse_duration(std::string_view text) {
  std::string_view rest = text;
  while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
  while (!rest.empty() && is_space(rest.back())) rest.remove_suffix(1);
  const bool negative = !rest.empty() && rest.front() == '-';
  if (negative) rest.remove_prefix(1);
  if (rest.empty()) return std::unexpected(hint(text));
  if (rest.find_first_not_of("0123456789.") == std::string_view::npos) {
    return std::unexpected(
        fmt::format("`{0}` has no unit; write {0}s for seconds or {0}min for "
                    "minutes",
                    text));
  }
  const auto total =
      rest.find(':') == std::string_view::npos ? parse_units(rest) : parse_clock(rest);
  if (!total && total.error() == Fault::kTooLong) {
    return std::unexpected(
        fmt::format("`{}` is longer than 292 years, the longest there is", text));
  }
  if (!total) return std::unexpected(hint(text));
  return nanoseconds(negative ? -*total : *total);
}

std::string format_duration(nanoseconds duration) {
  const std::int64_t count = duration.count();
  const std::string sign = count < 0 ? "-" : "";
  // The most negative count has no positive counterpart in 64 signed bits.
  const auto size =
      count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  if (size == 0) return "0 s";
  if (size < 1'000) return fmt::format("{}{} ns", sign, size);
  if (size < 999'500) return fmt::format("{}{} us", sign, (size + 500) / 1'000);

  std::uint64_t milliseconds = (size + 500'000) / 1'000'000;
  std::string text;
  const auto add = [&text](const std::string& part) {
    if (!text.empty()) text += ' ';
    text += part;
  };
  constexpr std::array<std::pair<std::uint64_t, std::string_view>, 3> kParts = {
      {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "min"}}};
  for (const auto& [scale, name] : kParts) {
    if (milliseconds >= scale) add(fmt::format("{} {}", milliseconds / scale, name));
    milliseconds %= scale;
  }
  if (milliseconds != 0) {
    std::string seconds = fmt::format("{}.{:03}", milliseconds / 1'000, milliseconds % 1'000);
    seconds.erase(seconds.find_last_not_of('0') + 1);
    if (seconds.back() == '.') seconds.pop_back();
    add(seconds + " s");
  }
  return sign + text;
}

}  // namespace hassette
