#include "build/wrong_kind.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "build/marks.hpp"

namespace hassette::build {

namespace {

constexpr std::string_view kFound =
    "this is a whole state, if there is one: ask for a part of it with ->, such as ->text(), "
    "->attribute(…) or a view's ->value()";
constexpr std::string_view kState =
    "this is a whole state: ask for a part of it, such as .text(), .attribute(…) or a view's "
    ".value()";
constexpr std::string_view kMaybe =
    "this may be nothing: ask first, or say what it is then with .value_or(…)";
constexpr std::string_view kJson =
    "this is JSON of any kind: say which with .as_int(), .as_double(), .as_bool() or .as_string(), "
    "which throw where it is another; .attribute_as<double>(…) of a state is nothing then";
constexpr std::string_view kTime =
    "compare the time of day that the home's clocks show: local_now().time_of_day() > \"07:00\"";
constexpr std::string_view kText =
    "make a std::string of this text with std::string(…), put texts together with fmt::format, and "
    "keep with auto what is only looked at";

// How types of ours begin in Clang's words, without `const` and namespaces.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kKinds{{
    {"Found<", kFound},
    {"D::Maybe", kFound},
    {"D::StateNew<", kState},
    {"D::StateOld<", kState},
    {"states::", kState},
    {"State'", kState},
    {"std::optional<", kMaybe},
    {"optional<", kMaybe},
    {"Json'", kJson},
    {"Json &", kJson},
    {"LocalTime'", kTime},
    {"TimePoint'", kTime},
}};

// What to say of the type that a text begins with; empty where it is none of ours.
std::string_view advice_on(std::string_view type) {
  for (const std::string_view prefix : {"const ", "hassette::"}) {
    if (type.starts_with(prefix)) type.remove_prefix(prefix.size());
  }
  const auto* const kind =
      std::ranges::find_if(kKinds, [&](const auto& one) { return type.starts_with(one.first); });
  return kind == kKinds.end() ? std::string_view() : kind->second;
}

bool is_text(std::string_view type) {
  return type.starts_with("std::string_view'");
}

// `states.get(…) == "on"`, `now() > "07:00"`, `"a" + state.text()`
std::string_view wrong_operand(std::string_view message) {
  const std::string_view operands = after(message, "invalid operands to binary expression ('");
  if (operands.empty()) return {};
  const std::string_view left = advice_on(operands);
  const std::string_view other = after(operands, " and '");
  const std::string_view advice = left.empty() ? advice_on(other) : left;
  if (!advice.empty()) return advice;
  return is_text(operands) || is_text(other) ? kText : std::string_view();
}

// `double level = state.attribute("level");`, and where it is returned, handed on or asked whether.
std::string_view wrong_value(const Diagnostic& diagnostic) {
  for (const std::string_view words :
       {"no viable conversion from returned value of type '", "no viable conversion from '"}) {
    const std::string_view type = after(diagnostic.message, words);
    if (type.empty()) continue;
    if (is_text(type) && type.find("std::string' (aka") != type.npos) return kText;
    return advice_on(type);
  }
  if (diagnostic.message.ends_with("is not contextually convertible to 'bool'")) {
    return advice_on(after(diagnostic.message, "value of type '"));
  }
  if (diagnostic.message.starts_with("assigning to '")) {
    return advice_on(after(diagnostic.message, "from incompatible type '"));
  }
  return {};
}

// The compiler's words name no type; the notes do. `t = state.attribute("x");`, `co_return` of it.
std::string_view wrong_candidate(const Diagnostic& diagnostic) {
  std::string_view mark;
  if (diagnostic.message.starts_with("no viable overloaded '='"))
    mark = "no known conversion from '";
  if (diagnostic.message.starts_with("no matching member function for call to 'emplace'")) {
    mark = "::return_value<";
  }
  if (mark.empty()) return {};
  for (const Diagnostic& note : diagnostic.notes) {
    if (const auto advice = advice_on(after(note.message, mark)); !advice.empty()) return advice;
  }
  return {};
}

// `api.turn_on("light.x", {.brightness = 20})`
std::optional<std::string> data_as_members(const Diagnostic& diagnostic) {
  if (diagnostic.message !=
      "initialization of non-aggregate type 'Json' with a designated initializer list") {
    return {};
  }
  const std::string name(between(diagnostic.source_line, "{.", " ="));
  return fmt::format(
      "data are pairs of a name in quotes and a value, and the braces of the list around them: "
      "{{{{\"{}\", …}}}}",
      name.empty() ? "brightness" : name);
}

// `Task<> blinking_;`
std::optional<std::string> task_as_member(const Diagnostic& diagnostic) {
  if (!diagnostic.message.starts_with("call to implicitly-deleted default constructor of '")) {
    return {};
  }
  for (const Diagnostic& note : diagnostic.notes) {
    const std::string_view field = between(note.message, "because field '", "'");
    if (field.empty() || note.source_line.find("Task<") == std::string::npos) continue;
    return fmt::format(
        "`{}` of line {}: a Task is no member; co_await it where it is made, or let it run by "
        "itself with task_bucket.spawn(\"a name\", …) and keep what that returns",
        field, note.line);
  }
  return {};
}

}  // namespace

std::optional<std::string> describe_wrong_kind(const Diagnostic& diagnostic) {
  for (const std::string_view advice :
       {wrong_operand(diagnostic.message), wrong_value(diagnostic), wrong_candidate(diagnostic)}) {
    if (!advice.empty()) return std::string(advice);
  }
  if (auto text = data_as_members(diagnostic)) return text;
  return task_as_member(diagnostic);
}

}  // namespace hassette::build
