// What a config struct asks for, as data: for the page, for `hassette check`, for messages.
// layer: config
//
// Pure functions, any thread. Apart from config.hpp, so that only what shows a struct compiles it.
#pragma once

#include <hassette/config.hpp>

namespace hassette {

// One member of a config struct, for pages and messages.
struct MemberDescription {
  std::string name;
  std::string kind;  // "an entity id", "a duration", …
  bool required = false;
  std::string default_text;  // as it would stand in the file; empty where there is none
  std::vector<MemberDescription> members;  // of a nested struct
};

namespace config {
namespace detail {

[[nodiscard]] std::string enum_text(std::string_view printed_enum, int value);
[[nodiscard]] std::string plain_text(const std::string& value);
[[nodiscard]] std::string plain_text(bool value);
[[nodiscard]] std::string plain_text(double value);
[[nodiscard]] std::string plain_text(std::int64_t value);
[[nodiscard]] std::string plain_text(std::uint64_t value);
[[nodiscard]] std::string plain_text(const EntityId& value);
[[nodiscard]] std::string plain_text(const Secret& value);
[[nodiscard]] std::string plain_text(TimeOfDay value);
[[nodiscard]] std::string plain_text(std::chrono::nanoseconds value);

template <class M>
std::string text_of(const M& value) {
  if constexpr (kIsPlain<M>) {
    return plain_text(value);
  } else if constexpr (std::signed_integral<M>) {
    return plain_text(static_cast<std::int64_t>(value));
  } else if constexpr (std::integral<M>) {
    return plain_text(static_cast<std::uint64_t>(value));
  } else if constexpr (std::floating_point<M>) {
    return plain_text(static_cast<double>(value));
  } else if constexpr (std::is_enum_v<M>) {
    return enum_text(reflect::printed_enum<M>(), static_cast<int>(value));
  } else if constexpr (kIsDuration<M>) {
    return plain_text(std::chrono::duration_cast<std::chrono::nanoseconds>(value));
  } else if constexpr (kIsOptional<M>) {
    return value ? text_of(*value) : std::string();
  } else if constexpr (kIsRequired<M>) {
    return value.is_set() ? text_of(value.value()) : std::string();
  } else if constexpr (kIsList<M>) {
    std::string text;
    for (const typename M::value_type& item : value)
      text += (text.empty() ? "" : ", ") + text_of(item);
    return "[" + text + "]";
  } else if constexpr (kIsMap<M>) {
    std::string text;
    for (const auto& [key, item] : value) {
      text += (text.empty() ? "" : ", ") + plain_text(key) + " = " + text_of(item);
    }
    return "{" + text + "}";
  } else {
    return "{…}";
  }
}

template <class T>
std::vector<MemberDescription> describe_members(const T& value, const Defaults& defaults);

template <class M>
MemberDescription describe_member(std::string_view key, const M& value, const Defaults& defaults) {
  MemberDescription description{.name = std::string(key), .kind = kind_of<M>()};
  if constexpr (kIsNested<M>) {
    description.members = describe_members(value, defaults);
  } else {
    description.required = must_be_set(value, defaults);
    if (!description.required) description.default_text = text_of(value);
  }
  return description;
}

template <class T>
std::vector<MemberDescription> describe_members(const T& value, const Defaults& defaults) {
  std::vector<MemberDescription> descriptions;
  std::apply(
      [&](const auto&... member) {
        [[maybe_unused]] std::size_t i = 0;
        (descriptions.push_back(describe_member(kKeys<T>[i++], member, defaults)), ...);
      },
      reflect::members(value));
  return descriptions;
}

}  // namespace detail

// What a config struct asks for, in the order of its members.
template <class T>
[[nodiscard]] std::vector<MemberDescription> describe() {
  const T value{};
  const detail::DefaultBytes bytes = detail::default_bytes<T>();
  return detail::describe_members(value, detail::Defaults{&value, bytes});
}

}  // namespace config
}  // namespace hassette
