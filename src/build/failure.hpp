#pragma once
// BuildFailure: why there is no plug-in, for whoever has to mend it.
//
// Made by AppCompiler from what the compiler or the linker said. Plain values; any thread, no
// errors of its own.
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "build/cache.hpp"
#include "build/diagnostics.hpp"
#include "build/process.hpp"

namespace hassette::build {

struct BuildFailure {
  std::string
      message;  ///< one sentence: what happened and, where it is no compile error, the remedy
  std::vector<Diagnostic> diagnostics;
  std::filesystem::path report{};  ///< a file with all of them, where there are too many to show

  /// Message and diagnostics, paths relative to `root`.
  std::string text(const std::filesystem::path& root) const;
};

std::unexpected<BuildFailure> failure(std::string message);

/// What a compiler or a linker said about an app that it refused; `what` is "compile" or "link".
/// That the disk of the cache is full is nothing that its author could mend in it.
BuildFailure refused(const ProcessResult& result, std::string_view what,
                     const DiagnosticScope& scope, const BuildCache& cache);

/// What went wrong beside the compiler. `what` begins a sentence: "lamp.cpp cannot be built".
BuildFailure not_built(std::string_view what, const std::exception& error, const BuildCache& cache);

/// Puts what is too much to show at once into a file beside the plug-ins of this source.
BuildFailure with_report(BuildFailure failure, const std::string& output, const BuildCache& cache,
                         const SourceVersion& version);

}  // namespace hassette::build
