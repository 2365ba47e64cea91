// A piece of text that must not reach a log, a page or a message: a token, a password.
// layer: base
//
// A value that owns its text; any thread. Whatever prints it prints `***`; only reveal() gives the
// text, and a search for `reveal` finds every place that may leak it.
#pragma once

#include <fmt/core.h>

#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace hassette {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& reveal() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

  // Takes the same time wherever the first difference stands.
  friend bool operator==(const Secret& a, const Secret& b) noexcept { return a.equals(b.text_); }

 private:
  [[nodiscard]] bool equals(std::string_view other) const noexcept;

  std::string text_;
};

std::ostream& operator<<(std::ostream& out, const Secret& secret);

}  // namespace hassette

template <>
struct fmt::formatter<hassette::Secret> : fmt::formatter<fmt::string_view> {
  fmt::format_context::iterator format(const hassette::Secret& secret,
                                       fmt::format_context& context) const;
};
