#pragma once
// layer: model
//
// What the typed views of `hassette::states` share: how a state's text becomes a value.
#include <hassette/state.hpp>

#include <charconv>
#include <optional>
#include <string>

namespace hassette::states {

/// "on" and "off"; nothing while the state is unknown or unavailable.
inline std::optional<bool> read_bool(std::string_view text) {
  if (text == "on") return true;
  if (text == "off") return false;
  return std::nullopt;
}

inline std::optional<double> read_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

inline std::optional<std::string> read_text(const State& state) {
  if (!state.has_value()) return std::nullopt;
  return std::string(state.text());
}

}  // namespace hassette::states
