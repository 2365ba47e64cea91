#include <hassette/secret.hpp>

#include <fmt/format.h>

#include <ostream>

namespace hassette {

namespace {
constexpr std::string_view kMask = "***";
}

bool Secret::equals(std::string_view other) const noexcept {
  if (text_.size() != other.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < other.size(); ++i) {
    difference |= static_cast<unsigned char>(text_[i]) ^ static_cast<unsigned char>(other[i]);
  }
  return difference == 0;
}

std::ostream& operator<<(std::ostream& out, const Secret&) {
  return out << kMask;
}

}  // namespace hassette

fmt::format_context::iterator fmt::formatter<hassette::Secret>::format(
    const hassette::Secret&, fmt::format_context& context) const {
  return fmt::formatter<fmt::string_view>::format(hassette::kMask, context);
}
