#include "build/option_names.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <hassette/error.hpp>

#include "base/nearest.hpp"
#include "build/hash.hpp"

namespace hassette::build {

namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view last_word(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::size_t start = text.size();
  while (start > 0 && is_word(text[start - 1])) --start;
  return text.substr(start);
}

// The lines between the braces of `struct type {`, as the project's format has them.
std::string_view body_of(std::string_view header, std::string_view type) {
  const std::size_t start = header.find(fmt::format("struct {} {{", type));
  if (start == std::string_view::npos) return {};
  header.remove_prefix(start);
  return header.substr(0, header.find("\n};"));
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += fmt::format("{}.{}", text.empty() ? "" : ", ", name);
  return text;
}

}  // namespace

std::vector<std::string> option_names(const std::filesystem::path& include_dir,
                                      std::string_view type) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(include_dir / "hassette", error)) {
    if (entry.path().extension() != ".hpp") continue;
    try {
      const std::string header = read_file(entry.path());
      std::string_view body = body_of(header, type);
      while (!body.empty()) {
        std::string_view line = body.substr(0, body.find('\n'));
        body.remove_prefix(std::min(line.size() + 1, body.size()));
        line = line.substr(0, line.find("//"));
        const std::size_t equals = line.find(" = ");
        if (equals == std::string_view::npos) continue;
        if (const auto name = last_word(line.substr(0, equals)); !name.empty()) {
          names.emplace_back(name);
        }
      }
    } catch (const Error&) {
      continue;  // then there is one list of names less, and the sentence is more general
    }
    if (!names.empty()) break;
  }
  return names;
}

std::string call_at(const Diagnostic& diagnostic) {
  std::ifstream file(diagnostic.file);
  std::string line;
  for (unsigned number = 1; number < diagnostic.line; ++number) std::getline(file, line);
  std::string call;
  int depth = 0;
  bool quoted = false;
  for (int lines = 0; lines < 20 && std::getline(file, line); ++lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '"' && (i == 0 || line[i - 1] != '\\')) quoted = !quoted;
      if (!quoted) depth += line[i] == '(' ? 1 : line[i] == ')' ? -1 : 0;
    }
    call += line + '\n';
    // A lambda among the arguments has statements of its own.
    if (depth <= 0 && line.find(';') != std::string::npos) return call;
  }
  return diagnostic.source_line;
}

std::vector<std::string> designators(std::string_view call) {
  std::vector<std::string> names;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (call[i] == '"' && (i == 0 || call[i - 1] != '\\')) quoted = !quoted;
    if (quoted) continue;
    if (call[i] == '{') ++depth;
    if (call[i] == '}') --depth;
    if (call[i] != '.' || depth != 1 || i == 0) continue;
    const std::size_t before = call.find_last_not_of(" \n\t", i - 1);
    if (before == std::string_view::npos || (call[before] != '{' && call[before] != ',')) continue;
    std::size_t end = i + 1;
    while (end < call.size() && is_word(call[end])) ++end;
    names.emplace_back(call.substr(i + 1, end - i - 1));
  }
  return names;
}

std::string describe_wrong_option(const Diagnostic& diagnostic, std::string_view type,
                                  const std::filesystem::path& include_dir) {
  const auto known = option_names(include_dir, type);
  if (known.empty()) return fmt::format("these options do not fit {}", type);
  for (const std::string& given : designators(call_at(diagnostic))) {
    if (std::ranges::find(known, given) != known.end()) continue;
    const std::string guess = base::did_you_mean(given, known);
    return fmt::format("there is no option `.{}`{} The options are {}", given,
                       guess.empty() ? "." : guess, join(known));
  }
  return fmt::format("an option has a value of the wrong kind; the options of {} are {}", type,
                     join(known));
}

}  // namespace hassette::build
