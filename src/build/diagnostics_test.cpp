#include "build/diagnostics.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "build/option_names.hpp"
#include "build/test_support.hpp"

namespace hassette::build {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const DiagnosticScope kScope{.source = "/home/apps/lamp.cpp", .include_dir = "/engine/include"};

std::string explained(std::string_view output) {
  return format_diagnostics(explain(parse_diagnostics(output), kScope), "/home");
}

TEST(Diagnostics, keeps_a_plain_error_with_its_line) {
  EXPECT_EQ(explained("/home/apps/lamp.cpp:7:12: error: use of undeclared identifier 'lihgt'\n"
                      "    7 |     return lihgt;\n"
                      "      |            ^~~~~\n"
                      "1 error generated.\n"),
            "apps/lamp.cpp:7:12: error: use of undeclared identifier 'lihgt'\n"
            "        return lihgt;\n"
            "               ^");
}

TEST(Diagnostics, says_once_that_a_call_must_be_awaited) {
  EXPECT_EQ(
      explained("/home/apps/lamp.cpp:6:5: error: ignoring return value of function declared with "
                "'nodiscard' attribute: co_await it: a Task does nothing until it is awaited "
                "[-Werror,-Wunused-result]\n"
                "    6 |     api.turn_on(\"light.hall\");\n"
                "      |     ^~~~~~~~~~~\n"
                "/home/apps/lamp.cpp:6:5: error: invalid invocation of method '~Task' on a "
                "temporary object while it is in the 'unconsumed' state [-Werror,-Wconsumed]\n"),
      "apps/lamp.cpp:6:5: error: co_await it: a Task does nothing until it is awaited\n"
      "        api.turn_on(\"light.hall\");\n"
      "        ^");
}

TEST(Diagnostics, points_to_the_variable_that_holds_a_forgotten_task) {
  EXPECT_EQ(
      explained("/home/apps/lamp.cpp:6:10: error: unused variable 'turning' "
                "[-Werror,-Wunused-variable]\n"
                "/home/apps/lamp.cpp:8:5: error: invalid invocation of method '~Task' on object "
                "'turning' while it is in the 'unconsumed' state [-Werror,-Wconsumed]\n"),
      "apps/lamp.cpp:6:10: error: co_await `turning`: a Task does nothing until it is awaited");
}

TEST(Diagnostics, leaves_other_unused_variables_alone) {
  EXPECT_EQ(explained("/home/apps/lamp.cpp:6:10: error: unused variable 'x' "
                      "[-Werror,-Wunused-variable]\n"),
            "apps/lamp.cpp:6:10: error: unused variable 'x'");
}

TEST(Diagnostics, names_the_task_that_is_not_awaited_on_every_path) {
  EXPECT_EQ(explained("/home/apps/lamp.cpp:8:3: error: invalid invocation of method '~Task' on "
                      "object 'turning' while it is in the 'unknown' state [-Werror,-Wconsumed]\n"),
            "apps/lamp.cpp:8:3: error: co_await `turning` on every path that leads here: a Task "
            "does nothing until it is awaited");
}

TEST(Diagnostics, names_the_member_that_configuration_cannot_be_read_into) {
  EXPECT_EQ(
      explained("/engine/include/hassette/config.hpp:288:17: error: static assertion failed due to "
                "requirement 'kIsReadable<std::vector<std::pair<int, int>, "
                "std::allocator<std::pair<int, int>>>>': configuration cannot be read into a "
                "member of this type; use std::string or bool\n"
                "/engine/include/hassette/config.hpp:297:6: note: in instantiation of function "
                "template specialization 'hassette::config::detail::require_readable<MemberName<5>{"
                "\"pairs\"}, std::vector<std::pair<int, int>>>' requested here\n"
                "/home/apps/lamp.cpp:8:1: note: in instantiation of member function "
                "'hassette::plugin::Registration<Lamp>::Registration' requested here\n"),
      "apps/lamp.cpp:8:1: error: configuration cannot be read into `pairs`, a "
      "std::vector<std::pair<int, int>>; use std::string or bool");
}

TEST(Diagnostics, leads_from_the_engine_s_headers_to_the_author_s_line) {
  EXPECT_EQ(
      explained(
          "In file included from /home/apps/lamp.cpp:1:\n"
          "/engine/include/hassette/inject.hpp:93:17: error: static assertion failed due to "
          "requirement 'Part<int>': a handler cannot ask for this parameter type\n"
          "   93 |   static_assert(Part<P>,\n"
          "      |                 ^~~~~~~\n"
          "/engine/include/hassette/bus.hpp:48:44: note: in instantiation of function template "
          "specialization 'make_handler' requested here\n"
          "   48 |     return add(x);\n"
          "/home/apps/lamp.cpp:6:18: note: in instantiation of function template specialization "
          "'hassette::Bus::on_state_change' requested here\n"
          "    6 |     co_await bus.on_state_change();\n"
          "      |                  ^\n"
          "/engine/include/hassette/handler.hpp:65:15: error: no matching function\n"
          "   65 |       return x;\n"
          "2 errors generated.\n"),
      "apps/lamp.cpp:6:18: error: a handler cannot ask for this parameter type\n"
      "        co_await bus.on_state_change();\n"
      "                     ^");
}

TEST(Diagnostics, reads_the_sentence_in_a_consteval_function_s_name) {
  EXPECT_EQ(
      explained("/engine/include/hassette/options.hpp:30:22: error: call to consteval function "
                "'hassette::every_registration_needs_a_name_write_dot_name_equals_text' is not a "
                "constant expression\n"
                "/home/apps/lamp.cpp:6:56: note: in the default initializer of 'name'\n"
                "    6 |     co_await scheduler.run_daily(\"24:30\", &Lamp::off, {});\n"
                "/engine/include/hassette/options.hpp:30:22: note: undefined function "
                "'every_registration_needs_a_name_write_dot_name_equals_text' cannot be used in a "
                "constant expression\n"),
      "apps/lamp.cpp:6:56: error: every registration needs a name: write .name = \"…\"\n"
      "        co_await scheduler.run_daily(\"24:30\", &Lamp::off, {});\n"
      "                                                           ^");
}

TEST(Diagnostics, keeps_the_author_s_own_notes_only) {
  EXPECT_EQ(explained("/home/apps/lamp.cpp:7:44: error: no member named 'offf' in 'Lamp'\n"
                      "/home/apps/lamp.cpp:12:10: note: '::Lamp::off' declared here\n"
                      "/engine/include/hassette/app.hpp:3:1: note: candidate found\n"
                      "/home/apps/lamp.cpp:7:1: note: in instantiation of x requested here\n"),
            "apps/lamp.cpp:7:44: error: no member named 'offf' in 'Lamp'\n"
            "apps/lamp.cpp:12:10: note: '::Lamp::off' declared here");
}

constexpr std::string_view kUnit =
    "give a duration with a unit: 3s, 5min, or std::chrono::seconds(n)";

TEST(Diagnostics, asks_for_the_unit_of_a_duration) {
  EXPECT_EQ(explained("/home/apps/lamp.cpp:7:82: error: call to consteval function "
                      "'hassette::MaybeLength::MaybeLength<int>' is not a constant expression\n"
                      "/engine/include/hassette/length.hpp:29:5: note: non-constexpr function "
                      "'give_a_duration_with_a_unit' cannot be used in a constant expression\n"
                      "/home/apps/lamp.cpp:7:82: note: in call to 'MaybeLength<int>(5)'\n"),
            fmt::format("apps/lamp.cpp:7:82: error: {}", kUnit));
  EXPECT_EQ(explained("/home/apps/lamp.cpp:7:82: error: call to consteval function "
                      "'hassette::MaybeLength::MaybeLength<int &>' is not a constant expression\n"
                      "/home/apps/lamp.cpp:7:82: note: implicit use of 'this' pointer is only "
                      "allowed within the evaluation of a call to a 'constexpr' member function\n"),
            fmt::format("apps/lamp.cpp:7:82: error: {}", kUnit));
  EXPECT_EQ(explained("/home/apps/lamp.cpp:7:31: error: call to consteval function "
                      "'hassette::Length::Length<const char (&)[3]>' is not a constant expression\n"
                      "/engine/include/hassette/length.hpp:31:5: note: non-constexpr function "
                      "'give_a_duration_without_quotes' cannot be used in a constant expression\n"),
            "apps/lamp.cpp:7:31: error: give a duration without quotes: 3s, 5min, or a "
            "std::chrono::seconds of the app's config");
  EXPECT_EQ(explained("/home/apps/lamp.cpp:9:14: error: call to deleted function 'sleep': give a "
                      "duration with a unit: 3s, 5min, or std::chrono::seconds(n)\n"
                      "/usr/include/unistd.h:464:21: note: candidate function\n"),
            fmt::format("apps/lamp.cpp:9:14: error: {}", kUnit));
}

TEST(Diagnostics, asks_for_the_unit_in_a_config_struct_and_leaves_other_conversions_alone) {
  EXPECT_EQ(explained("/home/apps/lamp.cpp:3:45: error: no viable conversion from 'int' to "
                      "'std::chrono::seconds' (aka 'duration<long>')\n"),
            fmt::format("apps/lamp.cpp:3:45: error: {}", kUnit));
  EXPECT_EQ(explained("/home/apps/lamp.cpp:3:45: error: no viable conversion from 'int' to "
                      "'std::string' (aka 'basic_string<char>')\n"),
            "apps/lamp.cpp:3:45: error: no viable conversion from 'int' to 'std::string' (aka "
            "'basic_string<char>')");
}

TEST(Diagnostics, gives_the_reason_of_a_deleted_conversion) {
  EXPECT_EQ(explained("/home/apps/lamp.cpp:5:34: error: conversion function from 'std::string' "
                      "(aka 'basic_string<char>') to 'MomentOfDay' invokes a deleted function: "
                      "write the time as a literal\n"
                      "/engine/include/hassette/sun.hpp:89:3: note: 'MomentOfDay' has been "
                      "explicitly marked deleted here\n"),
            "apps/lamp.cpp:5:34: error: write the time as a literal");
}

TEST(Diagnostics, understands_both_linkers) {
  for (const char* linker : {"mold", "ld.lld"}) {
    EXPECT_EQ(explained(std::string(linker) +
                        ": error: undefined symbol: later(int)\n>>> referenced by app.o\n"
                        "clang++-19: error: linker command failed with exit code 1 (use -v to see "
                        "invocation)\n"),
              "apps/lamp.cpp: error: `later(int)` is declared but nowhere defined: an app is one "
              ".cpp file and its headers");
  }
}

TEST(Diagnostics, names_an_app_that_a_test_includes_as_its_author_does) {
  const DiagnosticScope scope{.source = "/home/tests/lamp_test.cpp",
                              .include_dir = "/engine/include",
                              .unit = "a test is one file"};
  EXPECT_EQ(format_diagnostics(
                explain(parse_diagnostics("In file included from /home/tests/lamp_test.cpp:3:\n"
                                          "/home/tests/../apps/lamp.cpp:5:9: error: no 'loger'\n"
                                          "mold: error: undefined symbol: later(int)\n"),
                        scope),
                "/home"),
            "apps/lamp.cpp:5:9: error: no 'loger'\n"
            "tests/lamp_test.cpp: error: `later(int)` is declared but nowhere defined: a test is "
            "one file");
}

TEST(Diagnostics, survives_any_text) {
  EXPECT_THAT(parse_diagnostics("\n\n|\n: error: \nerror: \nx:1: note: y\n:::error: z"),
              testing::Not(IsEmpty()));
  EXPECT_THAT(explain(parse_diagnostics("note: nothing to belong to\n"), kScope), IsEmpty());
  EXPECT_EQ(explained("fatal error: error writing file: No space left on device\n"),
            "error: error writing file: No space left on device");
}

TEST(Diagnostics, puts_the_caret_below_what_it_means) {
  const std::vector<Diagnostic> diagnostics{{.file = "/home/a.cpp",
                                             .line = 1,
                                             .column = 8,
                                             .message = "bad",
                                             .source_line = "\t\"°C\", x",
                                             .notes = {}}};
  EXPECT_EQ(format_diagnostics(diagnostics, "/home"),
            "a.cpp:1:8: error: bad\n    \t\"°C\", x\n    \t     ^");
}

TEST(Diagnostics, stops_after_ten_and_says_how_many_there_are_more) {
  std::vector<Diagnostic> diagnostics;
  for (int i = 0; i < 12; ++i) diagnostics.push_back({.message = "e" + std::to_string(i)});
  const std::string text = format_diagnostics(diagnostics, "/home");
  EXPECT_THAT(text, testing::EndsWith("error: e9\n… and 2 more problems"));
}

TEST(OptionNames, are_read_from_the_public_headers) {
  EXPECT_THAT(option_names(engine_include_dir(running_program()), "JobOptions"),
              testing::Contains("name"));
  EXPECT_THAT(option_names(engine_include_dir(running_program()), "StateChangeOptions"),
              testing::IsSupersetOf({"name", "changed_to", "duration"}));
}

TEST(OptionNames, read_a_call_to_its_end_past_the_statements_of_a_lambda) {
  const ScratchFolder folder(std::filesystem::temp_directory_path());
  const auto file = folder.path() / "lamp.cpp";
  write(file,
        "first();\nscheduler.run_in(3s, [this] {\n  say(\":(\");\n}, {.name = \"x\"});\nlast();\n");
  EXPECT_EQ(call_at({.file = file.string(), .line = 2}),
            "scheduler.run_in(3s, [this] {\n  say(\":(\");\n}, {.name = \"x\"});\n");
  EXPECT_EQ(call_at({.file = "/nowhere", .line = 2, .source_line = "f();"}), "f();");
}

TEST(OptionNames, finds_the_designators_of_a_call) {
  EXPECT_THAT(designators("bus.on(\"a, .b\", &X::y, {.name = \"n\", .where = f({.no = 1}),\n "
                          " .once = true});"),
              ElementsAre("name", "where", "once"));
}

}  // namespace
}  // namespace hassette::build
