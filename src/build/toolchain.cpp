#include "build/toolchain.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <charconv>
#include <hassette/error.hpp>
#include <string_view>

#include "build/abi.hpp"
#include "build/process.hpp"

namespace hassette::build {

namespace fs = std::filesystem;

namespace {

constexpr int kOldestClang = 19;
constexpr std::string_view kRemedy =
    "install Debian's package clang-19 (`apt install clang-19`), or set HASSETTE_CXX to a clang++ "
    "of "
    "version 19 or newer";

bool is_program(const fs::path& file) {
  std::error_code error;
  return fs::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
}

// The program of this name, or at this path; empty where there is none.
fs::path find_program(std::string_view path, const std::string& name) {
  if (name.find('/') != std::string::npos) return is_program(name) ? fs::path(name) : fs::path();
  while (!path.empty()) {
    const std::string_view folder = path.substr(0, path.find(':'));
    path.remove_prefix(std::min(folder.size() + 1, path.size()));
    const fs::path file = fs::path(folder) / name;
    if (!folder.empty() && is_program(file)) return file;
  }
  return {};
}

// Empty if the program is no Clang.
std::optional<int> clang_major(std::string_view version) {
  constexpr std::string_view kName = "clang version ";
  const std::size_t at = version.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  version.remove_prefix(at + kName.size());
  int major = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), major);
  if (error != std::errc()) return std::nullopt;
  return major;
}

std::expected<std::string, std::string> usable_version(const fs::path& compiler) {
  std::string version;
  try {
    const ProcessResult said =
        run_child({compiler.string(), "--version"}, {.time = std::chrono::seconds(20)});
    if (said.ok()) version = said.output.substr(0, said.output.find('\n'));
  } catch (const Error& error) {
    return std::unexpected(std::string(error.message()));
  }
  const auto major = clang_major(version);
  if (!major) return std::unexpected(fmt::format("{} is not Clang", compiler.string()));
  if (*major < kOldestClang) {
    return std::unexpected(
        fmt::format("{} is Clang {}, apps need {}", compiler.string(), *major, kOldestClang));
  }
  return version;
}

std::expected<void, std::string> find_compiler(const ToolchainSearch& search, Toolchain& found) {
  if (search.compiler) {
    found.compiler = find_program(search.path, *search.compiler);
    if (found.compiler.empty()) {
      return std::unexpected(fmt::format("HASSETTE_CXX names {}, which is no program here: {}",
                                         *search.compiler, kRemedy));
    }
    auto version = usable_version(found.compiler);
    if (!version) {
      return std::unexpected(fmt::format("HASSETTE_CXX: {}: {}", version.error(), kRemedy));
    }
    found.version = std::move(*version);
    return {};
  }
  std::string reason = "there is no Clang";
  for (const char* name : {"clang++-19", "clang++", "clang++-20", "clang++-21", "clang++-22"}) {
    found.compiler = find_program(search.path, name);
    if (found.compiler.empty()) continue;
    auto version = usable_version(found.compiler);
    if (version) {
      found.version = std::move(*version);
      return {};
    }
    reason = version.error();
  }
  return std::unexpected(fmt::format("apps cannot be compiled: {}: {}", reason, kRemedy));
}

std::string find_linker(const ToolchainSearch& search, const fs::path& compiler) {
  if (!find_program(search.path, "mold").empty()) return "mold";
  std::error_code error;
  const fs::path beside = fs::canonical(compiler, error).parent_path() / "ld.lld";
  if (is_program(beside) || !find_program(search.path, "ld.lld").empty()) return "lld";
  return {};
}

}  // namespace

fs::path running_program() {
  return fs::read_symlink("/proc/self/exe");
}

fs::path engine_include_dir(const fs::path& program) {
  return program.parent_path().parent_path() / "include";
}

std::expected<Toolchain, std::string> find_toolchain(const ToolchainSearch& search) {
  Toolchain found;
  if (auto compiler = find_compiler(search, found); !compiler) {
    return std::unexpected(std::move(compiler.error()));
  }
  found.linker = find_linker(search, found.compiler);
  found.include_dir = engine_include_dir(search.program);
  found.library_dir = search.program.parent_path().parent_path() / "lib";
  for (const fs::path& file :
       {found.include_dir / "hassette" / "app.hpp", found.library_dir / "libhassette.so"}) {
    std::error_code error;
    if (fs::exists(file, error)) continue;
    return std::unexpected(
        fmt::format("apps cannot be compiled: {} is missing, which belongs to {}; install Hassette "
                    "again, or start it from its build folder (build/bin/hassette)",
                    file.string(), search.program.string()));
  }
  return found;
}

std::vector<std::string> language_flags() {
  return {"-std=c++23",
          // What an author cannot see by reading becomes an error; what only annoys is off.
          "-Wall", "-Wextra", "-Wconsumed", "-Werror=consumed", "-Werror=unused-result",
          "-Werror=unused-variable", "-Werror=dangling", "-Werror=return-type",
          "-Wno-unused-parameter", "-Wno-unused-private-field", "-Wno-reorder-init-list",
          "-Wno-c++26-extensions", "-Wno-missing-designated-field-initializers",
          "-Wno-missing-field-initializers"};
}

std::vector<std::string> compile_flags(const Toolchain& toolchain) {
  std::vector<std::string> flags = language_flags();
  flags.insert(
      flags.end(),
      {"-O1", "-g1", "-fPIC", "-fvisibility=hidden", "-fvisibility-inlines-hidden",
       // A mistake in reading a container names the app that made it, and shows no foreign memory.
       "-D_GLIBCXX_ASSERTIONS", "-fno-omit-frame-pointer", "-DFMT_SHARED",
       fmt::format("-DHASSETTE_ABI=\"{}\"", abi_stamp()), "-I" + toolchain.include_dir.string(),
       // The key of the header holds what it is made from; times say nothing.
       "-Xclang", "-fno-pch-timestamp", "-fpch-instantiate-templates",
       // For build/diagnostics.hpp, which needs the author's frame.
       "-fno-color-diagnostics", "-ftemplate-backtrace-limit=0", "-ferror-limit=40"});
  if (!abi_sanitizers().empty()) {
    flags.push_back(fmt::format("-fsanitize={}", abi_sanitizers()));
    flags.push_back("-fno-sanitize-recover=all");
  }
  return flags;
}

std::vector<std::string> link_flags(const Toolchain& toolchain) {
  // The engine's symbols come from the process; -lhassette only makes a missing one an error here.
  std::vector<std::string> flags = {"-shared", "-Wl,-z,defs", "-L" + toolchain.library_dir.string(),
                                    "-lhassette", "-lfmt"};
  if (!toolchain.linker.empty()) flags.push_back("-fuse-ld=" + toolchain.linker);
  if (!abi_sanitizers().empty()) {
    flags.push_back(fmt::format("-fsanitize={}", abi_sanitizers()));
    flags.push_back("-shared-libsan");
  }
  return flags;
}

}  // namespace hassette::build
