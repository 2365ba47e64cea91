#include "base/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/lower_case.hpp"

namespace hassette::base {

namespace {

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
  for (const char c : word) places.push_back({Place::Kind::kLetter, lower_case(c)});
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
      places.push_back({Place::Kind::kLetter, lower_case(pattern[i])});
    }
  }
  return places;
}

std::size_t letters(const Places& places) {
  return static_cast<std::size_t>(std::ranges::count(places, Place::Kind::kLetter, &Place::kind));
}

// What was typed, to be held against many candidates: it keeps the rows that each of them needs.
class Typed {
 public:
  explicit Typed(Places places)
      : places_(std::move(places)),
        runs_(static_cast<std::size_t>(
            std::ranges::count(places_, Place::Kind::kRun, &Place::kind))) {}
  const Places& places() const { return places_; }

  // How many slips lie between the two, if it is fewer than `bound`; otherwise `bound`.
  // Damerau-Levenshtein in its "optimal string alignment" form, which keeps three rows.
  std::size_t distance(std::string_view text, std::size_t bound) {
    if (hopeless(text.size(), bound)) return bound;
    text_.resize(text.size());
    std::ranges::transform(text, text_.begin(), [](char c) { return lower_case(c); });
    previous_.resize(text.size() + 1);
    std::iota(previous_.begin(), previous_.end(), std::size_t{0});
    before_.resize(text.size() + 1);
    current_.resize(text.size() + 1);
    for (std::size_t i = 0; i < places_.size(); ++i) {
      // No place of a later row is below the least of this one: a swap, which reaches back over it,
      // costs one, and this row is at most one above the row before.
      if (fill_row(i) >= bound) return bound;
      before_.swap(previous_);
      previous_.swap(current_);
    }
    return std::min(previous_[text.size()], bound);
  }

 private:
  // Whether the lengths alone say that there are so many slips.
  bool hopeless(std::size_t size, std::size_t bound) const {
    const std::size_t least = places_.size() - runs_;
    if (least >= size) return least - size >= bound;
    return runs_ == 0 ? size - least >= bound : bound == 0;
  }

  std::size_t fill_row(std::size_t i) {
    const Place place = places_[i];
    const bool run = place.kind == Place::Kind::kRun;
    current_[0] = previous_[0] + !run;
    std::size_t least = current_[0];
    for (std::size_t j = 1; j <= text_.size(); ++j) {
      const char c = text_[j - 1];
      if (run) {
        current_[j] = std::min(previous_[j], current_[j - 1]);
      } else {
        current_[j] = std::min(
            {previous_[j] + 1, current_[j - 1] + 1, previous_[j - 1] + !place.stands_for(c)});
        if (i > 0 && j > 1 && place.is_letter(text_[j - 2]) && places_[i - 1].is_letter(c)) {
          current_[j] = std::min(current_[j], before_[j - 2] + 1);
        }
      }
      least = std::min(least, current_[j]);
    }
    return least;
  }

  Places places_;
  std::size_t runs_;
  std::string text_;
  std::vector<std::size_t> before_;
  std::vector<std::size_t> previous_;
  std::vector<std::size_t> current_;
};

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

// The closest of the candidates that are added, the first among equals first.
class Near {
 public:
  Near(std::size_t most, std::size_t allowed) : most_(most), bound_(most == 0 ? 0 : allowed + 1) {}
  // Who is as far away as this, or further, is none of them any more.
  std::size_t bound() const { return bound_; }
  void add(std::size_t distance, const std::string& candidate) {
    const auto place = std::ranges::upper_bound(found_, distance, {}, &Found::distance);
    found_.insert(place, {distance, &candidate});
    if (found_.size() > most_) found_.pop_back();
    if (found_.size() == most_) bound_ = std::min(bound_, found_.back().distance);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    names.reserve(found_.size());
    for (const Found& found : found_) names.push_back(*found.candidate);
    return names;
  }

 private:
  struct Found {
    std::size_t distance;
    const std::string* candidate;
  };
  std::size_t most_;
  std::size_t bound_;
  std::vector<Found> found_;
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
  Typed typed(places_of_word(word));
  Near near(most, limit(word.size()));
  for (const std::string& candidate : candidates) {
    const std::size_t found = typed.distance(candidate, near.bound());
    // A "slip" that changes every letter is another word.
    const std::size_t shorter = std::min(word.size(), candidate.size());
    if (found < std::min(near.bound(), std::max<std::size_t>(shorter, 1))) {
      near.add(found, candidate);
    }
  }
  return near.names();
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
  Typed typed_domain(places_of_glob(domain));
  Typed typed_object(places_of_glob(object));
  const std::size_t domain_limit = limit_of_glob(typed_domain.places());
  const std::size_t object_limit = limit_of_glob(typed_object.places());
  Near near(most, domain_limit + object_limit);
  for (const std::string& candidate : candidates) {
    const auto [its_domain, its_object] =
        has_domain ? cut(candidate) : std::pair<std::string_view, std::string_view>({}, candidate);
    const std::size_t domain_bound = std::min(near.bound(), domain_limit + 1);
    const std::size_t from_domain = typed_domain.distance(its_domain, domain_bound);
    if (from_domain >= domain_bound) continue;
    const std::size_t object_bound = std::min(near.bound() - from_domain, object_limit + 1);
    const std::size_t from_object = typed_object.distance(its_object, object_bound);
    if (from_object < object_bound) near.add(from_domain + from_object, candidate);
  }
  return near.names();
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
