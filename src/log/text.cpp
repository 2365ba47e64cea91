#include "log/text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace hassette::log {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;

std::string_view to_string(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "?";
}

namespace {
constexpr std::size_t kHeadWidth = 19;  // "14:02:07 warning   "; further lines begin below the app
constexpr std::string_view kPlainBreak = " | ";

std::string_view colour_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "\x1b[2m";
    case LogLevel::kInfo:
      return "\x1b[32m";
    case LogLevel::kWarning:
      return "\x1b[33m";
    case LogLevel::kError:
      return "\x1b[1;31m";
  }
  return "";
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// Tabs stay; every other control character is spelt out.
void append_printable(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (is_control(c) && c != '\t') {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
}

/// Calls `each` for every line of the text, without a last empty one.
template <class Each>
void for_each_line(std::string_view text, Each each) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  for (;;) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    each(line);
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

/// "      ^", "   |     ^": points at a place in the line above.
bool is_caret(std::string_view line) {
  return line.ends_with('^') && line.find_first_not_of(" \t|^") == std::string_view::npos;
}

void append_origin(std::string& out, const LogRecord& record) {
  append_printable(out, record.app);
  if (record.task.empty()) return;
  out += '/';
  append_printable(out, record.task);
}

/// The length of the well-formed UTF-8 sequence that the text begins with; 0 if it does not.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond Unicode.
  if (first == 0xe0 && byte(1) < 0xa0) return 0;
  if (first == 0xed && byte(1) > 0x9f) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  if (first == 0xf4 && byte(1) > 0x8f) return 0;
  return length;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (is_control(c)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

struct Clock {
  explicit Clock(async::WallTime time)
      : date(floor<days>(time)), since_midnight(floor<seconds>(time - floor<days>(time))) {}
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<seconds> since_midnight;
};

std::string date_of(const Clock& clock) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(clock.date.year()),
                     static_cast<unsigned>(clock.date.month()),
                     static_cast<unsigned>(clock.date.day()));
}

std::string time_of(const Clock& clock) {
  const auto& time = clock.since_midnight;
  return fmt::format("{:02}:{:02}:{:02}", time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}
}  // namespace

std::string clock_time(async::WallTime time, seconds offset) {
  return time_of(Clock(time + offset));
}

void append_terminal_line(std::string& out, const LogRecord& record, seconds offset, bool colour) {
  const std::string_view off = colour ? "\x1b[0m" : "";
  const std::string_view level = colour ? colour_of(record.level) : "";
  fmt::format_to(std::back_inserter(out), "{}{}{} {}{:<7}{} {}", colour ? "\x1b[2m" : "",
                 clock_time(record.time, offset), off, level, to_string(record.level), off,
                 colour ? "\x1b[36m" : "");
  append_origin(out, record);
  out += off;
  out += "  ";
  bool first = true;
  for_each_line(record.message, [&](std::string_view line) {
    if (!std::exchange(first, false)) out.append(kHeadWidth, ' ');
    append_printable(out, line);
    out += '\n';
  });
}

std::string offset_text(seconds offset) {
  const std::chrono::hh_mm_ss<seconds> size(std::chrono::abs(offset));
  return fmt::format("{}{:02}:{:02}", offset < seconds(0) ? '-' : '+', size.hours().count(),
                     size.minutes().count());
}

void append_plain_line(std::string& out, const LogRecord& record, seconds offset) {
  const Clock clock(record.time + offset);
  fmt::format_to(std::back_inserter(out), "{} {}{} {} ", date_of(clock), time_of(clock),
                 offset_text(offset), to_string(record.level));
  append_origin(out, record);
  out += "  ";
  bool first = true;
  for_each_line(record.message, [&](std::string_view line) {
    if (!std::exchange(first, false)) {
      if (is_caret(line)) return;
      line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
      out += kPlainBreak;
    }
    append_printable(out, line);
  });
  out += '\n';
}

void append_json_line(std::string& out, const LogRecord& record) {
  const Clock clock(record.time);
  const auto fraction = record.time - floor<seconds>(record.time);
  fmt::format_to(std::back_inserter(out), R"({{"time":"{}T{}.{:06}Z","level":"{}","app":)",
                 date_of(clock), time_of(clock), fraction.count(), to_string(record.level));
  append_json_string(out, record.app);
  if (!record.task.empty()) {
    out += R"(,"task":)";
    append_json_string(out, record.task);
  }
  out += R"(,"message":)";
  append_json_string(out, record.message);
  out += "}\n";
}

}  // namespace hassette::log
