// Values that came as bare text: from the environment, from .env, from the command line.
//
// Pure functions, any thread.
#pragma once

#include <string_view>

#include "config/document.hpp"

namespace hassette::config {

// Without spaces around it, and without the one pair of quotes that container tools pass on.
[[nodiscard]] std::string_view unquoted(std::string_view text) noexcept;

// A node for such a value: text that may stand for any plain kind, or a list or an inline table
// where it reads like one.
[[nodiscard]] Node loose_node(std::string_view text, const std::string& source_name, Place place);

}  // namespace hassette::config
