#pragma once
// The model: plays a tape by the reference pages and says what a right engine does.
#include "coverage.hpp"
#include "specs.hpp"
#include "trace.hpp"

namespace hassette::simulation {

struct Modelled {
  Trace trace;
  Coverage coverage;
};

Modelled play_model(const Tape& tape);

/// How long a tape goes on after its last operation, and how long the end may take.
constexpr Micros kAfterwards = 40 * kSecond;
constexpr Micros kEnding = 2 * 3600 * kSecond;

}  // namespace hassette::simulation
