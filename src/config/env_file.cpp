#include "config/env_file.hpp"

#include <fmt/core.h>

#include <expected>

#include "config/document.hpp"

namespace hassette::config {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

bool is_name(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '_') return false;
  }
  return true;
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    default:
      return c;
  }
}

// A value in quotes, which must close on its line; only a comment may follow.
std::expected<std::string, std::string> quoted(std::string_view text) {
  const char quote = text[0];
  std::string value;
  std::size_t i = 1;
  for (; i < text.size() && text[i] != quote; ++i) {
    const bool escape = quote == '"' && text[i] == '\\' && i + 1 < text.size();
    value += escape ? unescaped(text[++i]) : text[i];
  }
  if (i >= text.size()) return std::unexpected("the quote is not closed on this line");
  const std::string_view rest = trimmed(text.substr(i + 1));
  if (!rest.empty() && rest[0] != '#') {
    return std::unexpected("something follows the closing quote");
  }
  return value;
}

std::string bare(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#' && (i == 0 || is_blank(text[i - 1]))) {
      text = text.substr(0, i);
      break;
    }
  }
  return std::string(trimmed(text));
}

// What looks most like a name in a line that cannot be read.
std::string_view first_word(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && !is_blank(text[end]) && text[end] != '=') ++end;
  return text.substr(0, end);
}

// Puts one line into the file, or gives what is wrong with it.
std::string take_line(std::string_view line, unsigned number, EnvFile& file) {
  line = trimmed(line);
  if (line.empty() || line[0] == '#') return {};
  constexpr std::string_view kExport = "export";
  if (line.starts_with(kExport) && line.size() > kExport.size() && is_blank(line[kExport.size()])) {
    line = trimmed(line.substr(kExport.size()));
  }
  file.broken.emplace_back(first_word(line));  // until it has been read
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) {
    return "there is no `=`; a line reads NAME=value";
  }
  const std::string_view name = trimmed(line.substr(0, equals));
  if (!is_name(name)) {
    return "what stands before `=` is not a name of letters, digits and underscores";
  }
  const std::string_view rest = trimmed(line.substr(equals + 1));
  std::string value;
  if (!rest.empty() && (rest[0] == '"' || rest[0] == '\'')) {
    auto result = quoted(rest);
    if (!result) return std::move(result.error());
    value = std::move(*result);
  } else {
    value = bare(rest);
  }
  file.broken.pop_back();
  file.entries.insert_or_assign(std::string(name), EnvFile::Entry{std::move(value), number});
  return {};
}

}  // namespace

EnvFile parse_env_file(std::string_view text, const std::string& name) {
  EnvFile file;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string wrong = take_line(text.substr(0, end), number, file);
    if (!wrong.empty()) {
      file.problems.push_back({.file = name, .line = number, .message = std::move(wrong)});
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return file;
}

EnvFile load_env_file(const std::filesystem::path& path, const std::string& name) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return {};
  const auto text = read_file(path);
  if (!text) {
    EnvFile file;
    file.problems.push_back({.file = name, .message = text.error()});
    return file;
  }
  EnvFile file = parse_env_file(*text, name);
  constexpr auto kOthers =
      std::filesystem::perms::others_read | std::filesystem::perms::others_write;
  if ((status.permissions() & kOthers) != std::filesystem::perms::none) {
    file.warnings.push_back(
        {.file = name,
         .message = fmt::format("other users of this machine can open it, and it holds the token; "
                                "run chmod 600 {}",
                                name)});
  }
  return file;
}

}  // namespace hassette::config
