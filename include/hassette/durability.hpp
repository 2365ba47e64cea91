#pragma once
// layer: run
//
// What `.durable = true` means for a job or a hold: what becomes of what was missed before it was
// registered again, and of what was interrupted; and whether it is true at present. Values; any
// thread.
#include <cstdint>
#include <string>

namespace hassette {

/// What becomes of the time of a durable job or hold that passed before it was registered again.
enum class Missed : std::uint8_t {
  kRunOnce,  ///< one run after the start, however many were missed
  kSkip,     ///< none; counted
};

/// What becomes of a durable job's or hold's run that a crash or a stop of the engine interrupted.
enum class Interrupted : std::uint8_t {
  kSkip,   ///< it is not repeated
  kAgain,  ///< it begins again, three times at most
};

/// Whether a job or a hold would survive a restart or a crash of the engine now.
struct Durability {
  bool asked = false;  ///< it is `.durable`
  /// Why nothing can be written at present, as a sentence that says what to do; empty while all is
  /// well.
  std::string fault = {};
  bool kept() const { return asked && fault.empty(); }
};

}  // namespace hassette
