#include "time/iso8601.hpp"

#include <fmt/core.h>

namespace hassette::time {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::microseconds;

// Reads left to right; the first thing that does not fit spoils the whole.
class Scanner {
 public:
  explicit Scanner(std::string_view text) noexcept
      : at_(text.data()), end_(text.data() + text.size()) {}

  int digits(int count) noexcept {
    if (end_ - at_ < count) return fail();
    int value = 0;
    for (int i = 0; i < count; ++i) {
      const unsigned digit = static_cast<unsigned char>(*at_++) - unsigned{'0'};
      if (digit > 9) return fail();
      value = value * 10 + static_cast<int>(digit);
    }
    return value;
  }
  void expect(char c) noexcept {
    if (!take(c)) fail();
  }
  bool take(char c) noexcept {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  // The digits after the decimal point, as microseconds.
  int fraction() noexcept {
    int value = 0;
    int scale = 100'000;
    const char* const start = at_;
    for (; at_ != end_ && *at_ >= '0' && *at_ <= '9'; ++at_, scale /= 10) {
      value += (*at_ - '0') * scale;
    }
    return at_ == start ? fail() : value;
  }
  // Seconds east of UTC.
  int offset() noexcept {
    if (take('Z') || take('z')) return 0;
    const bool west = take('-');
    if (!west) expect('+');
    const int hours = digits(2);
    int minutes = 0;
    if (at_ != end_) {
      take(':');
      minutes = digits(2);
    }
    if (hours > 23 || minutes > 59) return fail();
    const int seconds = hours * 3600 + minutes * 60;
    return west ? -seconds : seconds;
  }
  [[nodiscard]] bool finished() const noexcept { return ok_ && at_ == end_; }

 private:
  int fail() noexcept {
    ok_ = false;
    at_ = end_;
    return 0;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace

std::optional<TimePoint> parse_iso8601(std::string_view text) noexcept {
  Scanner in(text);
  const int year = in.digits(4);
  in.expect('-');
  const int month = in.digits(2);
  in.expect('-');
  const int day = in.digits(2);
  if (!in.take('T') && !in.take(' ')) return std::nullopt;
  const int hour = in.digits(2);
  in.expect(':');
  const int minute = in.digits(2);
  in.expect(':');
  const int second = in.digits(2);
  const int micros = in.take('.') ? in.fraction() : 0;
  const int offset = in.offset();
  if (!in.finished() || hour > 23 || minute > 59 || second > 59) return std::nullopt;

  const Date date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                  std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return TimePoint(std::chrono::sys_days(date)) +
         std::chrono::seconds(hour * 3600 + minute * 60 + second - offset) + microseconds(micros);
}

std::string format_iso8601(TimePoint time) {
  const auto midnight = floor<days>(time);
  const Date date{midnight};
  const std::int64_t of_day = (time - midnight).count();
  const std::int64_t seconds = of_day / 1'000'000;
  const std::int64_t fraction = of_day % 1'000'000;
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (fraction != 0) text += fmt::format(".{:06}", fraction);
  return text + "+00:00";
}

}  // namespace hassette::time
