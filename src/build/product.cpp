#include "build/product.hpp"

#include <fmt/core.h>

#include <initializer_list>

#include "build/abi.hpp"

namespace hassette::build {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kRemedy =
    "install Debian's package libgtest-dev (`apt install libgtest-dev`), or set HASSETTE_GTEST to "
    "the folder that GoogleTest is installed in (it holds include/ and lib/)";

#if defined(__aarch64__)
constexpr std::string_view kMultiarch = "lib/aarch64-linux-gnu";
#else
constexpr std::string_view kMultiarch = "lib/x86_64-linux-gnu";
#endif

// The library of this name below the prefix; empty where there is none.
fs::path find_library(const fs::path& prefix, std::string_view name) {
  for (const std::string_view folder :
       {kMultiarch, std::string_view("lib"), std::string_view("lib64")}) {
    for (const std::string_view extension : {".a", ".so"}) {
      fs::path file = prefix / folder / fmt::format("lib{}{}", name, extension);
      std::error_code error;
      if (fs::is_regular_file(file, error)) return file;
    }
  }
  return {};
}

// The libraries of these names, in this order; empty unless all are there.
std::vector<fs::path> find_libraries(const fs::path& prefix,
                                     std::initializer_list<std::string_view> names) {
  std::vector<fs::path> found;
  for (const std::string_view name : names) {
    fs::path file = find_library(prefix, name);
    if (file.empty()) return {};
    found.push_back(std::move(file));
  }
  return found;
}

}  // namespace

std::expected<GoogleTest, std::string> find_googletest(const std::optional<std::string>& prefix) {
  std::vector<fs::path> prefixes{"/usr/local", "/usr"};
  if (prefix) prefixes = {fs::absolute(*prefix).lexically_normal()};
  for (const fs::path& place : prefixes) {
    std::error_code error;
    if (!fs::is_regular_file(place / "include" / "gtest" / "gtest.h", error)) continue;
    GoogleTest found;
    if (prefix) found.include_dir = place / "include";
    if (fs::is_regular_file(place / "include" / "gmock" / "gmock.h", error)) {
      found.libraries = find_libraries(place, {"gmock_main", "gmock", "gtest"});
    }
    if (found.libraries.empty()) found.libraries = find_libraries(place, {"gtest_main", "gtest"});
    if (!found.libraries.empty()) return found;
  }
  const std::string where =
      prefix ? fmt::format("HASSETTE_GTEST names {}, which holds no GoogleTest", *prefix)
             : "there is no GoogleTest on this machine";
  return std::unexpected(fmt::format("tests cannot be compiled: {}: {}", where, kRemedy));
}

Product plug_in(const Toolchain& toolchain) {
  return {.header = fs::path("hassette") / "app.hpp",
          .extension = ".so",
          .unit = "an app is one .cpp file and its headers",
          .compile_flags = compile_flags(toolchain),
          .link_flags = link_flags(toolchain),
          .defers_initialisers = true};
}

Product test_program(const Toolchain& toolchain, const GoogleTest& googletest) {
  Product product{.header = fs::path("hassette") / "testing.hpp",
                  .extension = ".test",
                  .unit = "a test is one .cpp file and what it includes, such as the app's file",
                  .compile_flags = compile_flags(toolchain),
                  .link_flags = {}};
  if (!googletest.include_dir.empty()) {
    product.compile_flags.push_back("-isystem" + googletest.include_dir.string());
  }
  std::vector<std::string>& link = product.link_flags;
  for (const fs::path& library : googletest.libraries) link.push_back(library.string());
  link.insert(link.end(), {"-L" + toolchain.library_dir.string(), "-lhassette", "-lfmt", "-pthread",
                           // As with a plug-in, the engine is the one that this program belongs to.
                           "-Wl,-rpath," + toolchain.library_dir.string()});
  if (!toolchain.linker.empty()) link.push_back("-fuse-ld=" + toolchain.linker);
  // A linker that goes on in the background may hold the program open when it is to be started.
  if (toolchain.linker == "mold") link.emplace_back("-Wl,--no-fork");
  if (!abi_sanitizers().empty()) {
    link.push_back(fmt::format("-fsanitize={}", abi_sanitizers()));
    link.emplace_back("-shared-libsan");
  }
  return product;
}

}  // namespace hassette::build
