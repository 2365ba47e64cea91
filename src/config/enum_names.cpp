#include "config/enum_names.hpp"

namespace hassette::config {

namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

}  // namespace

std::string snake_case(std::string_view enumerator) {
  if (enumerator.size() > 1 && enumerator[0] == 'k' && is_upper(enumerator[1])) {
    enumerator.remove_prefix(1);
  }
  std::string text;
  for (std::size_t i = 0; i < enumerator.size(); ++i) {
    const char c = enumerator[i];
    if (!is_upper(c)) {
      text += c;
      continue;
    }
    // An upper-case letter starts a word, unless it goes on with an abbreviation such as "HVAC".
    const bool after_word = i > 0 && !is_upper(enumerator[i - 1]) && enumerator[i - 1] != '_';
    const bool before_word = i > 0 && is_upper(enumerator[i - 1]) && i + 1 < enumerator.size() &&
                             !is_upper(enumerator[i + 1]) && enumerator[i + 1] != '_';
    if (after_word || before_word) text += '_';
    text += static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::vector<EnumName> enum_names(std::string_view printed) {
  constexpr std::string_view kStart = "Values = <";
  std::vector<EnumName> names;
  const std::size_t start = printed.rfind(kStart);
  if (start == std::string_view::npos) return names;
  printed.remove_prefix(start + kStart.size());
  printed = printed.substr(0, printed.rfind(">]"));
  for (int value = 0; !printed.empty(); ++value) {
    const std::size_t end = printed.find(", ");
    std::string_view item = printed.substr(0, end);
    printed.remove_prefix(end == std::string_view::npos ? printed.size() : end + 2);
    // "(Mode)7" and "((anonymous namespace)::Mode)7" have no name.
    const std::size_t colon = item.rfind(':');
    item = item.substr(colon == std::string_view::npos ? 0 : colon + 1);
    if (item.empty() || item.find_first_of("()'") != std::string_view::npos) continue;
    names.push_back({.value = value, .name = std::string(item), .written = snake_case(item)});
  }
  return names;
}

}  // namespace hassette::config
