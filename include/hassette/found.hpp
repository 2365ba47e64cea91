#pragma once
// layer: state
//
// Found: what was looked up in the home, or nothing.
//
// A std::optional with one difference: to use it where nothing was found throws Error("not_found")
// with the entity's id, which ends the one run that did so, and does not read memory that is not
// there. A value; any thread.
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace hassette {

[[noreturn]] void throw_not_found(const std::string& entity_id);

template <class T>
class Found : public std::optional<T> {
 public:
  Found(T value) : std::optional<T>(std::move(value)) {}
  /// The home has no such entity.
  static Found nothing(std::string entity_id) { return Found(Nothing{std::move(entity_id)}); }

  /// The id of what was not found; empty where it was.
  const std::string& missing() const { return missing_; }

  const T& value() const& { return there(*this); }
  T& value() & { return there(*this); }
  T&& value() && { return std::move(there(*this)); }
  const T& operator*() const& { return there(*this); }
  T& operator*() & { return there(*this); }
  T&& operator*() && { return std::move(there(*this)); }
  const T* operator->() const { return &there(*this); }
  T* operator->() { return &there(*this); }

 private:
  struct Nothing {
    std::string entity_id;
  };
  explicit Found(Nothing nothing) : missing_(std::move(nothing.entity_id)) {}

  template <class Self>
  static auto& there(Self& self) {
    using Base =
        std::conditional_t<std::is_const_v<Self>, const std::optional<T>, std::optional<T>>;
    if (!self.has_value()) throw_not_found(self.missing_);
    return *static_cast<Base&>(self);
  }

  std::string missing_;
};

}  // namespace hassette
