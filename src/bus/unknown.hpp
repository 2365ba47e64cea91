#pragma once
// What an app names and its home does not have: ids, patterns that match nothing, targets without
// entities. Each is told once for the life of the app, in its log, the first ones with the nearest
// that the home has; nothing is refused or waits for it. While nothing is known of the home, or of
// its registries where they say what is meant, what is asked for is judged later, if it is still
// asked for then. Loop thread.
#include <string>
#include <string_view>

#include "bus/state_listener.hpp"

namespace hassette::bus {

/// Of how many names an app is told at most, so that one that makes up names fills neither the log
/// nor the memory.
inline constexpr std::size_t kMostUnknown = 100;
/// For how many of them the nearest are looked for: each search goes through the whole home.
inline constexpr std::size_t kMostSuggested = 10;

/// The listener's entities; the router has it already.
void warn_of_unknown(StateListener& listener);

/// An entity that a service call names. `call` is the author's words for it, with their line.
void warn_of_unknown(Owner& owner, std::string_view call, const std::string& entity_id);

}  // namespace hassette::bus
