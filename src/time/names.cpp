#include "time/names.hpp"

#include <algorithm>

namespace hassette::time {

namespace {

bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::optional<int> index_of_name(std::string_view text, std::span<const std::string_view> names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (same_letters(text, names[i]) || same_letters(text, names[i].substr(0, 3))) {
      return static_cast<int>(i);
    }
  }
  return std::nullopt;
}

std::string listed(const std::vector<std::string>& words, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? ' ' + std::string(last) + ' ' : std::string(", ");
    text += words[i];
  }
  return text;
}

std::string day_list(unsigned bits, std::string_view last) {
  // From Monday on, as people count, but a run over the weekend stays together.
  const auto has = [bits](unsigned day) { return (bits >> day % 7 & 1) != 0; };
  unsigned start = 1;
  while (start < 8 && has(start) && has(start + 6)) ++start;
  std::vector<std::string> words;
  for (unsigned i = 0; i < 7;) {
    unsigned run = 0;
    while (i + run < 7 && has(start + i + run)) ++run;
    if (run >= 3) {
      words.push_back(std::string(kDayNames[(start + i) % 7]) + " to " +
                      std::string(kDayNames[(start + i + run - 1) % 7]));
      i += run;
    } else if (run > 0) {
      words.emplace_back(kDayNames[(start + i) % 7]);
      ++i;
    } else {
      ++i;
    }
  }
  return listed(words, last);
}

}  // namespace hassette::time
