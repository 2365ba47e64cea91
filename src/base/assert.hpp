// HASSETTE_ASSERT: states what the program itself guarantees, in every build type.
//
// For programmer errors only; what the world may do wrong is an Error or a std::expected. A broken
// assertion throws LogicError with file, line and expression, on the thread that found it.
#pragma once

#include <string_view>

namespace hassette::base {

[[noreturn]] void assertion_failed(std::string_view expression, std::string_view message,
                                   std::string_view file, int line);

}  // namespace hassette::base

#define HASSETTE_ASSERT(condition, message) \
  (static_cast<bool>(condition)             \
       ? static_cast<void>(0)               \
       : ::hassette::base::assertion_failed(#condition, message, __FILE_NAME__, __LINE__))
