#pragma once
// Reads the moments of messages. For the frame reader; inline, since what it saves is calls.
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "json/cursor.hpp"
#include "time/iso8601.hpp"

namespace hassette::ha {

/// Reads moments. Home Assistant repeats the same one in an event, and those of a busy second
/// differ in their microseconds only: the rest is parsed once.
class Moments {
 public:
  bool read(json::Cursor& cursor, TimePoint& out) {
    std::string_view text;  // as it is written: one with escapes is no moment
    if (!cursor.plain(text)) return false;
    if (text != std::string_view(last_.data(), size_) && !read_fraction(text)) {
      const auto time = time::parse_iso8601(text);
      if (!time) return false;
      remember(text, *time);
    }
    out = time_;
    return !text.empty();
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

}  // namespace hassette::ha
