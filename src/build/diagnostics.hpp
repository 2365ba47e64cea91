#pragma once
// What the compiler says, as an author wants to read it.
//
// Clang's text is taken apart, the mistakes that authors make with Hassette get our own sentence,
// what stands in the engine's headers is led back to the author's line, and what says the same
// twice is said once. Pure functions of the text, but that the author's file and the headers are
// read to name an option that does not exist; any thread.
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hassette::build {

enum class Severity { kNote, kWarning, kError };

struct Diagnostic {
  std::string file;  ///< empty where there is no place
  unsigned line = 0;
  unsigned column = 0;
  Severity severity = Severity::kError;
  std::string message;
  std::string source_line;
  std::vector<Diagnostic> notes;

  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// What the compiler and the linker say, as they say it: notes stand below what they belong to.
std::vector<Diagnostic> parse_diagnostics(std::string_view output);

/// Where the author's files and the engine's are.
struct DiagnosticScope {
  std::filesystem::path source;  ///< the app's file; its folder holds the author's own headers
  std::filesystem::path include_dir;
  /// What the files may make up; said where something is declared and nowhere defined.
  std::string_view unit = "an app is one .cpp file and its headers";
};

/// The same for the author.
std::vector<Diagnostic> explain(std::vector<Diagnostic> raw, const DiagnosticScope& scope);

/// As many are shown at once.
constexpr std::size_t kShownDiagnostics = 10;

/// "apps/lights.cpp:12:5: error: …" with the line and a caret, paths relative to `root`; at most
/// `limit` of them, then how many there are more. Ends without a line break.
std::string format_diagnostics(std::span<const Diagnostic> diagnostics,
                               const std::filesystem::path& root,
                               std::size_t limit = kShownDiagnostics);

}  // namespace hassette::build
