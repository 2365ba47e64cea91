#pragma once
// layer: json
//
// Json: a value as Home Assistant sends and takes it, and as authors write it in braces.
//
//   Json data = {{"brightness", 200}, {"rgb_color", {255, 160, 80}}};
//
// A braced list of pairs whose first parts are strings is an object, any other braced list an
// array; `Json::array({...})` and `Json::object()` say which is meant. Objects keep the order of
// their keys. It is a plain value: copying copies, and no thread is special. Reading what is not
// there gives null; reading with the wrong kind through `as_…` throws Error("json"), through
// `get<T>` gives nothing.
#include <fmt/core.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hassette {

/// A name that owns its text, such as EntityId.
template <class T>
concept NameWithText = requires(const T& name) {
  { name.str() } -> std::convertible_to<std::string_view>;
};

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;
  enum class Kind : std::uint8_t { kNull, kBool, kInt, kDouble, kString, kArray, kObject };

  Json() noexcept = default;
  Json(std::nullptr_t) noexcept {}
  template <std::same_as<bool> T>  // and nothing that merely converts, such as a pointer
  Json(T value) noexcept : value_(value) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Json(T value) noexcept {  // what does not fit 64 bits with a sign becomes a double
    if (std::in_range<std::int64_t>(value)) {
      value_ = static_cast<std::int64_t>(value);
    } else {
      value_ = static_cast<double>(value);
    }
  }
  Json(double value) noexcept : value_(value) {}
  Json(const char* text) : value_(std::string(text)) {}
  Json(std::string_view text) : value_(std::string(text)) {}
  Json(std::string text) noexcept : value_(std::move(text)) {}
  Json(Array items) noexcept : value_(std::move(items)) {}
  Json(Object members) noexcept : value_(std::move(members)) {}
  Json(std::initializer_list<Json> items);
  template <NameWithText T>
  Json(const T& name) : Json(std::string_view(name.str())) {}

  static Json array(std::initializer_list<Json> items = {});
  static Json object(Object members = {}) { return Json(std::move(members)); }

  Kind kind() const noexcept { return static_cast<Kind>(value_.index()); }
  bool is_null() const noexcept { return kind() == Kind::kNull; }
  bool is_bool() const noexcept { return kind() == Kind::kBool; }
  bool is_number() const noexcept { return kind() == Kind::kInt || kind() == Kind::kDouble; }
  bool is_int() const noexcept { return kind() == Kind::kInt; }
  bool is_string() const noexcept { return kind() == Kind::kString; }
  bool is_array() const noexcept { return kind() == Kind::kArray; }
  bool is_object() const noexcept { return kind() == Kind::kObject; }

  bool as_bool() const;
  std::int64_t as_int() const;  ///< also a double without a fraction
  double as_double() const;     ///< also an integer
  const std::string& as_string() const;
  const Array& as_array() const;
  const Object& as_object() const;
  Array& as_array();
  Object& as_object();

  /// bool, an integer type, double, std::string: the value, if it is of that kind.
  template <class T>
  std::optional<T> get() const;

  /// An object's member; null where it is absent or this is not an object.
  const Json& operator[](std::string_view key) const noexcept;
  const Json& operator[](const char* key) const noexcept { return (*this)[std::string_view(key)]; }
  template <NameWithText T>
  const Json& operator[](const T& key) const noexcept {
    return (*this)[std::string_view(key.str())];
  }
  /// Makes the member, and this an object, where it is not one yet.
  Json& operator[](std::string_view key);
  Json& operator[](const char* key) { return (*this)[std::string_view(key)]; }
  template <NameWithText T>
  Json& operator[](const T& key) {
    return (*this)[std::string_view(key.str())];
  }
  template <std::integral T>
  const Json& operator[](T index) const = delete("an array's item is read with .at(index)");
  /// An array's item; null where it is absent or this is not an array.
  const Json& at(std::size_t index) const noexcept;
  const Json* find(std::string_view key) const noexcept;
  bool contains(std::string_view key) const noexcept { return find(key) != nullptr; }
  template <NameWithText T>
  bool contains(const T& key) const noexcept {
    return contains(std::string_view(key.str()));
  }
  bool erase(std::string_view key);
  void push_back(Json item);
  /// Items of an array, members of an object, 0 for anything else.
  std::size_t size() const noexcept;
  bool empty() const noexcept { return size() == 0; }

  /// Equal by value, as Home Assistant compares: 1 equals 1.0, the order of keys does not matter.
  friend bool operator==(const Json& a, const Json& b);

  /// Throws Error("json") with what is wrong with the text. Depth is limited to 256; an integer
  /// that does not fit 64 bits becomes a double.
  static Json parse(std::string_view text);
  /// Compact text. NaN and infinities become null, as Home Assistant writes them, and bytes that
  /// are no UTF-8 become U+FFFD: Home Assistant would close the connection over them.
  std::string dump() const;
  void dump_to(std::string& out) const;

 private:
  template <class T>
  std::optional<T> get_int() const;
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

template <class T>
std::optional<T> Json::get() const {
  if constexpr (std::same_as<T, bool>) {
    if (const bool* value = std::get_if<bool>(&value_)) return *value;
  } else if constexpr (std::integral<T>) {
    if (kind() == Kind::kInt && std::in_range<T>(*std::get_if<std::int64_t>(&value_))) {
      return static_cast<T>(*std::get_if<std::int64_t>(&value_));
    }
    if (const double* value = std::get_if<double>(&value_)) {
      if (*value >= -9e15 && *value <= 9e15) {
        const auto whole = static_cast<std::int64_t>(*value);
        if (static_cast<double>(whole) == *value && std::in_range<T>(whole)) {
          return static_cast<T>(whole);
        }
      }
    }
  } else if constexpr (std::floating_point<T>) {
    if (is_number()) return static_cast<T>(as_double());
  } else {
    static_assert(std::same_as<T, std::string>, "get<T> reads bool, integers, double, std::string");
    if (const auto* text = std::get_if<std::string>(&value_)) return *text;
  }
  return std::nullopt;
}

}  // namespace hassette

/// As compact JSON; a text alone is printed without quotes.
template <>
struct fmt::formatter<hassette::Json> : fmt::formatter<fmt::string_view> {
  fmt::format_context::iterator format(const hassette::Json& json,
                                       fmt::format_context& context) const;
};
