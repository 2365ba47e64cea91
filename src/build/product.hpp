#pragma once
// What is made of an author's source: the plug-in that the engine loads, or a program of tests.
//
// Plain values, made once by whoever makes the AppCompiler; any thread. GoogleTest is looked for
// in the file system alone; what is missing is one message with the remedy.
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "build/toolchain.hpp"

namespace hassette::build {

struct Product {
  std::filesystem::path header;  ///< the one that is precompiled, below the engine's headers
  std::string extension;         ///< of the file that comes out
  std::string_view unit;         ///< what it may be made from; see DiagnosticScope
  std::vector<std::string> compile_flags;
  std::vector<std::string> link_flags;
  /// Whether its initialisers wait for whoever loads it; see initialisers.hpp.
  bool defers_initialisers = false;
};

struct GoogleTest {
  std::filesystem::path include_dir;             ///< empty where compilers look by themselves
  std::vector<std::filesystem::path> libraries;  ///< as they are linked, `main` included
};

/// The installation below `prefix`, or the machine's own. GoogleMock belongs to it where it is
/// there.
std::expected<GoogleTest, std::string> find_googletest(const std::optional<std::string>& prefix);

Product plug_in(const Toolchain& toolchain);
Product test_program(const Toolchain& toolchain, const GoogleTest& googletest);

}  // namespace hassette::build
