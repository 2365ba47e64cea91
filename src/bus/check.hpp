#pragma once
// What a registration is refused for, before anything is awaited: Error("registration") with one
// sentence that names the listener and, where two options contradict each other, both.
#include <optional>
#include <string>
#include <string_view>

#include "bus/state_listener.hpp"

namespace hassette::bus {

[[noreturn]] void refuse(const std::string& name, const std::string& why);

/// `domain` is what the handler's typed parameters ask for.
void check(const Entities& entities, const std::optional<std::string>& attribute,
           std::string_view domain, const StateChangeOptions& options, const Owner& owner);
void check(const EventQuestion& question, const EventOptions& options);

/// Takes what it needs out of the options.
StateListener::Question question_of(Entities entities, std::string attribute,
                                    StateChangeOptions& options);
Policy policy_of(const StateChangeOptions& options, const Owner& owner);
Policy policy_of(const EventOptions& options, const Owner& owner);

/// Warns, once for each, of ids that a home with states does not have, with the nearest that it
/// has.
void warn_of_unknown(Owner& owner, const StateListener& listener);

}  // namespace hassette::bus
