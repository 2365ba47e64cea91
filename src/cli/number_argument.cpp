#include "cli/number_argument.hpp"

#include <fmt/core.h>

#include <charconv>

namespace hassette::cli {

namespace {

// The whole of a text as a number; false where anything else stands in it.
template <class T>
bool parse(const std::string& text, T& out) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  return error == std::errc() && stop == end && !text.empty();
}

}  // namespace

NumberCheck whole_number(std::uint64_t max) {
  return [max](const std::string& text) -> std::string {
    std::uint64_t value = 0;
    if (parse(text, value) && value <= max) return {};
    return fmt::format("must be a whole number from 0 to {}, but is `{}`", max, text);
  };
}

NumberCheck positive_number(double max) {
  return [max](const std::string& text) -> std::string {
    double value = 0;
    if (parse(text, value) && value > 0 && value <= max) return {};
    return fmt::format("must be a number above 0 and at most {:g}, but is `{}`", max, text);
  };
}

}  // namespace hassette::cli
