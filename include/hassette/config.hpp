// An app's configuration as a plain struct: no macro, no base class; members by name and type.
// layer: config
//
// decode() fills a value-initialised struct from a table of hassette.toml and notes every problem
// it meets, never only the first; the struct may be used only when there was none. Pure functions
// over data that the caller owns; any thread. What a struct may hold: std::string, bool, numbers,
// EntityId, Secret, TimeOfDay, std::chrono durations, enums, nested structs, and these in
// std::optional, std::vector, std::map<std::string, …> and Required.
//
// A member without a default whose type has no meaningful empty value (EntityId, Secret, TimeOfDay,
// enum) must be set; std::optional makes it optional; Required<T> asks for any other. A member
// called `for_` reads the key `for`, which C++ keeps for itself.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <hassette/duration.hpp>
#include <hassette/entity_id.hpp>
#include <hassette/reflect.hpp>
#include <hassette/secret.hpp>
#include <hassette/time.hpp>

namespace hassette {

// One thing that is wrong, and where. A line of 0 means that the file as a whole, or something that
// is no file, is meant.
struct ConfigProblem {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  std::string key;
  std::string message;
  std::string source_line;  // empty where it may hold a secret
};

// "hassette.toml:12:3: apps.lights.config.motoin: unknown key; did you mean `motion`?", followed by
// the source line and a caret where there is one. Ends without a line break.
[[nodiscard]] std::string format_problem(const ConfigProblem& problem);

// A config member that must be set although its type has an empty value.
template <class T>
class Required {
 public:
  Required() = default;
  Required(T value) : value_(std::move(value)), is_set_(true) {}

  operator const T&() const noexcept { return value_; }
  [[nodiscard]] const T& value() const noexcept { return value_; }
  const T& operator*() const noexcept { return value_; }
  const T* operator->() const noexcept { return &value_; }
  [[nodiscard]] bool is_set() const noexcept { return is_set_; }

 private:
  T value_{};
  bool is_set_ = false;
};

namespace config {

class Node;

// A view of one value, or of the place where one is missing, and of the list that takes problems.
// The document and the list must outlive it.
class Reader {
 public:
  // `node` may be null: nothing is set. `path` is the key as messages show it.
  Reader(const Node* node, std::string path, std::vector<ConfigProblem>& problems);

  [[nodiscard]] bool present() const noexcept { return node_ != nullptr; }
  [[nodiscard]] const Node* node() const noexcept { return node_; }
  [[nodiscard]] Reader member(std::string_view key) const;
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] Reader element(std::size_t index) const;
  [[nodiscard]] const std::string& key(std::size_t index) const;

  // Each leaves `out` alone and notes a problem where the value is of another kind.
  void read(std::string& out) const;
  void read(bool& out) const;
  void read(double& out) const;
  void read(EntityId& out) const;
  void read(Secret& out) const;
  void read(TimeOfDay& out) const;
  void read(std::chrono::nanoseconds& out) const;
  // A whole number within the limits, the upper one as large as a 64-bit number can be.
  [[nodiscard]] std::optional<std::int64_t> integer(std::int64_t min, std::uint64_t max) const;
  // The value of the named enumerator, among those of reflect::printed_enum().
  [[nodiscard]] std::optional<int> choice(std::string_view printed_enum) const;
  // False, with a problem where it is something else, unless there is a table (or a list) to read.
  [[nodiscard]] bool is_table() const;
  [[nodiscard]] bool is_list() const;

  void missing(std::string_view kind) const;
  void refuse_unknown_keys(std::span<const std::string_view> known) const;
  void problem(std::string message) const;

 private:
  Reader(const Reader& parent, const Node* node, std::string path);

  const Node* node_;
  const Node* place_;  // the node itself, or the nearest one around it that exists
  std::string path_;
  std::vector<ConfigProblem>* problems_;
};

// Decodes a table into a value-initialised aggregate.
template <class T>
void decode(const Reader& reader, T& out);

namespace detail {

// Tells whether the members of a struct have default initialisers, where the value cannot tell:
// two default-initialised objects over differently filled memory agree only in what was
// initialised. The bytes are written and compared behind a function that the compiler cannot look
// into.
class DefaultBytes {
 public:
  explicit DefaultBytes(std::size_t size);
  void fill(void* storage, int round) const;
  void record(const void* object, int round);
  [[nodiscard]] bool stated(std::size_t offset, std::size_t size) const;

