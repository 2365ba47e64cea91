// explain(): from the compiler's words to the author's. What each rule looks for was taken from
// Clang 19's own output; tests/compile_fail holds the mistakes.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "build/diagnostics.hpp"
#include "build/marks.hpp"
#include "build/missing_header.hpp"
#include "build/misuse.hpp"
#include "build/option_names.hpp"
#include "build/wrong_kind.hpp"

namespace hassette::build {

namespace {

constexpr std::string_view kAwait = "co_await it: a Task does nothing until it is awaited";

// `./../a.hpp` as written in the compiler's output, against a folder.
bool is_below(const std::string& file, const std::filesystem::path& folder) {
  const auto relative =
      std::filesystem::path(file).lexically_normal().lexically_relative(folder.lexically_normal());
  return !relative.empty() && *relative.begin() != "..";
}

bool is_authors(const Diagnostic& place, const DiagnosticScope& scope) {
  if (place.file.empty() || place.file.starts_with('<')) return false;
  if (is_below(place.file, scope.source.parent_path())) return true;
  return !is_below(place.file, scope.include_dir) && !is_below(place.file, "/usr");
}

constexpr std::string_view kUnit =
    "give a duration with a unit: 3s, 5min, or std::chrono::seconds(n)";

// Names that are never defined and whose text is the message; see options.hpp, length.hpp and
// time.hpp.
std::string sentence_of(std::string_view name) {
  if (name == "give_a_duration_with_a_unit") return std::string(kUnit);
  if (name == "give_a_duration_without_quotes") {
    return "give a duration without quotes: 3s, 5min, or a std::chrono::seconds of the app's "
           "config";
  }
  if (name == "every_registration_needs_a_name_write_dot_name_equals_text") {
    return "every registration needs a name: write .name = \"…\"";
  }
  if (name == "a_time_of_day_reads_like_07_30_or_07_30_15_and_ends_at_23_59_59") {
    return "a time of day reads like \"07:30\" or \"07:30:15\" and ends at \"23:59:59\"";
  }
  if (name == "a_moment_reads_like_07_30_or_sunset_or_sunset_minus_30min") {
    return "a time of day reads like \"07:30\" or \"07:30:15\", an event of the sun like "
           "\"sunset\" or "
           "\"sunset-30min\"";
  }
  std::string text(name);
  std::ranges::replace(text, '_', ' ');
  return text;
}

// "call to consteval function … is not a constant expression": the reason stands in a note.
std::optional<std::string> consteval_reason(const Diagnostic& diagnostic) {
  if (diagnostic.message.find("call to consteval function") == std::string::npos) return {};
  for (const Diagnostic& note : diagnostic.notes) {
    if (const auto why = between(note.message, "on_error(&\"", "\"["); !why.empty()) {
      return fmt::format("this text and the values for its {{}} do not fit: {}", why);
    }
    for (const std::string_view kind : {"undefined function '", "non-constexpr function '"}) {
      const std::string_view name = between(note.message, kind, "'");
      if (std::ranges::count(name, '_') >= 4) return sentence_of(name);
    }
  }
  if (between(diagnostic.message, "'hassette::", "<") == "LogFormat") {
    return "this text and the values for its {} do not fit each other; what is no text in quotes "
           "is "
           "logged as a value: logger.info(\"{}\", …)";
  }
  // Of a member, the notes speak of `this`.
  const std::string_view given = between(diagnostic.message, "Length::", "'");
  if (given.find("Length<") == given.npos) return {};
  return sentence_of(given.find("char") == given.npos ? "give_a_duration_with_a_unit"
                                                      : "give_a_duration_without_quotes");
}

std::optional<std::string> wrong_option(const Diagnostic& diagnostic,
                                        const DiagnosticScope& scope) {
  if (diagnostic.message.find("no matching member function") == std::string::npos) return {};
  for (const Diagnostic& note : diagnostic.notes) {
    const std::string_view type =
        between(note.message, "cannot convert initializer list argument to '", "'");
    if (type.ends_with("Options") || type == "Target") {
      return describe_wrong_option(diagnostic, type, scope.include_dir);
    }
  }
  return {};
}

std::optional<std::string> static_assertion(std::string_view message) {
  constexpr std::string_view kPlain = "static assertion failed: ";
  constexpr std::string_view kRequirement = "static assertion failed due to requirement '";
  if (message.starts_with(kPlain)) return std::string(message.substr(kPlain.size()));
  if (!message.starts_with(kRequirement)) return {};
  const std::string_view text = after(message, "': ");
  return text.empty() ? std::nullopt : std::optional(std::string(text));
}

// `std::vector<std::pair<int, int>> steps;` in a config struct: the assertion stands in a header,
// and the author's line is that of HASSETTE_APP. See require_readable in config.hpp.
std::optional<std::string> unreadable_member(const Diagnostic& diagnostic) {
  constexpr std::string_view kAssertion = "configuration cannot be read into a member of this type";
  const std::string_view remedy = after(diagnostic.message, kAssertion);
  if (remedy.empty()) return {};
  for (const Diagnostic& note : diagnostic.notes) {
    const std::string_view frame = after(note.message, "require_readable<MemberName<");
    const std::string_view name = between(frame, "{\"", "\"}, ");
    const std::string_view type = between(frame, "\"}, ", ">' requested here");
    if (name.empty() || type.empty()) continue;
    return fmt::format("configuration cannot be read into `{}`, a {}{}", name, type, remedy);
  }
  return {};
}

// What a function was deleted with: its reason, whichever way it was come upon.
std::optional<std::string> deleted_with_reason(std::string_view message) {
  for (const std::string_view mark :
       {"attempt to use a deleted function: ", "invokes a deleted function: "}) {
    if (const auto text = after(message, mark); !text.empty()) return std::string(text);
  }
  if (message.starts_with("call to deleted function '")) {
    if (const auto text = after(message, "': "); !text.empty()) return std::string(text);
  }
  return {};
}

// `std::chrono::seconds off_after = 5;` in a config struct.
bool is_number_for_a_duration(std::string_view message) {
  constexpr std::array<std::string_view, 5> kNumbers{"int", "long", "unsigned int", "unsigned long",
                                                     "double"};
  return message.starts_with("no viable conversion from '") &&
         between(message, "' to '", "'").starts_with("std::chrono::") &&
         message.find("(aka 'duration<") != std::string_view::npos &&
         std::ranges::find(kNumbers, between(message, "from '", "'")) != kNumbers.end();
}

// The one sentence for a mistake that we know.
std::optional<std::string> sentence(const Diagnostic& diagnostic, const DiagnosticScope& scope) {
  const std::string& message = diagnostic.message;
  if (message.find("declared with 'nodiscard' attribute: ") != std::string::npos) {
    return std::string(after(message, "attribute: "));
  }
  if (message.starts_with("invalid invocation of method '~Task'")) {
    const std::string_view object = between(message, "on object '", "'");
    if (object.empty()) return std::string(kAwait);
    if (message.find("'unknown' state") != std::string::npos) {
      return fmt::format(
          "co_await `{}` on every path that leads here: a Task does nothing until it is awaited",
          object);
    }
    return fmt::format("co_await `{}`: a Task does nothing until it is awaited", object);
  }
  if (auto reason = deleted_with_reason(message)) return reason;
  if (is_number_for_a_duration(message)) return std::string(kUnit);
  if (message.starts_with("temporary whose address is used") ||
      message.starts_with("object backing the pointer")) {
    return "this Task refers to a temporary that is gone before it is awaited: co_await it in the "
           "same expression, or keep the value in a variable of its own";
  }
  if (auto text = unreadable_member(diagnostic)) return text;
  if (auto text = static_assertion(message)) return text;
  if (auto text = consteval_reason(diagnostic)) return text;
  if (auto text = wrong_option(diagnostic, scope)) return text;
  if (auto text = describe_misuse(diagnostic)) return text;
  if (auto text = describe_missing_header(diagnostic)) return text;
  return describe_wrong_kind(diagnostic);
}

// Lines such as "in instantiation of …" lead to a place and have nothing to say themselves.
bool says_something(const Diagnostic& note) {
  constexpr std::array<std::string_view, 8> kFrames{
      "in instantiation of", "in call to",  "expanded from", "while substituting",
      "in the default init", "in implicit", "because ",      "candidate template ignored"};
  return std::ranges::none_of(
      kFrames, [&](std::string_view frame) { return note.message.starts_with(frame); });
}

void move_to(Diagnostic& diagnostic, const Diagnostic& place) {
  diagnostic.file = place.file;
  diagnostic.line = place.line;
  diagnostic.column = place.column;
  diagnostic.source_line = place.source_line;
}

// A diagnostic on its way to the author.
struct Explained {
  Diagnostic diagnostic;
  bool known = false;    // has a sentence of ours
  bool foreign = false;  // stood in a header that is not the author's
};

// Objects that the compiler found to be unawaited Tasks.
std::set<std::string, std::less<>> unawaited_objects(const std::vector<Diagnostic>& raw) {
  std::set<std::string, std::less<>> names;
  for (const Diagnostic& diagnostic : raw) {
    if (!diagnostic.message.starts_with("invalid invocation of method '~Task'")) continue;
    if (diagnostic.message.find("'unconsumed' state") == std::string::npos) continue;
    names.emplace(between(diagnostic.message, "on object '", "'"));
  }
  return names;
}

// One forgotten co_await is reported where the variable is made and again where it ends: the first
// place is the author's, the second goes.
void merge_unused_tasks(std::vector<Diagnostic>& raw) {
  const auto unawaited = unawaited_objects(raw);
  std::set<std::string, std::less<>> merged;
  for (Diagnostic& diagnostic : raw) {
    const std::string_view name = between(diagnostic.message, "unused variable '", "'");
    if (name.empty() || !unawaited.contains(name)) continue;
    merged.emplace(name);
    diagnostic.message =
        fmt::format("co_await `{}`: a Task does nothing until it is awaited", name);
  }
  std::erase_if(raw, [&](const Diagnostic& diagnostic) {
    return diagnostic.message.starts_with("invalid invocation of method '~Task'") &&
           merged.contains(between(diagnostic.message, "on object '", "'"));
  });
}

// Nothing if it only repeats, without a place of the author's, what was said before it.
std::optional<Explained> explain_one(Diagnostic diagnostic, const DiagnosticScope& scope,
                                     bool follows) {
  Explained result;
  const auto text = sentence(diagnostic, scope);
  result.known = text.has_value() || diagnostic.message.starts_with("co_await `");
  result.foreign = !diagnostic.file.empty() && !is_authors(diagnostic, scope);
  if (result.foreign) {
    const auto frame = std::ranges::find_if(
        diagnostic.notes, [&](const Diagnostic& note) { return is_authors(note, scope); });
    if (frame != diagnostic.notes.end()) {
      move_to(diagnostic, *frame);
    } else if (follows) {
      return {};
    }
  }
  if (text) {
    diagnostic.message = *text;
    diagnostic.notes.clear();
  }
  std::erase_if(diagnostic.notes, [&](const Diagnostic& note) {
    return !is_authors(note, scope) || !says_something(note);
  });
  if (diagnostic.notes.size() > 3) diagnostic.notes.resize(3);
  result.diagnostic = std::move(diagnostic);
  return result;
}

// The linker names no place: say what an undefined symbol means.
bool explain_linking(Diagnostic& diagnostic, const DiagnosticScope& scope) {
  if (!diagnostic.file.empty()) return true;
  // The driver's summary of what was said already.
  if (diagnostic.message.starts_with("linker command failed")) return false;
  if (const auto name = after(diagnostic.message, "undefined symbol: "); !name.empty()) {
    diagnostic.file = scope.source.string();
    diagnostic.message = fmt::format("`{}` is declared but nowhere defined: {}", name, scope.unit);
  }
  return true;
}

}  // namespace

std::vector<Diagnostic> explain(std::vector<Diagnostic> raw, const DiagnosticScope& scope) {
  merge_unused_tasks(raw);
  drop_consequences(raw);
  drop_consequences_of_missing_headers(raw);
  std::vector<Explained> explained;
  for (Diagnostic& diagnostic : raw) {
    if (diagnostic.severity == Severity::kNote || !explain_linking(diagnostic, scope)) continue;
    if (auto one = explain_one(std::move(diagnostic), scope, !explained.empty())) {
      explained.push_back(std::move(*one));
    }
  }
  // Where one of our sentences stands, what else went wrong in our headers for it is noise.
  std::set<std::pair<std::string, unsigned>> known;
  for (const Explained& one : explained) {
    if (one.known) known.emplace(one.diagnostic.file, one.diagnostic.line);
  }
  std::vector<Diagnostic> result;
  std::set<std::tuple<std::string, unsigned, std::string>> seen;
  for (Explained& one : explained) {
    Diagnostic& diagnostic = one.diagnostic;
    if (one.foreign && !one.known && known.contains({diagnostic.file, diagnostic.line})) continue;
    if (!seen.emplace(diagnostic.file, diagnostic.line, diagnostic.message).second) continue;
    result.push_back(std::move(diagnostic));
  }
  return result;
}

}  // namespace hassette::build
