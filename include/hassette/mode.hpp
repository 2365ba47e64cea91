#pragma once
// layer: run
//
// Mode: what happens when a handler or job is to run while an earlier run of it has not ended.
#include <cstdint>

namespace hassette {

enum class Mode : std::uint8_t {
  kSingle,    ///< the new run is not started; counted as suppressed
  kRestart,   ///< the old run is cancelled and awaited, then the new one starts
  kQueued,    ///< one after the other; at most 10 wait, then the newest is dropped and counted
  kParallel,  ///< side by side
};

}  // namespace hassette
