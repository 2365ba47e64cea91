// How a wanted state is reached: by the services of the entity's domain, as a scene calls them.
//
// Which services those are, in which order and with which attributes is Home Assistant's for each
// domain; entities of other domains stay as they are, and so do those that do not exist. Used on
// the home's loop. The first call that is refused is thrown as CommandFailure when the calls for
// all the other entities have been made.
#pragma once

#include <chrono>
#include <hassette/json.hpp>

#include "sim/context.hpp"

namespace hassette::sim {

class Home;

// `wanted` is {entity_id: {state, attributes…}}, `options` what the caller gives on, such as a
// transition. Gives how long the slowest call takes to be answered.
std::chrono::nanoseconds reproduce(Home& home, const Json& wanted, const Json& options,
                                   const Context& context);

}  // namespace hassette::sim
