#include "build/failure.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

namespace hassette::build {

namespace fs = std::filesystem;

namespace {

// What to do where this says that no more can be written; empty where it says something else.
std::string why_full(std::string_view said, const BuildCache& cache) {
  const std::error_category& system = std::generic_category();
  // The last is mold's.
  for (const std::string& words :
       {system.message(ENOSPC), system.message(EDQUOT), std::string("Disk full")}) {
    if (!said.contains(words)) continue;
    return fmt::format(
        "there is no room for what is compiled: the disk of the build cache {} is full ({}): free "
        "space there, or set cache_dir to a folder on another disk",
        cache.folder().string(), words);
  }
  return {};
}

}  // namespace

std::string BuildFailure::text(const fs::path& root) const {
  if (diagnostics.empty()) return message;
  const std::string all = report.empty() ? "" : fmt::format("; all are in {}", report.string());
  return fmt::format("{}\n{}{}", message, format_diagnostics(diagnostics, root), all);
}

std::unexpected<BuildFailure> failure(std::string message) {
  return std::unexpected(BuildFailure{.message = std::move(message), .diagnostics = {}});
}

BuildFailure refused(const ProcessResult& result, std::string_view what,
                     const DiagnosticScope& scope, const BuildCache& cache) {
  std::vector<Diagnostic> said = parse_diagnostics(result.output);
  // An error in a file is the author's, whatever the line that it quotes is about.
  const bool is_author_s = std::ranges::any_of(said, [](const Diagnostic& one) {
    return one.severity == Severity::kError && !one.file.empty();
  });
  if (std::string full = why_full(result.output, cache); !full.empty() && !is_author_s) {
    return {.message = std::move(full), .diagnostics = {}};
  }
  BuildFailure failure;
  failure.diagnostics = explain(std::move(said), scope);
  const auto errors =
      std::ranges::count(failure.diagnostics, Severity::kError, &Diagnostic::severity);
  const std::string name = scope.source.filename().string();
  if (errors > 0 && result.exit_code > 0) {
    failure.message =
        fmt::format("{} does not {}: {} {}", name, what, errors, errors == 1 ? "error" : "errors");
    return failure;
  }
  failure.message = fmt::format("{} does not {}: the compiler {}", name, what, result.ending());
  if (failure.diagnostics.empty() && !result.output.empty()) {
    failure.message += ", saying:\n" + result.output.substr(0, 4000);
  }
  return failure;
}

BuildFailure not_built(std::string_view what, const std::exception& error,
                       const BuildCache& cache) {
  if (std::string full = why_full(error.what(), cache); !full.empty()) {
    return {.message = std::move(full), .diagnostics = {}};
  }
  return {.message = fmt::format("{}: {}", what, error.what()), .diagnostics = {}};
}

BuildFailure with_report(BuildFailure failure, const std::string& output, const BuildCache& cache,
                         const SourceVersion& version) {
  if (failure.diagnostics.size() <= kShownDiagnostics) return failure;
  const std::string all = format_diagnostics(failure.diagnostics, version.source.parent_path(),
                                             failure.diagnostics.size());
  try {
    failure.report = cache.keep_report(
        version,
        fmt::format("{}\n{}\n\nThe compiler's own words:\n\n{}", failure.message, all, output));
  } catch (const std::exception&) {  // a full disk: what is shown has to do
  }
  return failure;
}

}  // namespace hassette::build
