#pragma once
// For messages: the first names of a list that may be long.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <span>
#include <string>

namespace hassette::base {

/// "light.hall, lock.door, and 2 more": the names given, and how many of `count` are not among
/// them.
inline std::string first_few(std::span<const std::string> names, std::size_t count) {
  std::string text = fmt::format("{}", fmt::join(names, ", "));
  if (count > names.size()) text += fmt::format(", and {} more", count - names.size());
  return text;
}

}  // namespace hassette::base
