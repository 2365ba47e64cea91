#pragma once
// Verdict: what is wrong with one tape, and the shortest tape with which something still is.
#include <functional>
#include <string>

#include "coverage.hpp"
#include "tape.hpp"
#include "trace.hpp"

namespace hassette::simulation {

struct Verdict {
  std::string fault;   // empty: product and model agree, and nothing is left
  bool usable = true;  // the tape asks for nothing that is refused
  Trace trace;         // the product's
  Coverage coverage;   // what happened, as the model has it

  bool is_fault() const { return usable && !fault.empty(); }
};

Verdict judge(const Tape& tape);

/// Makes the suite itself wrong, to see that it finds, shrinks and replays: a tape in which a run
/// is dropped counts as a fault, ends the process, or never comes to an end; or nothing is counted.
enum class Flaw : std::uint8_t { kNone, kQueues, kCrashes, kHangs, kBlind };
void set_flaw(Flaw flaw);

/// Leaves out operations, then fields, as long as `fails` says that the rest still fails.
Tape shrink(Tape tape, const std::function<bool(const Tape&)>& fails);

}  // namespace hassette::simulation
