#pragma once
// What stands between known words of a text. Views into that text, empty where a mark is missing;
// any thread.
#include <cstddef>
#include <string_view>

namespace hassette::build {

inline std::string_view after(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + mark.size());
}

inline std::string_view between(std::string_view text, std::string_view from, std::string_view to) {
  text = after(text, from);
  const std::size_t end = text.find(to);
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end);
}

}  // namespace hassette::build
