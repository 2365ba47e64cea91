#pragma once
// Plan: a tape from a seed. The same seed makes the same tape, on every machine.
#include <cstdint>

#include "tape.hpp"

namespace hassette::simulation {

/// Operations lie on a grid of ten milliseconds, everything else beside it: lengths and the wall
/// clock carry a rest of their own, so that what happens at one instant does so for a reason.
Tape make_tape(std::uint64_t seed);

}  // namespace hassette::simulation
