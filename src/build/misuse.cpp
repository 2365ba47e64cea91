#include "build/misuse.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/service_name.hpp"
#include "build/marks.hpp"
#include "build/option_names.hpp"

namespace hassette::build {

namespace {

constexpr std::string_view kNotCalled = "reference to non-static member function must be called";
constexpr std::string_view kNoCoroutine = "this function cannot be a coroutine: ";
constexpr std::string_view kReturnsTask = "marked with [[clang::coro_return_type]]";
constexpr std::string_view kReference = "reference to '";
constexpr std::string_view kAmbiguous = "' is ambiguous";

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Zero where it is none.
unsigned number_in(std::string_view text) {
  unsigned number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool registers(const Diagnostic& note) {
  return note.file.ends_with("/hassette/bus.hpp") || note.file.ends_with("/hassette/scheduler.hpp");
}

// `scheduler.run_in(3s, &Lamp::off)`: one argument is missing, and no name is given.
std::optional<std::string> options_left_out(const Diagnostic& diagnostic) {
  if (!diagnostic.message.starts_with("no matching member function")) return {};
  const bool one_is_missing = std::ranges::any_of(diagnostic.notes, [](const Diagnostic& note) {
    const unsigned needed = number_in(between(note.message, "requires at least ", " argument"));
    return registers(note) && needed > 0 && needed == number_in(after(note.message, ", but ")) + 1;
  });
  const bool is_no_list = std::ranges::any_of(diagnostic.notes, [](const Diagnostic& note) {
    return registers(note) && contains(note.message, "Options' for ");
  });
  if (!one_is_missing && !is_no_list) return {};
  if (contains(call_at(diagnostic), ".name")) return {};
  return one_is_missing ? "every registration needs its options with a name: add {.name = \"…\"}"
                        : "the options are a list in braces: {.name = \"…\"}";
}

bool is_about_sun_event(std::string_view message) {
  return contains(message, "conversion from 'SunEvent (") ||
         (contains(message, "conversion from '") && (contains(message, "' to 'SunEvent'")));
}

// `SunEvent::sunset` is a function, "sunset" a text; neither is an event.
std::optional<std::string> sun_event(const Diagnostic& diagnostic) {
  const bool candidate_says_so = diagnostic.message.starts_with("no matching member function") &&
                                 std::ranges::any_of(diagnostic.notes, [](const Diagnostic& note) {
                                   return registers(note) && is_about_sun_event(note.message);
                                 });
  if (!candidate_says_so && !is_about_sun_event(diagnostic.message)) return {};
  std::string_view name = "sunset";
  std::size_t first = std::string::npos;
  for (const std::string_view event : {"sunrise", "sunset", "dawn", "dusk", "noon", "midnight"}) {
    const std::size_t at = diagnostic.source_line.find(event);
    if (at >= first) continue;
    first = at;
    name = event;
  }
  return fmt::format(
      "write SunEvent::{}(), with parentheses and without quotes; text such as \"sunset-30min\" is "
      "for run_daily and run_once",
      name);
}

// `api.call_service("light.turn_on", {…})`
std::optional<std::string> joined_service(const Diagnostic& diagnostic) {
  const auto has_note = [&](std::string_view text) {
    return std::ranges::find(diagnostic.notes, text, &Diagnostic::message) !=
           diagnostic.notes.end();
  };
  const bool list_for_text =
      (diagnostic.message.starts_with("initialization of non-aggregate type 'std::string'") ||
       diagnostic.message.starts_with("no matching constructor for initialization of "
                                      "'std::string'")) &&
      has_note("passing argument to parameter 'service' here");
  const bool alone = diagnostic.message.starts_with("too few arguments to function call") &&
                     diagnostic.message.ends_with("have 1") &&
                     has_note("'call_service' declared here");
  if (!list_for_text && !alone) return {};
  const std::string call = call_at(diagnostic);
  return base::two_arguments("api.call_service", between(call, "call_service(\"", "\""), {});
}

// `void off() { co_await … }`, and a lambda that does not say what it returns.
std::optional<std::string> no_task_returned(std::string_view message) {
  if (contains(message, "cannot be used in a function with a deduced return type")) {
    return "what awaits says what it returns: write -> Task<>, as in [this]() -> Task<> { … }";
  }
  if (!message.starts_with(kNoCoroutine)) return {};
  constexpr std::string_view kRule = "a function with co_await or co_return returns a Task";
  const std::string_view arguments = after(message, "coroutine_traits<");
  const std::string_view type = arguments.substr(0, arguments.find_first_of("<,>"));
  if (type == "void") return fmt::format("{}: write Task<> instead of void", kRule);
  if (type.empty() || arguments.substr(type.size()).starts_with('<')) {
    return fmt::format("{}: write Task<…> around what it returns now", kRule);
  }
  return fmt::format("{}: write Task<{}> instead of {}", kRule, type, type);
}

bool is_task(std::string_view type) {
  return type.starts_with("Task<") || type.starts_with("hassette::Task<");
}

// The Task that stands where its result is meant, as Clang names it; empty where there is none.
std::string_view task_taken_for_result(const Diagnostic& diagnostic) {
  const std::string_view message = diagnostic.message;
  const auto unless_for_a_task = [](std::string_view text) {
    const std::string_view wanted = between(text, "' to ", "' ");
    return contains(wanted.empty() ? after(text, "' to ") : wanted, "Task<")
               ? std::string_view()
               : between(text, " '", "'");
  };
  std::string_view type;
  if (message.starts_with("no viable conversion from ")) {
    type = unless_for_a_task(message);
  } else if (message.starts_with("invalid operands to binary expression ('")) {
    type = between(message, "('", "'");
    if (!is_task(type)) type = between(message, "' and '", "'");
  } else if (message.starts_with("no member named '")) {
    type = between(message, "' in '", "'");
  } else if (message.starts_with("assigning to '")) {
    type = between(message, "incompatible type '", "'");
  } else if (message.starts_with("member reference type '") ||
             message.starts_with("switch condition type '")) {
    type = between(message, "type '", "'");
  } else if (message.starts_with("no viable overloaded '='")) {
    for (const Diagnostic& note : diagnostic.notes) {
      type = unless_for_a_task(after(note.message, "no known conversion"));
      if (is_task(type)) break;
    }
  } else if (message.starts_with("call to deleted constructor of '")) {
    // `logger.info("{}", task)`
    type = between(message, "fmt::detail::fallback_formatter<", "'");
  } else if (message.starts_with("no matching member function for call to 'emplace'")) {
    // `co_return task;`
    for (const Diagnostic& note : diagnostic.notes) {
      type = between(note.message, "::return_value<", "'");
      if (is_task(type)) break;
    }
  }
  return is_task(type) ? type : std::string_view();
}

// `int n = count();`, `count() > 2`, `api.get_state(…).text()`: co_await is forgotten.
std::optional<std::string> result_not_awaited(const Diagnostic& diagnostic) {
  if (diagnostic.message.starts_with("no member named 'return_value' in '") &&
      contains(diagnostic.message, "Promise<void")) {
    return "a Task<> has no result: co_await what stands behind co_return in a statement of its "
           "own, or say what the function returns, as in Task<int>";
  }
  const std::string_view type = task_taken_for_result(diagnostic);
  if (type.empty()) return {};
  const std::string_view result = after(type, "Task<");
  if (result.starts_with("void>") || result.starts_with("(default) void>") ||
      result.starts_with('>')) {
    return "co_await it in a statement of its own: this Task has no result";
  }
  return "co_await it first: this uses the Task, not its result";
}

// `co_await states.get(…)`
std::optional<std::string> nothing_to_await(const Diagnostic& diagnostic) {
  const std::string_view line = diagnostic.source_line;
  const bool at_await =
      diagnostic.column > 0 && line.substr(0, diagnostic.column - 1).ends_with("co_await ");
  if (!diagnostic.message.starts_with("no member named 'await_ready' in ") &&
      !(at_await && diagnostic.message.starts_with("member reference base type "))) {
    return {};
  }
  return "this is not a Task: leave co_await out; reading the state, asking and cancelling are "
         "plain calls";
}

// `Lamp::off` or `off` where `&Lamp::off` is meant. With an object in front, as in `lamp->is_on`,
// the compiler's own words are right.
std::optional<std::string> address_left_out(const Diagnostic& diagnostic) {
  if (!diagnostic.message.starts_with(kNotCalled)) return {};
  const std::string_view line = diagnostic.source_line;
  if (diagnostic.column == 0 || diagnostic.column > line.size()) return {};
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ':';
  };
  std::size_t begin = diagnostic.column - 1;
  std::size_t end = begin;
  while (begin > 0 && is_part(line[begin - 1])) --begin;
  while (end < line.size() && is_part(line[end])) ++end;
  const std::string_view name = line.substr(begin, end - begin);
  const std::string_view before = line.substr(0, begin);
  const bool of_this = before.ends_with("this->");
  if (name.empty() || (!of_this && (before.ends_with("->") || before.ends_with('.')))) return {};
  if (contains(name, "::")) return fmt::format("write &{} to hand it on as a handler", name);
  return fmt::format(
      "write &Class::{} with the name of its class to hand it on as a handler, {}() to call it",
      name, name);
}

// `class Window` of an app that has `using namespace hassette`.
std::optional<std::string> name_of_two(const Diagnostic& diagnostic) {
  const std::string_view name = between(diagnostic.message, kReference, kAmbiguous);
  if (name.empty() || !diagnostic.message.starts_with(kReference)) return {};
  std::string_view ours;
  std::string_view theirs;
  for (const Diagnostic& note : diagnostic.notes) {
    const std::string_view candidate =
        between(note.message, "candidate found by name lookup is '", "'");
    if (candidate.starts_with("hassette::")) {
      ours = candidate;
    } else if (!candidate.empty()) {
      theirs = candidate;
    }
  }
  if (ours.empty() || theirs.empty()) return {};
  const bool is_unnamed = theirs.starts_with("(anonymous namespace)::");
  if (!is_unnamed && contains(theirs, "::")) {
    return fmt::format("`{}` may be {} or {}: write in full the one that you mean", name, theirs,
                       ours);
  }
  const std::string both = fmt::format("there are two of the name `{}`, yours and {}", name, ours);
  // The macro makes names of what it is given, so it takes no `::`.
  if (contains(diagnostic.source_line, "HASSETTE_APP(")) {
    return both +
           ": give yours another name, or put it, with its HASSETTE_APP, into a named "
           "namespace";
  }
  return both + ": give yours another name, or put it into a named namespace" +
         (is_unnamed ? std::string() : fmt::format(", or write ::{} here", name));
}

// A function in which a name means two things: what it awaits there is not seen, so that it passes
// for one that is no coroutine.
void drop_consequences_of_two_names(std::vector<Diagnostic>& raw) {
  bool after_two_names = false;
  std::erase_if(raw, [&](const Diagnostic& diagnostic) {
    if (name_of_two(diagnostic)) {
      after_two_names = true;
      return false;
    }
    const bool drops = after_two_names && contains(diagnostic.message, kReturnsTask);
    after_two_names = false;
    return drops;
  });
}

// `void open(std::function<Task<>()> work)`: what stands in the standard library is no coroutine.
std::optional<std::string> plain_function_returns_task(const Diagnostic& diagnostic) {
  if (!contains(diagnostic.message, kReturnsTask)) return {};
  const auto names = [&](std::string_view mark) {
    return std::ranges::any_of(
        diagnostic.notes, [&](const Diagnostic& note) { return contains(note.message, mark); });
  };
  std::string_view holder;
  if (names("std::move_only_function<hassette::Task<")) holder = "std::move_only_function";
  if (names("std::function<hassette::Task<") || names("std::_Function_handler<hassette::Task<")) {
    holder = "std::function";
  }
  if (!holder.empty()) {
    return fmt::format(
        "a {} cannot hold what returns a Task: pass the lambda itself, and where it needs a name "
        "first, keep it with auto",
        holder);
  }
  return "this returns a Task without being a coroutine: co_await inside it what it is to wait "
         "for, or end it with co_return";
}

// Once `Lamp::off` is taken for a call of it: what registers the result of that call.
bool is_about_result_of_call(const Diagnostic& diagnostic) {
  const bool finds_none = diagnostic.message.starts_with("no matching member function");
  return std::ranges::any_of(diagnostic.notes, [&](const Diagnostic& note) {
    return (finds_none && contains(note.message, "substitution failure [with H = void]")) ||
           (note.message.ends_with("<hassette::Task<void>>' requested here") &&
            (contains(note.message, "'hassette::Bus::") ||
             contains(note.message, "'hassette::Scheduler::")));
  });
}

// `api.get_state(…) == "on"`: the text is not what is wrong with it.
bool is_about_text_beside_error(const Diagnostic& warning, const std::vector<Diagnostic>& raw) {
  return warning.message.starts_with("result of comparison against a string literal") &&
         std::ranges::any_of(raw, [&](const Diagnostic& error) {
           return error.severity == Severity::kError && error.line == warning.line &&
                  error.file == warning.file;
         });
}

// `Task<> lit() { api.turn_on(…); }`: with its co_await it is a coroutine.
void drop_consequences_of_unawaited(std::vector<Diagnostic>& raw) {
  const Diagnostic* last = nullptr;
  std::vector<Diagnostic> kept;
  for (const Diagnostic& diagnostic : raw) {
    const bool follows = last != nullptr && contains(diagnostic.message, kReturnsTask) &&
                         last->file == diagnostic.file && last->line > diagnostic.line &&
                         contains(last->message, "'nodiscard' attribute: co_await it");
    if (!follows) kept.push_back(diagnostic);
    last = &diagnostic;
  }
  raw = std::move(kept);
}

// Of a handler that is a lambda with an error of its own.
bool is_about_broken_lambda(const Diagnostic& diagnostic) {
  const bool is_check = contains(diagnostic.message, "<<error-expression>>") &&
                        std::ranges::any_of(diagnostic.notes, [](const Diagnostic& note) {
                          return contains(note.message, "signature_of<(lambda at ");
                        });
  return is_check ||
         (diagnostic.message.starts_with("no viable conversion from returned value of type ") &&
          (contains(diagnostic.message, "::BoundWork<") ||
           contains(diagnostic.message, "::BoundHandler<")));
}

}  // namespace

std::optional<std::string> describe_misuse(const Diagnostic& diagnostic) {
  for (const auto describe :
       {result_not_awaited, options_left_out, sun_event, joined_service, name_of_two,
        nothing_to_await, address_left_out, plain_function_returns_task}) {
    if (auto text = describe(diagnostic)) return text;
  }
  return no_task_returned(diagnostic.message);
}

void drop_consequences(std::vector<Diagnostic>& raw) {
  const auto has = [&](std::string_view words) {
    return std::ranges::any_of(
        raw, [&](const Diagnostic& diagnostic) { return diagnostic.message.starts_with(words); });
  };
  const bool has_uncalled = has(kNotCalled);
  const bool has_no_coroutine = has(kNoCoroutine);
  std::vector<Diagnostic> kept;
  for (const Diagnostic& diagnostic : raw) {
    if (!is_about_text_beside_error(diagnostic, raw)) kept.push_back(diagnostic);
  }
  raw = std::move(kept);
  std::erase_if(raw, [&](const Diagnostic& diagnostic) {
    return (has_uncalled && is_about_result_of_call(diagnostic)) ||
           (has_no_coroutine && is_about_broken_lambda(diagnostic));
  });
  drop_consequences_of_two_names(raw);
  drop_consequences_of_unawaited(raw);
}

}  // namespace hassette::build
