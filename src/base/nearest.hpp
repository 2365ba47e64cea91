// "Did you mean": the candidate closest to a word that was probably mistyped.
//
// Pure functions, any thread. Insertions, deletions, changes and swaps of neighbours count one
// each; letter case does not count. Long words may differ in up to three places.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hassette::base {

// The closest candidate, the first one among equals; nothing where none is close.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string> candidates);

// "; did you mean `motion`?", or nothing: to be put at the end of a message.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string> candidates);

}  // namespace hassette::base
