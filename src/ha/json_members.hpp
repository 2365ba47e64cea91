#pragma once
// The members of a message, read with simdjson On-Demand: texts, raw JSON, moments. For frame.cpp
// alone; inline, since what they save is calls.
#include <simdjson.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "time/iso8601.hpp"

namespace hassette::ha {

namespace od = simdjson::ondemand;
using simdjson::SUCCESS;

// Each reader returns false where the text is not what it should be; the caller gives the object
// up. Values are passed by reference: copying the parser's handles costs more than reading does.

inline bool read_text(od::value& value, std::string_view& out) {
  return value.get_string().get(out) == SUCCESS;
}

/// Reads a text that is nearly always the expected one.
inline bool read_text(od::value& value, std::string_view& out, std::string_view expected) {
  const std::string_view token = value.raw_json_token();
  if (expected.empty() || token.size() != expected.size() + 2 || token.front() != '"' ||
      token.back() != '"' || std::memcmp(token.data() + 1, expected.data(), expected.size()) != 0) {
    return read_text(value, out);
  }
  out = expected;
  return value.get_raw_json_string().error() == SUCCESS;
}

inline bool read_raw(od::value& value, std::string_view& out) {
  od::object object;
  if (value.get_object().get(object) != SUCCESS) {
    return simdjson::to_json_string(value).get(out) == SUCCESS;
  }
  return object.raw_json().get(out) == SUCCESS;
}

/// Whether the key is `name`, compared where it lies: at least SIMDJSON_PADDING bytes follow it,
/// and with a size known here the comparison is two or three instructions.
template <std::size_t Size>
bool is(od::raw_json_string key, const char (&name)[Size]) {
  return std::memcmp(key.raw(), name, Size - 1) == 0 && key.raw()[Size - 1] == '"';
}

/// Reads moments. Home Assistant repeats the same one in an event, and those of a busy second
/// differ in their microseconds only: the rest is parsed once.
class Moments {
 public:
  bool read(od::value& value, TimePoint& out) {
    // Where it lies: a text with escapes is no moment.
    const std::string_view token = value.raw_json_token();
    const std::size_t end = token.rfind('"');  // behind it may be white space
    if (end == token.npos || end == 0 || token.front() != '"') return false;
    const std::string_view text = token.substr(1, end - 1);
    if (text != std::string_view(last_.data(), size_) && !read_fraction(text)) {
      const auto time = time::parse_iso8601(text);
      if (!time) return false;
      remember(text, *time);
    }
    out = time_;
    return value.get_raw_json_string().error() == SUCCESS && !text.empty();
  }

 private:
  // Of "2026-05-03T04:21:31.173024+00:00".
  static constexpr std::size_t kSize = 32;
  static constexpr std::size_t kFraction = 20;
  static constexpr std::size_t kOffset = 26;

  bool read_fraction(std::string_view text) {
    if (text.size() != kSize || size_ != kSize ||
        std::memcmp(text.data(), last_.data(), kFraction) ||
        std::memcmp(text.data() + kOffset, last_.data() + kOffset, kSize - kOffset)) {
      return false;
    }
    std::int64_t micros = 0;
    for (const char c : text.substr(kFraction, kOffset - kFraction)) {
      if (c < '0' || c > '9') return false;
      micros = 10 * micros + (c - '0');
    }
    remember(text, second_ + std::chrono::microseconds(micros));
    return true;
  }
  void remember(std::string_view text, TimePoint time) {
    size_ = text.size() <= kSize ? text.size() : 0;
    text.copy(last_.data(), size_);
    time_ = time;
    second_ = std::chrono::floor<std::chrono::seconds>(time);
  }

  std::array<char, kSize> last_{};
  std::size_t size_ = 0;
  TimePoint time_;
  TimePoint second_;  // the same without the fraction
};

/// Calls `read(key, value)` for each member, until it returns false.
template <class F>
bool each_member(od::object& object, F read) {
  for (auto field : object) {
    od::raw_json_string key;
    od::value value;
    if (field.key().get(key) != SUCCESS || field.value().get(value) != SUCCESS) return false;
    if (!read(key, value)) return false;
  }
  return true;
}

}  // namespace hassette::ha
