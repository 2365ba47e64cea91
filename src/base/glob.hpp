// Shell patterns over entity ids and event names: `light.*`, `sensor.?_power`, `light.[abc]*`.
//
// Pure functions, any thread, no allocation. The time of a match is bounded by the product of both
// lengths, whatever the pattern is.
#pragma once

#include <string_view>

namespace hassette::base {

// True where the text holds `*`, `?` or `[`, which no entity id can.
[[nodiscard]] bool is_glob(std::string_view text) noexcept;

// `*` any run, `?` one character, `[abc]`, `[a-z]`, `[!abc]` one of a set. A `[` without its `]`
// stands for itself.
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view text) noexcept;

}  // namespace hassette::base
