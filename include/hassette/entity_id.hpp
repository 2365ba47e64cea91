// The name of a Home Assistant entity, "domain.object_id".
// layer: base
//
// A value that owns its text; any thread. It is built from literals without ceremony, so it may
// hold text that is no entity id: is_valid() tells, and configuration and calls refuse what is not.
#pragma once

#include <fmt/core.h>

#include <compare>
#include <concepts>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace hassette {

class EntityId {
 public:
  EntityId() = default;
  EntityId(std::string id) : id_(std::move(id)) {}
  EntityId(std::string_view id) : id_(id) {}
  EntityId(const char* id) : id_(id) {}

  [[nodiscard]] const std::string& str() const noexcept { return id_; }
  [[nodiscard]] bool empty() const noexcept { return id_.empty(); }
  // What stands before the first dot; empty where there is none.
  [[nodiscard]] std::string_view domain() const noexcept;
  // What stands after the first dot; empty where there is none.
  [[nodiscard]] std::string_view object_id() const noexcept;
  // Home Assistant's own rule: lower-case letters, digits and single inner underscores on both
  // sides of exactly one dot.
  [[nodiscard]] bool is_valid() const noexcept;

  friend bool operator==(const EntityId&, const EntityId&) = default;
  friend auto operator<=>(const EntityId&, const EntityId&) = default;
  // Text compares without a temporary EntityId.
  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const EntityId& id, const Text& text) {
    return std::string_view(id.id_) == std::string_view(text);
  }

 private:
  std::string id_;
};

[[nodiscard]] bool is_valid_entity_id(std::string_view text) noexcept;

std::ostream& operator<<(std::ostream& out, const EntityId& id);

}  // namespace hassette

template <>
struct fmt::formatter<hassette::EntityId> : fmt::formatter<fmt::string_view> {
  fmt::format_context::iterator format(const hassette::EntityId& id,
                                       fmt::format_context& context) const;
};

template <>
struct std::hash<hassette::EntityId> {
  std::size_t operator()(const hassette::EntityId& id) const noexcept {
    return std::hash<std::string_view>{}(id.str());
  }
};
