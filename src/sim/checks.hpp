// What single services accept beside the checks of schema.hpp: slugs, states, colours.
//
// Plain values; any thread. As there, a check gives what is wrong in Home Assistant's words, or
// nothing, and may change the value as voluptuous does.
#pragma once

#include <cstddef>

#include "sim/schema.hpp"

namespace hassette::sim::accept {

[[nodiscard]] Check slug();         // "Bad Id" is none
[[nodiscard]] Check entity_list();  // one id or several; neither "all" nor ids of the registry
// {entity_id: state} or {entity_id: {state, attributes…}}, which is also what it becomes.
[[nodiscard]] Check states();
[[nodiscard]] Check transition();  // seconds, within what Home Assistant takes
[[nodiscard]] Check percent_step();
// Parts of a colour: "12" is two digits where Home Assistant takes it for two.
[[nodiscard]] Check bytes(std::size_t count);
[[nodiscard]] Check hue_and_saturation();
[[nodiscard]] Check chromaticity();  // x and y
[[nodiscard]] Check kelvin();        // 0 is refused as Home Assistant does: by dividing by it
[[nodiscard]] Check mireds();
[[nodiscard]] Check white();  // a brightness, or true for that of the light

}  // namespace hassette::sim::accept
