#pragma once
// What the engine and its plug-ins must agree on, as text.
//
// The stamp names the engine's version, the public headers, the compiler that made the engine, its
// standard library and its sanitizers. It is fixed when the engine is built (cmake/abi.cmake), goes
// into every plug-in and is compared before one is loaded. Constants; any thread.
#include <string_view>

namespace hassette::build {

/// "0.1.0-3f2a91bc04d5e677-clang19-libstdcxx12".
std::string_view abi_stamp() noexcept;
/// The hash of the public headers that the engine was built from; see `hash_headers`.
std::string_view abi_headers() noexcept;
/// What the engine was built with, as -fsanitize takes it; empty in a release.
std::string_view abi_sanitizers() noexcept;

}  // namespace hassette::build
