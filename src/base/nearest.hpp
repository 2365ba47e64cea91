// "Did you mean": the candidates closest to a word that was probably mistyped.
//
// Pure functions, any thread. Insertions, deletions, changes and swaps of neighbours count one
// each; letter case does not count. Long words may differ in up to three places.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hassette::base {

// How many names are still a help.
inline constexpr std::size_t kSuggestions = 3;

// The closest candidate, the first one among equals; nothing where none is close.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string> candidates);

// The closest candidates, at most so many, the closest first.
[[nodiscard]] std::vector<std::string> nearest(std::string_view word,
                                               std::span<const std::string> candidates,
                                               std::size_t most);

// The ids that a shell pattern (see glob.hpp) would match but for a slip in its domain or in what
// stands behind the dot. Runs and single characters of the pattern stand for anything, so fewer
// slips are allowed than in a word.
[[nodiscard]] std::vector<std::string> nearest_to_glob(std::string_view pattern,
                                                       std::span<const std::string> candidates,
                                                       std::size_t most);

// "`motion` or `light`"; empty for no names.
[[nodiscard]] std::string alternatives(std::span<const std::string> names);

// "; did you mean `motion`?", or nothing: to be put at the end of a message.
[[nodiscard]] std::string did_you_mean(std::span<const std::string> names);
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string> candidates);

}  // namespace hassette::base
