// The engine's version, as `hassette --version` and the page show it.
//
// A constant; any thread. CMake's project version is its source.
#pragma once

#include <string_view>

namespace hassette {

inline constexpr std::string_view kVersion = HASSETTE_PROJECT_VERSION;

}  // namespace hassette
