#pragma once
// The product: plays a tape on the engine itself, bus, scheduler and recovery included, in virtual
// time and without a network.
#include <string>
#include <vector>

#include "tape.hpp"
#include "trace.hpp"

namespace hassette::simulation {

struct Played {
  Trace trace;
  std::vector<std::string> leaks;    // what was left when everything had ended
  std::vector<std::string> refused;  // operations that the tape should not have
};

/// One tape at a time: what is reported as unawaited belongs to it.
Played play_product(const Tape& tape);

}  // namespace hassette::simulation
