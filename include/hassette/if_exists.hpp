#pragma once
// layer: run
//
// What a registration does when the app has one of this name already. A value; any thread.
#include <cstdint>

namespace hassette {

enum class IfExists : std::uint8_t {
  kError,    ///< refuse the new one
  kSkip,     ///< keep the old one, which must be for the same thing, and give its handle
  kReplace,  ///< end the old one as cancel() does and put the new one in its place
};

}  // namespace hassette
