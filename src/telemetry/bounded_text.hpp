#pragma once
// Texts of bounded length, cut between characters. Pure; any thread.
#include <cstddef>
#include <string_view>

namespace hassette::telemetry {

/// At most `bytes` of the text, without a part of a UTF-8 sequence at the end.
inline std::string_view bounded(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace hassette::telemetry
