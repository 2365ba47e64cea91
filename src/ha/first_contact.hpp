#pragma once
// What a connection attempt may end with that only the user can mend. Internal to this layer; the
// client ends with it at first contact, and tries again later in its life.
#include <chrono>
#include <string>
#include <utility>

#include <hassette/error.hpp>

namespace hassette::ha {

/// How long Home Assistant gives a client to authenticate, and so the longest useful wait.
inline constexpr std::chrono::seconds kAuthenticationLimit{10};

/// The token was refused, now or at first contact.
class Rejected : public Error {
 public:
  explicit Rejected(std::string message) : Error("auth_invalid", std::move(message)) {}
};

/// What answers is not Home Assistant.
class NotHomeAssistant : public Error {
 public:
  explicit NotHomeAssistant(std::string message)
      : Error("not_home_assistant", std::move(message)) {}
};

}  // namespace hassette::ha
