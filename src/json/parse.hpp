#pragma once
// Text to Json. Any thread; each thread keeps a parser of its own.
#include <expected>
#include <string>
#include <string_view>

#include <hassette/json.hpp>

namespace hassette::json {

/// The value, or what is wrong with the text. Depth is limited to 256; an integer that does not fit
/// 64 bits becomes a double.
std::expected<Json, std::string> parse(std::string_view text);

}  // namespace hassette::json
