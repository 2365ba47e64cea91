#include "host/unnamed_apps.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

namespace hassette::host {

namespace fs = std::filesystem;

namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/// Copies a source without its comments and what its literals hold.
class Stripped {
 public:
  explicit Stripped(std::string_view source) : source_(source) {
    while (at_ < source_.size()) step();
  }
  std::string text() && { return std::move(text_); }

 private:
  void step() {
    const std::string_view rest = source_.substr(at_);
    if (rest.starts_with("\\\n")) {
      at_ += 2;  // the line goes on
    } else if (rest.starts_with("\\\r\n")) {
      at_ += 3;
    } else if (rest.starts_with("//")) {
      skip_line_comment();
    } else if (rest.starts_with("/*")) {
      const std::size_t end = source_.find("*/", at_ + 2);
      at_ = end == source_.npos ? source_.size() : end + 2;
      text_ += ' ';
    } else if (rest.front() == '"' && is_raw(last_word())) {
      skip_raw_literal();
    } else if (rest.front() == '"' || (rest.front() == '\'' && !is_number(last_word()))) {
      skip_literal(rest.front());
    } else {
      text_ += rest.front();
      ++at_;
    }
  }

  /// The one that has just been copied, if nothing stands between.
  std::string_view last_word() const {
    std::size_t begin = text_.size();
    while (begin > 0 && is_word(text_[begin - 1])) --begin;
    return std::string_view(text_).substr(begin);
  }
  static bool is_raw(std::string_view prefix) {
    return prefix == "R" || prefix == "LR" || prefix == "uR" || prefix == "UR" || prefix == "u8R";
  }
  /// 1'000 has no literal in it.
  static bool is_number(std::string_view word) {
    return !word.empty() && word.front() >= '0' && word.front() <= '9';
  }

  void skip_line_comment() {
    while (at_ < source_.size() && source_[at_] != '\n') {
      const std::string_view rest = source_.substr(at_);
      at_ += rest.starts_with("\\\n") ? 2 : rest.starts_with("\\\r\n") ? 3 : 1;
    }
  }

  /// Ends with its line at the latest: an apostrophe may stand in what is never compiled.
  void skip_literal(char quote) {
    ++at_;
    while (at_ < source_.size() && source_[at_] != quote && source_[at_] != '\n') {
      at_ += source_[at_] == '\\' ? 2 : 1;
    }
    if (at_ < source_.size() && source_[at_] == quote) ++at_;
    text_ += ' ';
  }

  void skip_raw_literal() {
    const std::size_t open = source_.find('(', at_);
    const std::string end = ')' + std::string(source_.substr(at_ + 1, open - at_ - 1)) + '"';
    const std::size_t close = open == source_.npos ? open : source_.find(end, open);
    at_ = close == source_.npos ? source_.size() : close + end.size();
    text_ += ' ';
  }

  std::string_view source_;
  std::size_t at_ = 0;
  std::string text_;
};

/// Follows the conditions of the preprocessor, as far as they are plain to see.
class Conditions {
 public:
  /// True for a line that is compiled, or may be. What a directive itself says makes no app.
  bool take(std::string_view line) {
    const bool is_directive = next_is(line, '#');
    if (!is_directive) return std::ranges::none_of(open_, &Branch::is_off);
    const std::string_view word = next_word(line);
    if (word.starts_with("if")) {
      const std::string_view condition = word == "if" ? next_word(line) : std::string_view();
      open_.push_back({.is_off = condition == "0" || condition == "false",
                       .was_taken = condition == "1" || condition == "true"});
    } else if (word == "endif") {
      if (!open_.empty()) open_.pop_back();
    } else if (word.starts_with("el") && !open_.empty()) {
      open_.back().is_off = open_.back().was_taken;
    }
    return false;
  }

 private:
  struct Branch {
    bool is_off;
    bool was_taken;  // so that none of those after it is
  };

  static void skip_blanks(std::string_view& line) {
    const auto blanks = std::ranges::find_if_not(line, is_blank) - line.begin();
    line.remove_prefix(static_cast<std::size_t>(blanks));
  }
  static bool next_is(std::string_view& line, char c) {
    skip_blanks(line);
    if (!line.starts_with(c)) return false;
    line.remove_prefix(1);
    return true;
  }
  static std::string_view next_word(std::string_view& line) {
    skip_blanks(line);
    const auto length = std::ranges::find_if_not(line, is_word) - line.begin();
    const std::string_view word = line.substr(0, static_cast<std::size_t>(length));
    line.remove_prefix(word.size());
    return word;
  }

  std::vector<Branch> open_;
};

bool uses_macro(std::string_view line) {
  constexpr std::string_view kMacro = "HASSETTE_APP";
  for (std::size_t at = line.find(kMacro); at != line.npos; at = line.find(kMacro, at + 1)) {
    std::string_view rest = line.substr(at + kMacro.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (rest.starts_with('(') && (at == 0 || !is_word(line[at - 1]))) return true;
  }
  return false;
}

bool holds_app(const fs::path& source) {
  std::ifstream file(source, std::ios::binary);
  return makes_an_app(std::string{std::istreambuf_iterator<char>(file), {}});
}

std::string sentence_about(const fs::path& folder, const std::string& name) {
  const std::string stem = fs::path(name).stem().string();
  // A table's name that needs no quotes; such a table's file goes without saying, too.
  const bool is_key = std::ranges::all_of(stem, [](char c) { return is_word(c) || c == '-'; });
  const std::string table = is_key
                                ? fmt::format("[hassette.apps.{}]", stem)
                                : fmt::format("[hassette.apps.NAME] with filename = \"{}\"", name);
  return fmt::format(
      "{} holds an app that no [hassette.apps.…] of hassette.toml names: it is not compiled. To "
      "run it, add {} (and class_name, if the file holds several); to leave it out and not be "
      "told, "
      "add that with enabled = false",
      (folder / name).string(), table);
}

}  // namespace

bool makes_an_app(std::string_view source) {
  const std::string text = Stripped(source).text();
  Conditions conditions;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (conditions.take(line) && uses_macro(line)) return true;
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return false;
}

std::vector<std::string> sources_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  while (!error && entry != fs::directory_iterator()) {
    std::error_code unknown;  // of what this one is, which does not keep the others
    const fs::path& file = entry->path();
    if (file.extension() == ".cpp" && entry->is_regular_file(unknown)) {
      names.push_back(file.filename().string());
    }
    entry.increment(error);
  }
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> unnamed_apps(const config::Settings& settings) {
  std::vector<std::string> sentences;
  for (const std::string& name : sources_in(settings.apps_dir)) {
    const bool is_named = std::ranges::any_of(settings.apps, [&](const auto& app) {
      // A table whose filename cannot be read means a file all the same, and has its own error.
      return app.first == fs::path(name).stem() ||
             fs::path(app.second.filename).lexically_normal() == name;
    });
    if (!is_named && holds_app(settings.apps_dir / name)) {
      sentences.push_back(sentence_about(settings.apps_dir.filename(), name));
    }
  }
  return sentences;
}

}  // namespace hassette::host
