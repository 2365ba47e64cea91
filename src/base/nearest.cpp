#include "base/nearest.hpp"

#include <algorithm>
#include <utility>

namespace hassette::base {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// One place of what was typed: a letter, or what stands for any character or any run of them.
struct Place {
  enum class Kind : unsigned char { kLetter, kOne, kRun };
  Kind kind = Kind::kLetter;
  char letter = 0;

  bool is_letter(char c) const { return kind == Kind::kLetter && letter == c; }
  bool stands_for(char c) const { return kind == Kind::kOne || is_letter(c); }
};
using Places = std::vector<Place>;

Places places_of_word(std::string_view word) {
  Places places;
  places.reserve(word.size());
  for (const char c : word) places.push_back({Place::Kind::kLetter, lower(c)});
  return places;
}

// A set counts as any character: which of them it takes hardly matters for what is near.
Places places_of_glob(std::string_view pattern) {
  Places places;
  places.reserve(pattern.size());
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const auto end = pattern[i] == '[' ? pattern.find(']', i + 2) : std::string_view::npos;
    if (end != std::string_view::npos) i = end;
    if (pattern[i] == '*') {
      places.push_back({Place::Kind::kRun});
    } else if (pattern[i] == '?' || end != std::string_view::npos) {
      places.push_back({Place::Kind::kOne});
    } else {
      places.push_back({Place::Kind::kLetter, lower(pattern[i])});
    }
  }
  return places;
}

std::size_t letters(const Places& places) {
  return static_cast<std::size_t>(std::ranges::count(places, Place::Kind::kLetter, &Place::kind));
}

// Damerau-Levenshtein in its "optimal string alignment" form, which keeps three rows.
std::size_t distance(const Places& a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> previous(b.size() + 1);
  std::vector<std::size_t> current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool run = a[i].kind == Place::Kind::kRun;
    current[0] = previous[0] + !run;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char c = lower(b[j - 1]);
      if (run) {
        current[j] = std::min(previous[j], current[j - 1]);
        continue;
      }
      current[j] =
          std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + !a[i].stands_for(c)});
      if (i > 0 && j > 1 && a[i].is_letter(lower(b[j - 2])) && a[i - 1].is_letter(c)) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[b.size()];
}

// How many slips still look like the same word.
std::size_t limit(std::size_t length) {
  if (length <= 3) return 1;
  return length <= 6 ? 2 : 3;
}

std::size_t limit_of_glob(const Places& places) {
  const std::size_t length = letters(places);
  if (length <= 1) return 0;
  return length <= 4 ? 1 : 2;
}

// What comes near among the candidates, with how far away it is.
class Near {
 public:
  explicit Near(std::span<const std::string> candidates) : candidates_(candidates) {}
  void add(std::size_t distance, const std::string& candidate) {
    found_.emplace_back(distance, static_cast<std::size_t>(&candidate - candidates_.data()));
  }
  // The first among equals first.
  std::vector<std::string> closest(std::size_t most) {
    std::ranges::sort(found_);
    std::vector<std::string> names;
    for (const auto& [distance, place] : found_) {
      if (names.size() == most) break;
      names.push_back(candidates_[place]);
    }
    return names;
  }

 private:
  std::span<const std::string> candidates_;
  std::vector<std::pair<std::size_t, std::size_t>> found_;  // distance and place
};

// Text that is cut at its first dot; without one, all of it stands behind the dot.
std::pair<std::string_view, std::string_view> cut(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return {{}, text};
  return {text.substr(0, dot), text.substr(dot + 1)};
}

}  // namespace

std::vector<std::string> nearest(std::string_view word, std::span<const std::string> candidates,
                                 std::size_t most) {
  const Places typed = places_of_word(word);
  const std::size_t allowed = limit(word.size());
  Near near(candidates);
  for (const std::string& candidate : candidates) {
    const std::size_t shorter = std::min(word.size(), candidate.size());
    if (std::max(word.size(), candidate.size()) - shorter > allowed) continue;
    const std::size_t found = distance(typed, candidate);
    // A "slip" that changes every letter is another word.
    if (found <= allowed && found < std::max<std::size_t>(shorter, 1)) near.add(found, candidate);
  }
  return near.closest(most);
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  std::vector<std::string> found = nearest(word, candidates, 1);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<std::string> nearest_to_glob(std::string_view pattern,
                                         std::span<const std::string> candidates,
                                         std::size_t most) {
  const auto [domain, object] = cut(pattern);
  const bool has_domain = pattern.contains('.');
  const Places typed_domain = places_of_glob(domain);
  const Places typed_object = places_of_glob(object);
  const std::size_t domain_limit = limit_of_glob(typed_domain);
  const std::size_t object_limit = limit_of_glob(typed_object);
  Near near(candidates);
  for (const std::string& candidate : candidates) {
    const auto [its_domain, its_object] =
        has_domain ? cut(candidate) : std::pair<std::string_view, std::string_view>({}, candidate);
    const std::size_t from_domain = distance(typed_domain, its_domain);
    if (from_domain > domain_limit) continue;
    const std::size_t from_object = distance(typed_object, its_object);
    if (from_object <= object_limit) near.add(from_domain + from_object, candidate);
  }
  return near.closest(most);
}

std::string alternatives(std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "`" : " or `") + name + "`";
  return text;
}

std::string did_you_mean(std::span<const std::string> names) {
  return names.empty() ? std::string() : "; did you mean " + alternatives(names) + "?";
}

std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  return did_you_mean(nearest(word, candidates, 1));
}

}  // namespace hassette::base
