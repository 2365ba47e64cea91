#pragma once
// What a registration is refused for, before anything is awaited: Error("registration") with one
// sentence that names the listener, where two options contradict each other both, and the line that
// registers it.
#include <optional>
#include <source_location>
#include <string>
#include <string_view>

#include "bus/state_listener.hpp"

namespace hassette::bus {

/// Who registers, for the message; views into what is given.
struct Registrant {
  std::string_view name;
  std::source_location where;
};

[[noreturn]] void refuse(const Registrant& who, std::string_view why);
[[noreturn]] void refuse(const Listener& listener, std::string_view why);

/// `domain` is what the handler's typed parameters ask for.
void check(const Entities& entities, const std::optional<std::string>& attribute,
           std::string_view domain, const StateChangeOptions& options, const Owner& owner,
           const std::source_location& where);
void check(const EventQuestion& question, const EventOptions& options,
           const std::source_location& where);

/// Takes what it needs out of the options.
StateListener::Question question_of(Entities entities, std::string attribute,
                                    StateChangeOptions& options);
Policy policy_of(const StateChangeOptions& options, const Owner& owner);
Policy policy_of(const EventOptions& options, const Owner& owner);

}  // namespace hassette::bus
