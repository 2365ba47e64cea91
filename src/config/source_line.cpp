#include "config/source_line.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/lower_case.hpp"

namespace hassette::config {

namespace {

constexpr std::string_view kMask = "***";

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

bool sounds_secret(std::string_view key) {
  constexpr std::array<std::string_view, 7> kWords = {"token",  "secret", "passw",     "passphrase",
                                                      "apikey", "_key",   "credential"};
  std::string lower = base::lower_case(key);
  std::ranges::replace(lower, '-', '_');
  return lower == "key" || lower == "pin" || std::ranges::any_of(kWords, [&](auto word) {
           return lower.find(word) != std::string::npos;
         });
}

struct Range {
  std::size_t begin;
  std::size_t end;
};

// The value that starts at `at`: a quoted text without its quotes, or a bare word.
Range value_at(std::string_view line, std::size_t at) {
  if (at < line.size() && (line[at] == '"' || line[at] == '\'')) {
    const char quote = line[at];
    std::size_t end = at + 1;
    while (end < line.size() && line[end] != quote)
      end += quote == '"' && line[end] == '\\' ? 2 : 1;
    end = std::min(end, line.size());
    // Three quotes, or none at the end: everything that follows may belong to the value.
    if (end == at + 1 && line.substr(at, 3) == std::string(3, quote)) end = line.size();
    return {at + 1, end};
  }
  const bool nested = at < line.size() && (line[at] == '[' || line[at] == '{');
  return {at, nested ? line.size() : std::min(line.find_first_of(",}#", at), line.size())};
}

// `key =` that ends before `at`: the key, or nothing.
std::string_view key_before(std::string_view line, std::size_t equals) {
  std::size_t end = equals;
  while (end > 0 && (line[end - 1] == ' ' || line[end - 1] == '\t' || line[end - 1] == '"' ||
                     line[end - 1] == '\'')) {
    --end;
  }
  std::size_t begin = end;
  while (begin > 0 && is_key_character(line[begin - 1])) --begin;
  return line.substr(begin, end - begin);
}

void mask(std::string& line, Range range, unsigned& column) {
  if (range.end <= range.begin) return;
  const auto characters = [&](std::size_t from, std::size_t to) {
    return static_cast<unsigned>(
        std::ranges::count_if(std::string_view(line).substr(from, to - from),
                              [](char c) { return !continues_character(c); }));
  };
  const unsigned before = characters(0, range.begin);
  const unsigned inside = characters(range.begin, range.end);
  line.replace(range.begin, range.end - range.begin, kMask);
  if (column > before + inside) {
    column = column - inside + static_cast<unsigned>(kMask.size());
  } else if (column > before) {
    column = before + 1;
  }
}

// What puts a caret under character `column`: tabs stay tabs, so that it stands there on any
// screen.
std::string caret_indent(std::string_view line, unsigned column) {
  std::string indent;
  unsigned at = 1;
  for (const char c : line) {
    if (at >= column) break;
    if (continues_character(c)) continue;
    indent += c == '\t' ? '\t' : ' ';
    ++at;
  }
  indent.append(column > at ? column - at : 0, ' ');
  return indent;
}

}  // namespace

void mask_secrets(std::string& line, unsigned& column) {
  for (std::size_t equals = line.find('='); equals != std::string::npos;
       equals = line.find('=', equals + 1)) {
    const std::size_t value = line.find_first_not_of(" \t", equals + 1);
    if (value == std::string::npos) return;
    if (sounds_secret(key_before(line, equals))) mask(line, value_at(line, value), column);
  }
  // Home Assistant's tokens are JSON web tokens, which all start alike.
  for (std::size_t at = line.find("eyJ"); at != std::string::npos; at = line.find("eyJ", at + 1)) {
    std::size_t end = at;
    while (end < line.size() && (is_key_character(line[end]) || line[end] == '.')) ++end;
    if (end - at >= 30) mask(line, {at, end}, column);
  }
}

void attach_source_line(ConfigProblem& problem, const Source& source) {
  if (problem.line == 0 || problem.line > source.lines.size()) return;
  problem.source_line = source.lines[problem.line - 1];
  mask_secrets(problem.source_line, problem.column);
}

}  // namespace hassette::config

namespace hassette {

std::string format_problem(const ConfigProblem& problem) {
  std::string text = problem.file;
  if (problem.line != 0) text += fmt::format(":{}", problem.line);
  if (problem.line != 0 && problem.column != 0) text += fmt::format(":{}", problem.column);
  if (!problem.key.empty()) text += (text.empty() ? "" : ": ") + problem.key;
  text += (text.empty() ? "" : ": ") + problem.message;
  if (problem.source_line.empty()) return text;
  const std::string gutter = fmt::format("{:5} | ", problem.line);
  text += fmt::format("\n{}{}", gutter, problem.source_line);
  if (problem.column != 0) {
    text += fmt::format("\n{:>{}}{}^", "| ", gutter.size(),
                        config::caret_indent(problem.source_line, problem.column));
  }
  return text;
}

}  // namespace hassette
