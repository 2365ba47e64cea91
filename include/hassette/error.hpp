// What Hassette throws and what its decoders return: an open code, a sentence, and a place.
// layer: base
//
// A value: copied and moved freely, owned by whoever holds it, usable on any thread. Awaited
// operations throw it; synchronous decoding returns it in a std::expected. `Cancelled` is no Error.
#pragma once

#include <exception>
#include <iosfwd>
#include <string>
#include <string_view>

namespace hassette {

// Visible by default, so that an app built with hidden visibility catches what the engine throws.
class [[gnu::visibility("default")]] Error : public std::exception {
 public:
  // `code` is Home Assistant's own word where there is one ("not_found"); the set is open.
  Error(std::string code, std::string message, std::string context = {});
  Error(const Error&) = default;
  Error(Error&&) noexcept = default;
  Error& operator=(const Error&) = default;
  Error& operator=(Error&&) noexcept = default;
  ~Error() override;

  // The message alone, or "context: message" where a context was given.
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }
  [[nodiscard]] std::string_view code() const noexcept { return code_; }
  [[nodiscard]] std::string_view message() const noexcept;
  [[nodiscard]] std::string_view context() const noexcept;

 private:
  std::string code_;
  std::string what_;
  std::size_t context_size_ = 0;
};

std::ostream& operator<<(std::ostream& out, const Error& error);

// The deadline that the caller set has passed; the code is "timeout".
class [[gnu::visibility("default")]] TimeoutError : public Error {
 public:
  explicit TimeoutError(std::string message, std::string context = {});
  ~TimeoutError() override;
};

// The configuration cannot be used; the code is "config".
class [[gnu::visibility("default")]] ConfigError : public Error {
 public:
  explicit ConfigError(std::string message, std::string context = {});
  ~ConfigError() override;
};

// A broken promise of the program itself; the code is "logic". HASSETTE_ASSERT throws it, also in
// release, so that a mistake inside an app's callback fails that app and not the engine.
class [[gnu::visibility("default")]] LogicError : public Error {
 public:
  explicit LogicError(std::string message, std::string context = {});
  ~LogicError() override;
};

}  // namespace hassette
