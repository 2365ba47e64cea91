#pragma once
// Putting a listener among its app's registrations, where names are unique. Loop thread.
#include <memory>
#include <string>

#include <hassette/if_exists.hpp>
#include <hassette/options.hpp>
#include <hassette/task.hpp>
#include "bus/owner.hpp"

namespace hassette::bus {

/// The registration that has this one's name; null if there is none.
std::shared_ptr<Listener> existing(const Owner& owner, const Listener& listener);

/// A handler that goes on while its app stops must not leave a listener behind, and there must be
/// room for the name; Error("registration") otherwise.
void check_now(const Owner& owner, const Listener& listener, IfExists if_exists);

/// Puts it among the app's registrations. What had its name has ended by then.
void enter(Owner& owner, const std::shared_ptr<Listener>& listener);

/// What such a registration waits for, in words: `light.hall [brightness] → above 20 for 5 min`.
std::string trigger_of(const std::string& entities, const std::string& attribute,
                       const StateChangeOptions& options);

/// Returns when the home will send such events.
Task<> want(Owner* owner, std::string type);

}  // namespace hassette::bus
