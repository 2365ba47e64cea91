#include "base/glob.hpp"

namespace hassette::base {

namespace {

constexpr auto kNone = std::string_view::npos;

// The set that starts at pattern[at] == '[': whether it holds c, and where the pattern goes on.
// `next` is kNone where the set is never closed.
struct SetMatch {
  bool matches = false;
  std::size_t next = kNone;
};

SetMatch match_set(std::string_view pattern, std::size_t at, char c) noexcept {
  std::size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  // A `]` right at the start is a member of the set, as in the shell.
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false) {
    const char low = pattern[i];
    char high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      high = pattern[i + 2];
      i += 2;
    }
    const auto code = static_cast<unsigned char>(c);
    found = found ||
            (static_cast<unsigned char>(low) <= code && code <= static_cast<unsigned char>(high));
    ++i;
  }
  if (i >= pattern.size()) return {};
  return {found != negated, i + 1};
}

// One pattern element that is not `*` against one character; where the pattern goes on, or kNone.
std::size_t match_one(std::string_view pattern, std::size_t at, char c) noexcept {
  if (pattern[at] == '?') return at + 1;
  if (pattern[at] == '[') {
    const SetMatch set = match_set(pattern, at, c);
    if (set.next != kNone) return set.matches ? set.next : kNone;
  }
  return pattern[at] == c ? at + 1 : kNone;
}

}  // namespace

bool is_glob(std::string_view text) noexcept {
  return text.find_first_of("*?[") != kNone;
}

bool glob_match(std::string_view pattern, std::string_view text) noexcept {
  std::size_t p = 0;
  std::size_t t = 0;
  // Only the last `*` needs to be retried: an earlier one could give nothing that it cannot.
  std::size_t star = kNone;
  std::size_t retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
      continue;
    }
    const std::size_t next = p < pattern.size() ? match_one(pattern, p, text[t]) : kNone;
    if (next != kNone) {
      p = next;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace hassette::base
