#pragma once
// What compiles apps: the compiler and linker of this machine, the engine's headers and library.
//
// Found once at start, by whoever makes the AppCompiler; plain values afterwards. Nothing here
// reads the environment: the caller passes PATH and HASSETTE_CXX. Blocks for some 20 ms, since it
// asks the compiler for its version; any thread. What is missing is one message with the remedy.
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hassette::build {

struct Toolchain {
  std::filesystem::path compiler;
  std::string version;  ///< the first line of what `--version` says
  std::string linker;   ///< "mold" or "lld", for -fuse-ld; empty: the compiler's own
  std::filesystem::path include_dir;
  std::filesystem::path library_dir;  ///< holds libhassette.so
};

struct ToolchainSearch {
  std::string path;                     ///< as in PATH
  std::optional<std::string> compiler;  ///< HASSETTE_CXX: a name or a path
  std::filesystem::path program;        ///< see running_program()
};

std::expected<Toolchain, std::string> find_toolchain(const ToolchainSearch& search);

/// The executable of this process.
std::filesystem::path running_program();
/// The engine's headers, which lie beside the folder of its program: bin/hassette,
/// include/hassette.
std::filesystem::path engine_include_dir(const std::filesystem::path& program);

/// Language and warnings: what apps and editors have in common.
std::vector<std::string> language_flags();
/// All that an app is compiled with, but for its own file and the precompiled header.
std::vector<std::string> compile_flags(const Toolchain& toolchain);
/// All that an app is linked with, but for its object.
std::vector<std::string> link_flags(const Toolchain& toolchain);

}  // namespace hassette::build
