#include <hassette/entity_id.hpp>

#include <fmt/format.h>

#include <ostream>

namespace hassette {

namespace {

// One side of the dot: not empty, no underscore at either end, no two in a row.
bool is_valid_part(std::string_view part) noexcept {
  if (part.empty() || part.front() == '_' || part.back() == '_') return false;
  char previous = '\0';
  for (const char c : part) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (!allowed || (c == '_' && previous == '_')) return false;
    previous = c;
  }
  return true;
}

}  // namespace

bool is_valid_entity_id(std::string_view text) noexcept {
  const std::size_t dot = text.find('.');
  return dot != std::string_view::npos && is_valid_part(text.substr(0, dot)) &&
         is_valid_part(text.substr(dot + 1));
}

std::string_view EntityId::domain() const noexcept {
  const std::size_t dot = id_.find('.');
  return dot == std::string::npos ? std::string_view() : std::string_view(id_).substr(0, dot);
}

std::string_view EntityId::object_id() const noexcept {
  const std::size_t dot = id_.find('.');
  return dot == std::string::npos ? std::string_view() : std::string_view(id_).substr(dot + 1);
}

bool EntityId::is_valid() const noexcept {
  return is_valid_entity_id(id_);
}

std::ostream& operator<<(std::ostream& out, const EntityId& id) {
  return out << id.str();
}

}  // namespace hassette

fmt::format_context::iterator fmt::formatter<hassette::EntityId>::format(
    const hassette::EntityId& id, fmt::format_context& context) const {
  return fmt::formatter<fmt::string_view>::format(id.str(), context);
}
