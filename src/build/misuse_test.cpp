// What Clang 19 says about calls that are nearly right, and what becomes of it.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "build/diagnostics.hpp"

namespace hassette::build {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string explained(std::string_view output) {
  const DiagnosticScope scope{.source = "/home/apps/lamp.cpp", .include_dir = "/engine/include"};
  return format_diagnostics(explain(parse_diagnostics(output), scope), "/home");
}

// As scheduler.hpp's functions are offered for a call that fits none of them.
std::string candidate(std::string_view reason) {
  return fmt::format(
      "/engine/include/hassette/scheduler.hpp:146:72: note: candidate function template not "
      "viable: {}\n",
      reason);
}

std::string no_match(std::string_view function, std::string_view line) {
  return fmt::format(
      "/home/apps/lamp.cpp:6:24: error: no matching member function for call to '{}'\n"
      "    6 | {}\n",
      function, line);
}

TEST(Misuse, asks_for_the_options_that_a_registration_lacks) {
  constexpr std::string_view kOptions =
      "apps/lamp.cpp:6:24: error: every registration needs its options with a name: add {.name = "
      "\"…\"}\n";
  EXPECT_THAT(explained(no_match("run_in", "    co_await scheduler.run_in(3s, &Lamp::off);") +
                        candidate("requires at least 3 arguments, but 2 were provided")),
              StartsWith(kOptions));
  EXPECT_THAT(
      explained(no_match("register_job", "    co_await scheduler.register_job(&Lamp::off);") +
                candidate("requires at least 2 arguments, but 1 was provided")),
      StartsWith(kOptions));
  EXPECT_THAT(
      explained(no_match("on", "    co_await bus.on(\"timer.finished\", &Lamp::off);") +
                "/engine/include/hassette/bus.hpp:99:81: note: candidate function template not "
                "viable: requires at least 3 arguments, but 2 were provided\n"),
      StartsWith(kOptions));
  EXPECT_THAT(
      explained(no_match("run_in", "    co_await scheduler.run_in(3s, &Lamp::off, \"off\");") +
                candidate("no known conversion from 'const char[4]' to 'JobOptions' for 3rd "
                          "argument")),
      StartsWith("apps/lamp.cpp:6:24: error: the options are a list in braces: {.name = "
                 "\"…\"}\n"));
}

TEST(Misuse, leaves_a_call_alone_whose_options_are_there_or_that_registers_nothing) {
  for (const std::string& output :
       {no_match("run_in", "    co_await scheduler.run_in(&Lamp::off, {.name = \"off\"});") +
            candidate("requires at least 3 arguments, but 2 were provided"),
        no_match("mix", "    colours.mix(1, 2);") +
            "/home/apps/colours.hpp:9:3: note: candidate function not viable: requires at least 3 "
            "arguments, but 2 were provided\n"}) {
    EXPECT_THAT(explained(output), HasSubstr("error: no matching member function for call to"));
  }
}

TEST(Misuse, says_how_an_event_of_the_sun_is_written) {
  constexpr std::string_view kSunset =
      "error: write SunEvent::sunset(), with parentheses and without quotes; text such as "
      "\"sunset-30min\" is for run_daily and run_once\n";
  EXPECT_THAT(explained(no_match("run_at_sun",
                                 "  scheduler.run_at_sun(SunEvent::sunset, &Lamp::off, "
                                 "{.name = \"off\"});") +
                        candidate("no known conversion from 'SunEvent ()' to 'SunEvent' for 1st "
                                  "argument")),
              HasSubstr(kSunset));
  EXPECT_THAT(
      explained(
          no_match("run_at_sun",
                   "  scheduler.run_at_sun(\"sunset\", &Lamp::off, {.name = \"off\"});") +
          candidate("no known conversion from 'const char[7]' to 'SunEvent' for 1st argument") +
          candidate("requires at least 4 arguments, but 3 were provided")),
      HasSubstr(kSunset));
  EXPECT_THAT(explained("/home/apps/lamp.cpp:6:9: error: no viable conversion from 'SunEvent "
                        "(Twilight)' to 'SunEvent'\n"
                        "    6 |   AtSun{SunEvent::dusk}\n"),
              HasSubstr("error: write SunEvent::dusk(), with"));
}

TEST(Misuse, takes_a_service_and_its_domain_apart) {
  EXPECT_THAT(explained("/home/apps/lamp.cpp:6:48: error: initialization of non-aggregate type "
                        "'std::string' (aka 'basic_string<char>') with a designated initializer "
                        "list\n"
                        "    6 |     co_await api.call_service(\"fan.turn_off\", {.data = {}});\n"
                        "/engine/include/hassette/api.hpp:69:39: note: passing argument to "
                        "parameter 'service' here\n"),
              StartsWith("apps/lamp.cpp:6:48: error: domain and service are two arguments: "
                         "api.call_service(\"fan\", \"turn_off\", …)\n"));
  EXPECT_THAT(explained("/home/apps/lamp.cpp:6:46: error: too few arguments to function call, "
                        "expected at least 2, have 1\n"
                        "    6 |     co_await api.call_service(\"fan/toggle\");\n"
                        "/engine/include/hassette/api.hpp:68:49: note: 'call_service' declared "
                        "here\n"),
              HasSubstr("two arguments: api.call_service(\"fan\", \"toggle\", …)\n"));
  EXPECT_THAT(explained("/home/apps/lamp.cpp:6:46: error: too few arguments to function call, "
                        "expected at least 2, have 1\n"
                        "    6 |     co_await api.call_service(service);\n"
                        "/engine/include/hassette/api.hpp:68:49: note: 'call_service' declared "
                        "here\n"),
              HasSubstr("two arguments: api.call_service(\"light\", \"turn_on\", …)\n"));
  EXPECT_THAT(explained("/home/apps/lamp.cpp:6:46: error: too few arguments to function call, "
                        "expected at least 2, have 1\n"
                        "/home/apps/lamp.cpp:2:5: note: 'mix' declared here\n"),
              HasSubstr("error: too few arguments to function call"));
}

std::string ambiguous(std::string_view name, std::string_view theirs, std::string_view ours,
                      std::string_view line) {
  return fmt::format(
      "/home/apps/lamp.cpp:6:14: error: reference to '{}' is ambiguous\n"
      "    6 | {}\n"
      "/home/apps/lamp.cpp:4:7: note: candidate found by name lookup is '{}'\n"
      "/engine/include/hassette/window.hpp:87:21: note: candidate found by name lookup is '{}'\n",
      name, line, theirs, ours);
}

TEST(Misuse, says_that_hassette_has_a_class_of_the_same_name_and_what_to_do) {
  const auto explained_at = [](std::string_view theirs, std::string_view line) {
    return explained(ambiguous("Window", theirs, "hassette::Window", line));
  };
  constexpr std::string_view kBoth =
      "apps/lamp.cpp:6:14: error: there are two of the name `Window`, yours and hassette::Window: "
      "give yours another name, or put it";
  EXPECT_THAT(
      explained_at("Window", "  std::vector<Window> all;"),
      AllOf(StartsWith(fmt::format("{} into a named namespace, or write ::Window here\n", kBoth)),
            Not(HasSubstr("candidate"))));
  // Neither would compile.
  EXPECT_THAT(explained_at("(anonymous namespace)::Window", "  std::vector<Window> all;"),
              StartsWith(fmt::format("{} into a named namespace\n", kBoth)));
  EXPECT_THAT(
      explained_at("Window", "HASSETTE_APP(Window)"),
      StartsWith(fmt::format("{}, with its HASSETTE_APP, into a named namespace\n", kBoth)));
}

TEST(Misuse, names_both_where_two_libraries_have_a_name) {
  EXPECT_THAT(explained(ambiguous("Every", "cron::Every", "hassette::Every", "  Every day;")),
              HasSubstr("error: `Every` may be cron::Every or hassette::Every: write in full the "
                        "one that you mean\n"));
  EXPECT_THAT(explained(ambiguous("Every", "cron::Every", "Every", "  Every day;")),
              HasSubstr("error: reference to 'Every' is ambiguous\n"));
}

TEST(Misuse, does_not_ask_for_a_task_where_what_is_awaited_means_two_things) {
  constexpr std::string_view kNoCoroutine =
      "/home/apps/lamp.cpp:5:3: error: function returns a type 'Task<void>' marked with "
      "[[clang::coro_return_type]] but is neither a coroutine nor a coroutine wrapper\n";
  const std::string two = ambiguous("Window", "Window", "hassette::Window", "  &Window::open");
  EXPECT_THAT(explained(fmt::format("{}{}", two, kNoCoroutine)), Not(HasSubstr("lamp.cpp:5:3")));
  EXPECT_THAT(explained(fmt::format("{}/home/apps/lamp.cpp:9:1: error: expected ';'\n{}", two,
                                    kNoCoroutine)),
              HasSubstr("lamp.cpp:5:3: error: this returns a Task without being a coroutine"));
}

TEST(Misuse, says_that_a_std_function_holds_nothing_that_returns_a_task) {
  const auto held_in = [](std::string_view file, std::string_view member) {
    return explained(fmt::format(
        "/usr/include/c++/12/bits/{}: error: function returns a type 'Task<void>' marked with "
        "[[clang::coro_return_type]] but is neither a coroutine nor a coroutine wrapper\n"
        "/usr/include/c++/12/bits/std_function.h:451:35: note: in instantiation of member function "
        "'std::{}' requested here\n"
        "/home/apps/lamp.cpp:5:36: note: in instantiation of function template specialization "
        "'std::function<hassette::Task<void> ()>::function<(lambda at /home/apps/lamp.cpp:5:36), "
        "void>' requested here\n",
        file, member));
  };
  constexpr std::string_view kHolds =
      "apps/lamp.cpp:5:36: error: a std::function cannot hold what returns a Task: pass the lambda "
      "itself, and where it needs a name first, keep it with auto";
  EXPECT_EQ(held_in("invoke.h:60:5",
                    "_Function_handler<hassette::Task<void> (), (lambda at "
                    "/home/apps/lamp.cpp:5:36)>::_M_invoke"),
            kHolds);
  EXPECT_EQ(held_in("std_function.h:583:7", "function<hassette::Task<int> ()>::operator()"),
            kHolds);
  EXPECT_EQ(
      explained("/usr/include/c++/12/bits/mofunc_impl.h:166:7: error: function returns a type "
                "'Task<void>' marked with [[clang::coro_return_type]] but is neither a "
                "coroutine nor a coroutine wrapper\n"
                "/home/apps/lamp.cpp:8:47: note: in instantiation of member function "
                "'std::move_only_function<hassette::Task<void> ()>::move_only_function' "
                "requested here\n"),
      "apps/lamp.cpp:8:47: error: a std::move_only_function cannot hold what returns a Task: "
      "pass the lambda itself, and where it needs a name first, keep it with auto");
}

TEST(Misuse, knows_that_a_task_without_a_type_has_no_result) {
  for (const std::string_view promise :
       {"Promise<void>",
        "ReferringPromise<void, const (lambda at /home/apps/lamp.cpp:7:5), false>"}) {
    EXPECT_EQ(explained(fmt::format("/home/apps/lamp.cpp:8:5: error: no member named "
                                    "'return_value' in '{}'\n",
                                    promise)),
              "apps/lamp.cpp:8:5: error: a Task<> has no result: co_await what stands behind "
              "co_return in a statement of its own, or say what the function returns, as in "
              "Task<int>");
  }
}

TEST(Misuse, asks_for_a_task_where_something_is_awaited) {
  const auto returning = [](std::string_view types) {
    return explained(
        fmt::format("/home/apps/lamp.cpp:9:8: error: this function cannot be a "
                    "coroutine: 'std::coroutine_traits<{}>' has no member named "
                    "'promise_type'\n",
                    types));
  };
  constexpr std::string_view kRule =
      "apps/lamp.cpp:9:8: error: a function with co_await or co_return returns a Task: write ";
  EXPECT_EQ(returning("void, Lamp &"), fmt::format("{}Task<> instead of void", kRule));
  EXPECT_EQ(returning("void"), fmt::format("{}Task<> instead of void", kRule));
  EXPECT_EQ(returning("bool, Lamp &, int"), fmt::format("{}Task<bool> instead of bool", kRule));
  EXPECT_EQ(returning("std::optional<int>, Lamp &"),
            fmt::format("{}Task<…> around what it returns now", kRule));
  EXPECT_EQ(explained("/home/apps/lamp.cpp:6:44: error: 'co_await' cannot be used in a function "
                      "with a deduced return type\n"),
            "apps/lamp.cpp:6:44: error: what awaits says what it returns: write -> Task<>, as in "
            "[this]() -> Task<> { … }");
}

TEST(Misuse, says_once_that_a_lambda_returns_no_task) {
  EXPECT_EQ(
      explained(
          "/home/apps/lamp.cpp:7:35: error: this function cannot be a coroutine: "
          "'std::coroutine_traits<void, const (lambda at /home/apps/lamp.cpp:7:35) &>' has no "
          "member named 'promise_type'\n"
          "/engine/include/hassette/callable.hpp:76:9: error: static assertion failed due to "
          "requirement 'requires { <<error-expression>>; }': a handler is a member function, "
          "a free function or a lambda whose parameters have types (no `auto`)\n"
          "/engine/include/hassette/scheduler.hpp:60:33: note: in instantiation of function "
          "template specialization 'hassette::signature_of<(lambda at "
          "/home/apps/lamp.cpp:7:35)>' requested here\n"
          "/home/apps/lamp.cpp:6:24: note: in instantiation of function template "
          "specialization 'hassette::Scheduler::run_in<(lambda at /home/apps/lamp.cpp:7:35)>' "
          "requested here\n"),
      "apps/lamp.cpp:7:35: error: a function with co_await or co_return returns a Task: write "
      "Task<> instead of void");
}

TEST(Misuse, asks_to_await_where_a_task_is_taken_for_its_result) {
  for (const char* message :
       {"no viable conversion from 'Task<int>' to 'int'",
        "no viable conversion from 'Task<State>' to 'std::string' (aka 'basic_string<char>')",
        "no viable conversion from returned value of type 'Task<int>' to function return type "
        "'int'",
        "no member named 'text' in 'hassette::Task<hassette::State>'",
        "member reference type 'Task<State>' is not a pointer; did you mean to use '.'?",
        "invalid operands to binary expression ('Task<int>' and 'int')",
        "invalid operands to binary expression ('int' and 'Task<int>')",
        "assigning to 'int' from incompatible type 'Task<int>'",
        "switch condition type 'Task<int>' requires explicit conversion to 'bool'"}) {
    EXPECT_EQ(explained(fmt::format("/home/apps/lamp.cpp:6:9: error: {}\n", message)),
              "apps/lamp.cpp:6:9: error: co_await it first: this uses the Task, not its result")
        << message;
  }
  EXPECT_EQ(explained("/home/apps/lamp.cpp:6:7: error: no viable overloaded '='\n"
                      "/engine/include/hassette/state.hpp:58:7: note: candidate function (the "
                      "implicit copy assignment operator) not viable: no known conversion from "
                      "'Task<State>' to 'const State' for 1st argument\n"),
            "apps/lamp.cpp:6:7: error: co_await it first: this uses the Task, not its result");
  EXPECT_THAT(explained("/home/apps/lamp.cpp:6:7: error: no viable conversion from 'Task<>' to "
                        "'const EntityId'\n"),
              HasSubstr("error: co_await it in a statement of its own: this Task has no result"));
}

TEST(Misuse, asks_to_await_what_is_logged_or_returned) {
  EXPECT_EQ(
      explained("/usr/include/fmt/core.h:2743:12: error: call to deleted constructor of "
                "'conditional_t<has_formatter<mapped_type, context>::value, "
                "formatter<mapped_type, char_type>, fallback_formatter<stripped_type, "
                "char_type>>' (aka 'fmt::detail::fallback_formatter<hassette::Task<int>>')\n"
                "/home/apps/lamp.cpp:6:17: note: in instantiation of function template "
                "specialization 'fmt::basic_format_string<char, "
                "hassette::Task<int>>::basic_format_string<char[3], 0>' requested here\n"
                "/usr/include/fmt/core.h:1735:47: error: call to deleted constructor of "
                "'hassette::Task<int>'\n"
                "/home/apps/lamp.cpp:6:12: note: in instantiation of function template "
                "specialization 'hassette::Logger::info<hassette::Task<int>>' requested here\n"),
      "apps/lamp.cpp:6:17: error: co_await it first: this uses the Task, not its result");
  EXPECT_EQ(explained("/engine/include/hassette/task.hpp:90:11: error: no matching member function "
                      "for call to 'emplace'\n"
                      "/home/apps/lamp.cpp:6:26: note: in instantiation of function template "
                      "specialization "
                      "'hassette::async::Promise<int>::return_value<hassette::Task<int>>' "
                      "requested here\n"),
            "apps/lamp.cpp:6:26: error: co_await it first: this uses the Task, not its result");
}

TEST(Misuse, says_nothing_of_a_text_that_is_compared_with_a_task) {
  constexpr std::string_view kWarning =
      "/home/apps/lamp.cpp:6:11: warning: result of comparison against a string literal is "
      "unspecified (use an explicit string comparison function instead) [-Wstring-compare]\n";
  EXPECT_EQ(explained(fmt::format("{}/home/apps/lamp.cpp:6:11: error: invalid operands to binary "
                                  "expression ('Task<State>' and 'const char[3]')\n",
                                  kWarning)),
            "apps/lamp.cpp:6:11: error: co_await it first: this uses the Task, not its result");
  EXPECT_THAT(explained(fmt::format("{}/home/apps/lamp.cpp:7:11: error: invalid operands to binary "
                                    "expression ('Task<State>' and 'int')\n",
                                    kWarning)),
              HasSubstr("6:11: warning: result of comparison"));
}

TEST(Misuse, leaves_a_task_alone_that_another_task_is_wanted_for) {
  for (const char* message :
       {"no viable conversion from 'Task<State>' to 'Task<(default) void>'",
        "no viable conversion from 'Task<>' to 'std::optional<Task<int>>'",
        "no viable conversion from 'int' to 'Task<int>'", "no member named 'task' in 'Lamp'"}) {
    EXPECT_THAT(explained(fmt::format("/home/apps/lamp.cpp:6:9: error: {}\n", message)),
                HasSubstr(message));
  }
}

TEST(Misuse, says_where_nothing_is_to_be_awaited) {
  constexpr std::string_view kPlain = ": error: this is not a Task: leave co_await out;";
  for (const char* type : {"std::optional<hassette::State>", "hassette::Found<hassette::State>"}) {
    EXPECT_THAT(explained(fmt::format("/home/apps/lamp.cpp:6:29: error: no member named "
                                      "'await_ready' in '{}'\n",
                                      type)),
                HasSubstr(kPlain));
  }
  EXPECT_THAT(explained("/home/apps/lamp.cpp:6:14: error: member reference base type 'void' is not "
                        "a structure or union\n"
                        "    6 |     co_await job.cancel();\n"),
              HasSubstr(kPlain));
  EXPECT_THAT(explained("/home/apps/lamp.cpp:6:15: error: member reference base type 'int' is not "
                        "a structure or union\n"
                        "    6 |     co_await n.wait();\n"),
              HasSubstr("member reference base type"));
}

TEST(Misuse, asks_for_the_address_of_a_handler) {
  constexpr std::string_view kWords =
      "error: reference to non-static member function must be called; did you mean to call it with "
      "no arguments?\n";
  EXPECT_EQ(
      explained(fmt::format("/home/apps/lamp.cpp:6:41: {}"
                            "    6 |     co_await scheduler.run_in(3s, Lamp::off, options);\n",
                            kWords) +
                no_match("run_in", "    co_await scheduler.run_in(3s, Lamp::off, options);") +
                "/engine/include/hassette/scheduler.hpp:146:72: note: candidate template "
                "ignored: substitution failure [with H = void]: argument may not have 'void' "
                "type\n"),
      "apps/lamp.cpp:6:41: error: write &Lamp::off to hand it on as a handler\n"
      "        co_await scheduler.run_in(3s, Lamp::off, options);\n"
      "                                            ^");
  EXPECT_THAT(explained(fmt::format("/home/apps/lamp.cpp:7:5: {}    7 |     off, options);\n"
                                    "/engine/include/hassette/handler.hpp:46:17: error: static "
                                    "assertion failed: a handler returns Task<> or void\n"
                                    "/home/apps/lamp.cpp:6:18: note: in instantiation of function "
                                    "template specialization "
                                    "'hassette::Bus::on<hassette::Task<void>>' requested here\n",
                                    kWords)),
              AllOf(HasSubstr("error: write &Class::off with the name of its class"),
                    Not(HasSubstr("6:18"))));
  EXPECT_THAT(
      explained(fmt::format("/home/apps/lamp.cpp:6:15: {}    6 |     if (lamp->is_on)\n", kWords)),
      HasSubstr("did you mean to call it with no arguments?"));
}

TEST(Misuse, says_nothing_of_a_coroutine_where_the_co_await_that_makes_it_one_is_forgotten) {
  const std::string not_awaited =
      "/home/apps/lamp.cpp:6:5: error: ignoring return value of function declared with 'nodiscard' "
      "attribute: co_await it: a Task does nothing until it is awaited [-Werror,-Wunused-result]\n";
  const auto no_coroutine = [](unsigned line) {
    return fmt::format(
        "/home/apps/lamp.cpp:{}:10: error: function returns a type 'Task<void>' marked with "
        "[[clang::coro_return_type]] but is neither a coroutine nor a coroutine wrapper\n",
        line);
  };
  EXPECT_EQ(explained(not_awaited + no_coroutine(5)),
            "apps/lamp.cpp:6:5: error: co_await it: a Task does nothing until it is awaited");
  EXPECT_THAT(explained(not_awaited + no_coroutine(8)),
              HasSubstr("lamp.cpp:8:10: error: this returns a Task without being a coroutine"));
}

TEST(Misuse, says_how_a_variable_is_logged) {
  EXPECT_THAT(
      explained("/home/apps/lamp.cpp:6:17: error: call to consteval function "
                "'hassette::LogFormat<>::LogFormat<std::basic_string<char>>' is not a constant "
                "expression\n/usr/include/c++/12/bits/basic_string.h:234:16: note: read of "
                "non-constexpr variable 's' is not allowed in a constant expression\n"),
      HasSubstr("what is no text in quotes is logged as a value: logger.info(\"{}\", …)"));
  EXPECT_THAT(
      explained("/home/apps/lamp.cpp:6:17: error: call to consteval function "
                "'hassette::LogFormat<int>::LogFormat<char[10]>' is not a constant expression\n"
                "/engine/include/hassette/log_format.hpp:89:9: note: non-constexpr function "
                "'this_text_has_fewer_braces_than_there_are_values_behind_it' cannot be used in a "
                "constant expression\n"),
      StartsWith("apps/lamp.cpp:6:17: error: this text has fewer braces than there are values "
                 "behind it"));
}

}  // namespace
}  // namespace hassette::build
