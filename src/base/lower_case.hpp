// Lower case, of ASCII letters alone and whatever the locale: what protocols and files call equal.
//
// Pure functions, any thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace hassette::base {

[[nodiscard]] constexpr char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return lower_case(c); });
  return lower;
}

}  // namespace hassette::base
