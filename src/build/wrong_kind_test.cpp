// What Clang 19 says of values that are taken for something else, and what becomes of it;
// tests/compile_fail holds the mistakes themselves.
#include "build/wrong_kind.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace hassette::build {
namespace {

using testing::HasSubstr;
using testing::Optional;

Diagnostic error(std::string_view message, std::string_view source_line = {}) {
  return {.file = "/home/apps/lamp.cpp",
          .line = 6,
          .column = 5,
          .message = std::string(message),
          .source_line = std::string(source_line)};
}

Diagnostic with_note(Diagnostic diagnostic, std::string_view note,
                     std::string_view source_line = {}) {
  diagnostic.notes.push_back(error(note, source_line));
  diagnostic.notes.back().severity = Severity::kNote;
  return diagnostic;
}

TEST(WrongKind, of_a_state_that_was_looked_up_asks_for_a_part_with_an_arrow) {
  for (const std::string_view message :
       {"invalid operands to binary expression ('Found<State>' and 'const char[3]')",
        "invalid operands to binary expression ('const char[3]' and 'Found<State>')",
        "invalid operands to binary expression ('Found<Light>' and 'bool')",
        "invalid operands to binary expression ('D::MaybeStateOld<>' and 'const char[3]')",
        "no viable conversion from 'Found<State>' to 'std::string' (aka 'basic_string<char>')"}) {
    EXPECT_THAT(describe_wrong_kind(error(message)),
                Optional(HasSubstr("if there is one: ask for a "
                                   "part of it with ->")))
        << message;
  }
  EXPECT_THAT(
      describe_wrong_kind(with_note(error("no viable overloaded '='"),
                                    "candidate function not viable: no known conversion from "
                                    "'Found<State>' to 'const basic_string<char>' for 1st "
                                    "argument")),
      Optional(HasSubstr("with ->")));
}

TEST(WrongKind, of_a_state_at_hand_asks_for_a_part) {
  for (const std::string_view message :
       {"invalid operands to binary expression ('hassette::State' and 'const char[3]')",
        "invalid operands to binary expression ('hassette::states::Light' and 'const char[3]')",
        "invalid operands to binary expression ('D::StateNew<>' and 'const char[3]')",
        "no viable conversion from 'D::StateOld<>' to 'int'",
        "value of type 'hassette::State' is not contextually convertible to 'bool'"}) {
    EXPECT_THAT(describe_wrong_kind(error(message)),
                Optional(HasSubstr("this is a whole state: ask for a part of it, such as .text()")))
        << message;
  }
}

TEST(WrongKind, of_what_may_be_nothing_asks_what_it_is_then) {
  for (const std::string_view message :
       {"no viable conversion from 'std::optional<double>' to 'double'",
        "no viable conversion from returned value of type 'std::optional<int>' to function return "
        "type 'double'",
        "assigning to 'int' from incompatible type 'std::optional<int>'",
        "invalid operands to binary expression ('double' and 'std::optional<double>')"}) {
    EXPECT_THAT(describe_wrong_kind(error(message)), Optional(HasSubstr(".value_or(…)")))
        << message;
  }
}

TEST(WrongKind, of_json_asks_which) {
  for (const std::string_view message :
       {"no viable conversion from 'const Json' to 'double'",
        "assigning to 'double' from incompatible type 'const Json'",
        "value of type 'const Json' is not contextually convertible to 'bool'",
        "invalid operands to binary expression ('const Json' and 'int')"}) {
    EXPECT_THAT(describe_wrong_kind(error(message)), Optional(HasSubstr(".as_double()")))
        << message;
  }
  EXPECT_THAT(describe_wrong_kind(with_note(
                  error("no matching member function for call to 'emplace'"),
                  "in instantiation of function template specialization "
                  "'hassette::async::Promise<double>::return_value<const hassette::Json &>' "
                  "requested here")),
              Optional(HasSubstr(".as_double()")));
}

TEST(WrongKind, of_an_instant_asks_for_the_time_of_day) {
  for (const std::string_view message :
       {"invalid operands to binary expression ('LocalTime' and 'const char[6]')",
        "invalid operands to binary expression ('LocalTime' and 'TimeOfDay')",
        "invalid operands to binary expression ('TimePoint' (aka 'time_point<system_clock, "
        "std::chrono::duration<long, std::ratio<1, 1000000>>>') and 'const char[6]')"}) {
    EXPECT_THAT(describe_wrong_kind(error(message)),
                Optional(HasSubstr("time_of_day() > \"07:00\"")))
        << message;
  }
}

TEST(WrongKind, of_a_text_says_how_a_string_is_made) {
  for (const std::string_view message :
       {"no viable conversion from 'std::string_view' (aka 'basic_string_view<char>') to "
        "'const std::string' (aka 'const basic_string<char>')",
        "invalid operands to binary expression ('const char[2]' and 'std::string_view' (aka "
        "'basic_string_view<char>'))"}) {
    EXPECT_THAT(describe_wrong_kind(error(message)), Optional(HasSubstr("std::string(…)")))
        << message;
  }
}

TEST(WrongKind, of_data_that_look_like_members_names_them_as_data) {
  constexpr std::string_view kMessage =
      "initialization of non-aggregate type 'Json' with a designated initializer list";
  EXPECT_THAT(
      describe_wrong_kind(error(kMessage, "  co_await api.turn_on(\"light.x\", {.kelvin = 20});")),
      Optional(HasSubstr("{{\"kelvin\", …}}")));
  EXPECT_THAT(describe_wrong_kind(error(kMessage)), Optional(HasSubstr("{{\"brightness\", …}}")));
}

TEST(WrongKind, of_a_task_that_is_a_member_names_its_line) {
  constexpr std::string_view kMessage = "call to implicitly-deleted default constructor of 'Lamp'";
  constexpr std::string_view kNote =
      "default constructor of 'Lamp' is implicitly deleted because field 't_' has no default "
      "constructor";
  EXPECT_THAT(describe_wrong_kind(with_note(error(kMessage), kNote, "  Task<> t_;")),
              Optional(HasSubstr("`t_` of line 6: a Task is no member")));
  EXPECT_EQ(describe_wrong_kind(with_note(error(kMessage), kNote, "  Lamp& t_;")), std::nullopt);
}

TEST(WrongKind, leaves_the_rest_to_the_compiler) {
  for (const std::string_view message :
       {"no viable conversion from 'int' to 'EntityId'",
        "no viable conversion from 'Statement' to 'int'",
        "no viable conversion from 'std::string_view' (aka 'basic_string_view<char>') to 'int'",
        "invalid operands to binary expression ('Lamp' and 'int')",
        "use of undeclared identifier 'State'"}) {
    EXPECT_EQ(describe_wrong_kind(error(message)), std::nullopt) << message;
  }
}

}  // namespace
}  // namespace hassette::build
