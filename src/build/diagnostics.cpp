#include "build/diagnostics.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace hassette::build {

namespace {

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// Takes ":12" from the end.
std::optional<unsigned> take_number(std::string_view& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(colon + 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  text = text.substr(0, colon);
  return number;
}

struct Marker {
  std::string_view text;
  Severity severity;
};
constexpr std::array<Marker, 4> kMarkers{{{"fatal error: ", Severity::kError},
                                          {"error: ", Severity::kError},
                                          {"warning: ", Severity::kWarning},
                                          {"note: ", Severity::kNote}}};

// " [-Werror,-Wunused-result]" says nothing to an author who did not choose the flags.
std::string_view without_flag(std::string_view message) {
  const std::size_t flag = message.rfind(" [-W");
  return message.ends_with(']') && flag != std::string_view::npos ? message.substr(0, flag)
                                                                  : message;
}

// "file:12:5: error: text", "mold: error: text", "fatal error: text".
std::optional<Diagnostic> parse_headline(std::string_view line) {
  std::size_t at = std::string_view::npos;
  const Marker* marker = nullptr;
  for (const Marker& candidate : kMarkers) {
    const std::size_t found = line.find(candidate.text);
    if (found >= at || (found >= 2 && line.substr(found - 2, 2) != ": ") || found == 1) continue;
    at = found;
    marker = &candidate;
  }
  if (!marker) return std::nullopt;
  Diagnostic diagnostic;
  diagnostic.severity = marker->severity;
  diagnostic.message = without_flag(line.substr(at + marker->text.size()));
  if (at < 2) return diagnostic;
  std::string_view place = line.substr(0, at - 2);
  const auto column = take_number(place);
  const auto line_number = column ? take_number(place) : std::nullopt;
  if (line_number) {
    diagnostic.file = place;
    diagnostic.line = *line_number;
    diagnostic.column = *column;
  }
  return diagnostic;
}

// The "12 | code" below a headline.
std::optional<std::string_view> parse_snippet(std::string_view line, unsigned number) {
  const std::size_t digits = line.find_first_not_of(' ');
  const std::string expected = fmt::format("{} | ", number);
  if (digits == std::string_view::npos || !line.substr(digits).starts_with(expected)) {
    return std::nullopt;
  }
  return line.substr(digits + expected.size());
}

std::string place_of(const Diagnostic& diagnostic, const std::filesystem::path& root) {
  if (diagnostic.file.empty()) return {};
  // A test includes the app beside it: tests/../apps/hall.cpp.
  const auto file_path = std::filesystem::path(diagnostic.file).lexically_normal();
  const auto relative = file_path.lexically_relative(root);
  const bool below = !relative.empty() && *relative.begin() != "..";
  const std::string file = below ? relative.string() : diagnostic.file;
  if (diagnostic.line == 0) return file + ": ";
  return fmt::format("{}:{}:{}: ", file, diagnostic.line, diagnostic.column);
}

// Blanks as wide as what stands before the column; a continued UTF-8 character has no width.
std::string caret_line(std::string_view line, unsigned column) {
  std::string blanks;
  for (const char c : line.substr(0, column - 1)) {
    if (c == '\t')
      blanks += '\t';
    else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80)
      blanks += ' ';
  }
  return blanks + '^';
}

void format_one(const Diagnostic& diagnostic, const std::filesystem::path& root,
                std::string& text) {
  constexpr std::array<std::string_view, 3> kWords{"note", "warning", "error"};
  if (!text.empty()) text += '\n';
  text += fmt::format("{}{}: {}", place_of(diagnostic, root),
                      kWords[static_cast<std::size_t>(diagnostic.severity)], diagnostic.message);
  if (!diagnostic.source_line.empty() && diagnostic.column > 0) {
    text += fmt::format("\n    {}\n    {}", diagnostic.source_line,
                        caret_line(diagnostic.source_line, diagnostic.column));
  }
  for (const Diagnostic& note : diagnostic.notes) format_one(note, root, text);
}

}  // namespace

std::vector<Diagnostic> parse_diagnostics(std::string_view output) {
  std::vector<Diagnostic> diagnostics;
  Diagnostic* last = nullptr;
  while (!output.empty()) {
    const std::string_view line = next_line(output);
    if (auto diagnostic = parse_headline(line)) {
      const bool note = diagnostic->severity == Severity::kNote && !diagnostics.empty();
      auto& list = note ? diagnostics.back().notes : diagnostics;
      last = &list.emplace_back(std::move(*diagnostic));
    } else if (last && last->source_line.empty() && last->line != 0) {
      if (const auto snippet = parse_snippet(line, last->line)) last->source_line = *snippet;
    }
  }
  return diagnostics;
}

std::string format_diagnostics(std::span<const Diagnostic> diagnostics,
                               const std::filesystem::path& root, std::size_t limit) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics.first(std::min(limit, diagnostics.size()))) {
    format_one(diagnostic, root, text);
  }
  if (diagnostics.size() > limit) {
    const std::size_t more = diagnostics.size() - limit;
    text += fmt::format("\n… and {} more {}", more, more == 1 ? "problem" : "problems");
  }
  return text;
}

}  // namespace hassette::build
