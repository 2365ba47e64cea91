#include "build/abi.hpp"

// Made by cmake/abi.cmake: HASSETTE_VERSION, HASSETTE_HEADERS and HASSETTE_SANITIZERS.
#include <hassette_abi.inc>

#include <cstddef>

#define HASSETTE_TEXT_OF(value) #value
#define HASSETTE_TEXT(value) HASSETTE_TEXT_OF(value)

namespace hassette::build {

std::string_view abi_stamp() noexcept {
  return HASSETTE_VERSION "-" HASSETTE_HEADERS "-clang" HASSETTE_TEXT(
      __clang_major__) "-libstdcxx" HASSETTE_TEXT(_GLIBCXX_RELEASE) HASSETTE_SANITIZER_SUFFIX;
}

std::string_view abi_headers() noexcept {
  return HASSETTE_HEADERS;
}

std::string_view abi_sanitizers() noexcept {
  return HASSETTE_SANITIZERS;
}

}  // namespace hassette::build