 private:
  std::array<std::vector<unsigned char>, 2> rounds_;
};

template <class T>
DefaultBytes default_bytes() {
  DefaultBytes bytes(sizeof(T));
  alignas(T) unsigned char storage[sizeof(T)];
  for (int round = 0; round < 2; ++round) {
    bytes.fill(storage, round);
    T* object = ::new (static_cast<void*>(storage)) T;
    bytes.record(object, round);
    object->~T();
  }
  return bytes;
}

// Which members of the struct at `origin`, or of structs nested in it, have a default.
struct Defaults {
  const void* origin;
  const DefaultBytes& bytes;
  [[nodiscard]] bool stated(const void* member, std::size_t size) const;
};

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsList = false;
template <class T>
inline constexpr bool kIsList<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsMap = false;
template <class T>
inline constexpr bool kIsMap<std::map<std::string, T>> = true;
template <class T>
inline constexpr bool kIsRequired = false;
template <class T>
inline constexpr bool kIsRequired<Required<T>> = true;
template <class T>
inline constexpr bool kIsDuration = false;
template <class R, class P>
inline constexpr bool kIsDuration<std::chrono::duration<R, P>> = true;
template <class T>
inline constexpr bool kIsNested = std::is_aggregate_v<T> && std::is_class_v<T>;
// What Reader::read() knows; double stands for all floating-point types, nanoseconds for durations.
template <class T>
inline constexpr bool kIsPlain =
    std::is_same_v<T, std::string> || std::is_same_v<T, bool> || std::is_same_v<T, EntityId> ||
    std::is_same_v<T, Secret> || std::is_same_v<T, TimeOfDay>;

constexpr std::string_view key_of(std::string_view member) {
  return member.size() > 1 && member.back() == '_' ? member.substr(0, member.size() - 1) : member;
}

template <class T>
inline constexpr auto kKeys = [] {
  auto keys = reflect::kMemberNames<T>;
  for (std::string_view& key : keys) key = key_of(key);
  return keys;
}();

[[nodiscard]] std::string plain_kind(const std::string&);
[[nodiscard]] std::string plain_kind(bool);
[[nodiscard]] std::string plain_kind(const EntityId&);
[[nodiscard]] std::string plain_kind(const Secret&);
[[nodiscard]] std::string plain_kind(TimeOfDay);
[[nodiscard]] std::string enum_kind(std::string_view printed_enum);

template <class M>
std::string kind_of() {
  if constexpr (kIsPlain<M>) {
    return plain_kind(M{});
  } else if constexpr (std::integral<M>) {
    return "a whole number";
  } else if constexpr (std::floating_point<M>) {
    return "a number";
  } else if constexpr (std::is_enum_v<M>) {
    return enum_kind(reflect::printed_enum<M>());
  } else if constexpr (kIsDuration<M>) {
    return "a duration such as \"5min\"";
  } else if constexpr (kIsOptional<M>) {
    return kind_of<typename M::value_type>();
  } else if constexpr (kIsRequired<M>) {
    return kind_of<std::remove_cvref_t<decltype(std::declval<M>().value())>>();
  } else if constexpr (kIsList<M>) {
    return "a list, each " + kind_of<typename M::value_type>();
  } else if constexpr (kIsMap<M>) {
    return "a table, each value " + kind_of<typename M::mapped_type>();
  } else {
    return "a table";
  }
}

// Whether the member must stand in the file, given the value that it has without it.
template <class M>
bool must_be_set(const M& value, const Defaults& defaults) {
  if constexpr (std::is_same_v<M, EntityId> || std::is_same_v<M, Secret>) {
    return value.empty();
  } else if constexpr (std::is_same_v<M, TimeOfDay> || kIsRequired<M>) {
    return !value.is_set();
  } else if constexpr (std::is_enum_v<M>) {
    return !defaults.stated(&value, sizeof(M));
  } else {
    return false;
  }
}

template <class Rep, class Period>
void decode_duration(const Reader& reader, std::chrono::duration<Rep, Period>& out) {
  using Duration = std::chrono::duration<Rep, Period>;
  std::chrono::nanoseconds exact = std::chrono::nanoseconds::min();
  reader.read(exact);
  if (exact == std::chrono::nanoseconds::min()) return;
  const Duration rounded = std::chrono::duration_cast<Duration>(exact);
  if constexpr (!std::chrono::treat_as_floating_point_v<Rep>) {
    if (std::chrono::duration_cast<std::chrono::nanoseconds>(rounded) != exact) {
      reader.problem(
          "is finer than this setting can be, which counts in steps of " +
          format_duration(std::chrono::duration_cast<std::chrono::nanoseconds>(Duration(1))));
      return;
    }
  }
  out = rounded;
}

// Whether a member of this type can be filled; nested structs are asked for their own members.
template <class M>
inline constexpr bool kIsReadable =
    kIsPlain<M> || std::integral<M> || std::floating_point<M> || std::is_enum_v<M> ||
    kIsDuration<M> || kIsNested<M> || std::is_same_v<M, const Node*>;
template <class M>
inline constexpr bool kIsReadable<std::optional<M>> = kIsReadable<M>;
template <class M>
inline constexpr bool kIsReadable<Required<M>> = kIsReadable<M>;
template <class M>
inline constexpr bool kIsReadable<std::vector<M>> = kIsReadable<M>;
template <class M>
inline constexpr bool kIsReadable<std::map<std::string, M>> = kIsReadable<M>;

// A member's name as a template argument: what explains compiler errors reads it there.
template <std::size_t kSize>
struct MemberName {
  consteval explicit MemberName(std::string_view name) { name.copy(text, kSize); }
  char text[kSize + 1]{};
};
template <MemberName, class M>
consteval void require_readable() {
  static_assert(kIsReadable<M>,
                "configuration cannot be read into a member of this type; use std::string, bool, "
                "a number, EntityId, Secret, TimeOfDay, a std::chrono duration, an enum class or "
                "a plain struct, or one of these in optional, vector or map<std::string, …>");
}

template <class T, class... M>
consteval void require_readable_members(const std::tuple<M&...>*) {
  static constexpr auto& kNames = reflect::kMemberNames<T>;
  []<std::size_t... I>(std::index_sequence<I...>) {
    (require_readable<MemberName<kNames[I].size()>(kNames[I]), M>(), ...);
  }(std::index_sequence_for<M...>{});
}

template <class T>
void decode_members(const Reader& reader, T& out, const Defaults& defaults);

// A value that does not lie in the struct that is being decoded, so nothing has a default but what
// its own type says.
template <class M>
void decode_fresh(const Reader& reader, M& out);

template <class M>
void decode_value(const Reader& reader, M& out) {
  if constexpr (kIsPlain<M>) {
    reader.read(out);
  } else if constexpr (std::integral<M>) {
    const auto value = reader.integer(static_cast<std::int64_t>(std::numeric_limits<M>::min()),
                                      static_cast<std::uint64_t>(std::numeric_limits<M>::max()));
    if (value) out = static_cast<M>(*value);
  } else if constexpr (std::floating_point<M>) {
    double value = static_cast<double>(out);
    reader.read(value);
    const double size = value < 0 ? -value : value;
    if (size > static_cast<double>(std::numeric_limits<M>::max()) &&
        size < std::numeric_limits<double>::infinity()) {
      reader.problem("is too large for this setting");
    } else {
      out = static_cast<M>(value);
    }
  } else if constexpr (std::is_enum_v<M>) {
    if (const auto value = reader.choice(reflect::printed_enum<M>())) out = static_cast<M>(*value);
  } else if constexpr (kIsDuration<M>) {
    decode_duration(reader, out);
  } else if constexpr (kIsOptional<M>) {
    decode_fresh(reader, out.emplace());
  } else if constexpr (kIsRequired<M>) {
    std::remove_cvref_t<decltype(out.value())> value{};
    decode_fresh(reader, value);
    out = std::move(value);
  } else if constexpr (kIsList<M>) {
    if (!reader.is_list()) return;
    out.clear();
    for (std::size_t i = 0; i < reader.size(); ++i) {
      typename M::value_type value{};
      decode_fresh(reader.element(i), value);
      out.push_back(std::move(value));
    }
  } else if constexpr (kIsMap<M>) {
    if (!reader.is_table()) return;
    out.clear();
    for (std::size_t i = 0; i < reader.size(); ++i) {
      decode_fresh(reader.element(i), out[reader.key(i)]);
    }
  } else if constexpr (std::is_same_v<M, const Node*>) {
    out = reader.node();
  }  // any other has been refused by require_readable
}

template <class M>
void decode_fresh(const Reader& reader, M& out) {
  if constexpr (kIsNested<M>) {
    config::decode(reader, out);
  } else {
    decode_value(reader, out);
  }
}

template <class M>
void decode_member(const Reader& reader, M& out, const Defaults& defaults) {
  if constexpr (kIsNested<M>) {
    // Also where the table is absent: a member of it may be mandatory.
    decode_members(reader, out, defaults);
  } else if (reader.present()) {
    decode_value(reader, out);
  } else if (must_be_set(out, defaults)) {
    reader.missing(kind_of<M>());
  }
}

template <class T>
void decode_members(const Reader& reader, T& out, const Defaults& defaults) {
  require_readable_members<T>(static_cast<decltype(reflect::members(out))*>(nullptr));
  if (reader.present() && !reader.is_table()) return;
  std::apply(
      [&](auto&... member) {
        [[maybe_unused]] std::size_t i = 0;
        (decode_member(reader.member(kKeys<T>[i++]), member, defaults), ...);
      },
      reflect::members(out));
  reader.refuse_unknown_keys(kKeys<T>);
}

}  // namespace detail

template <class T>
void decode(const Reader& reader, T& out) {
  static_assert(std::is_default_constructible_v<T>,
                "a config struct must be default-constructible: no reference, no const member "
                "without an initialiser");
  const detail::DefaultBytes bytes = detail::default_bytes<T>();
  detail::decode_members(reader, out, detail::Defaults{&out, bytes});
}

}  // namespace config
}  // namespace hassette
