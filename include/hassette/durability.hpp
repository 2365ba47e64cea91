#pragma once
// layer: run
//
// What `.durable = true` means for a job or a hold: what becomes of what was missed while the
// engine was not running, and of what was interrupted. Values; any thread.
#include <cstdint>

namespace hassette {

/// What becomes of the time of a durable job or hold that passed while the engine was not running.
enum class Missed : std::uint8_t {
  kRunOnce,  ///< one run after the start, however many were missed
  kSkip,     ///< none; counted
};

/// What becomes of a durable job's or hold's run that a crash or a stop of the engine interrupted.
enum class Interrupted : std::uint8_t {
  kSkip,   ///< it is not repeated
  kAgain,  ///< it begins again, three times at most
};

}  // namespace hassette
