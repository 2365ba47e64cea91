#pragma once
// layer: log
//
// LogFormat: the text of a log line, checked against the values behind it when it is compiled.
//
// fmt checks that each {} has a value and fits it; this also asks that each value has a {}, and
// says in a sentence why a value cannot be printed.
#include <fmt/core.h>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace hassette {

namespace log {

template <class T>
constexpr bool kIsDuration = false;
template <class Rep, class Period>
constexpr bool kIsDuration<std::chrono::duration<Rep, Period>> = true;

template <class T>
constexpr bool kIsInstant = false;
template <class Clock, class Duration>
constexpr bool kIsInstant<std::chrono::time_point<Clock, Duration>> = true;

// The layers above, by what they look like.
template <class T>
concept TaskLike = requires { typename T::promise_type; };
template <class T>
concept OptionalLike = requires(const T& value) {
  { value.has_value() } -> std::same_as<bool>;
  *value;
};
template <class T>
concept StateLike = requires(const T& value) {
  value.entity_id();
  value.text();
  value.attributes();
};

/// Whether fmt can print it; if not, the reason is the compiler's error.
template <class Value>
consteval bool is_printable() {
  using T = std::remove_cvref_t<Value>;
  constexpr bool kIs = fmt::is_formattable<Value>::value;
  static_assert(kIs || !TaskLike<T>, "co_await it first: this uses the Task, not its result");
  static_assert(
      kIs || !OptionalLike<T>,
      "this may be nothing, so it cannot be logged as it is: log a part of it with ->, or "
      "its .value_or(…)");
  static_assert(kIs || !StateLike<T>,
                "log what you want of the state: its .text(), .friendly_name(), .attribute(…)");
  static_assert(kIs || !kIsDuration<T>,
                "write format_duration(…) around a duration to log it, or #include "
                "<fmt/chrono.h>");
  static_assert(kIs || !kIsInstant<T>,
                "write local_time(…) around an instant to log it as the home's clocks show it");
  static_assert(
      kIs || TaskLike<T> || OptionalLike<T> || StateLike<T> || kIsDuration<T> || kIsInstant<T>,
      "a value of this type cannot be logged: log what it is made of, or give the type "
      "a fmt::formatter");
  return kIs;
}

/// How many values a text takes one after the other; all of them where it numbers or names them.
consteval std::size_t values_taken(std::string_view text, std::size_t all) {
  std::size_t taken = 0;
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    if (text[at] != '{') continue;
    const char next = text[at + 1];
    if (next == '{') {
      ++at;
    } else if (next == '}' || next == ':') {
      ++taken;
    } else {
      return all;
    }
  }
  return taken;
}

// Never defined: its name is what the compiler shows for such a text.
void this_text_has_fewer_braces_than_there_are_values_behind_it();

}  // namespace log

template <class... A>
class LogFormat {
 public:
  template <std::convertible_to<std::string_view> Text>
  consteval LogFormat(const Text& text) : text_(std::string_view(text)) {
    if constexpr ((log::is_printable<A&>() && ...)) {
      static_cast<void>(fmt::format_string<A...>(text));
      if (log::values_taken(text, sizeof...(A)) < sizeof...(A)) {
        log::this_text_has_fewer_braces_than_there_are_values_behind_it();
      }
    }
  }
  /// `fmt::runtime(text)`: what is checked only when the line is written.
  LogFormat(decltype(fmt::runtime("")) text) : text_(fmt::format_string<>(text)) {}

  [[nodiscard]] fmt::string_view text() const { return text_; }

 private:
  fmt::string_view text_;
};

}  // namespace hassette
