#include "build/missing_header.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace hassette::build {
namespace {

using testing::StartsWith;

std::string explained(std::string_view output) {
  const DiagnosticScope scope{.source = "/home/apps/lamp.cpp", .include_dir = "/engine/include"};
  return format_diagnostics(explain(parse_diagnostics(output), scope), "/home");
}

TEST(MissingHeader, is_named_for_what_the_library_has) {
  EXPECT_EQ(explained("/home/apps/lamp.cpp:5:8: error: no template named 'set' in namespace "
                      "'std'; did you mean 'get'?\n"),
            "apps/lamp.cpp:5:8: error: std::set needs #include <set>");
  EXPECT_EQ(
      explained("/home/apps/lamp.cpp:5:8: error: no member named 'cout' in namespace 'std'\n"),
      "apps/lamp.cpp:5:8: error: std::cout needs #include <iostream>; logger.info(…) writes "
      "into Hassette's log");
  EXPECT_EQ(
      explained("/home/apps/lamp.cpp:5:8: error: no type named 'mt19937' in namespace 'std'\n"),
      "apps/lamp.cpp:5:8: error: std::mt19937 needs #include <random>");
  EXPECT_EQ(explained("/home/apps/lamp.cpp:5:8: error: implicit instantiation of undefined "
                      "template 'std::basic_ifstream<char>'\n"),
            "apps/lamp.cpp:5:8: error: std::ifstream needs #include <fstream>");
  EXPECT_EQ(explained("/home/apps/lamp.cpp:5:8: error: no member named 'format' in namespace "
                      "'std'; did you mean 'fmt::format'?\n"),
            "apps/lamp.cpp:5:8: error: std::format is not in this library: fmt::format does the "
            "same");
}

TEST(MissingHeader, is_not_said_of_other_names) {
  EXPECT_THAT(explained("/home/apps/lamp.cpp:5:8: error: no member named 'lamp' in namespace "
                        "'std'\n"),
              StartsWith("apps/lamp.cpp:5:8: error: no member named 'lamp'"));
  EXPECT_THAT(explained("/home/apps/lamp.cpp:5:8: error: no member named 'set' in 'Lamp'\n"),
              StartsWith("apps/lamp.cpp:5:8: error: no member named 'set' in 'Lamp'"));
}

TEST(MissingHeader, stands_alone_without_what_follows_from_it) {
  EXPECT_EQ(explained("/home/apps/lamp.cpp:5:8: error: no template named 'set' in namespace "
                      "'std'; did you mean 'get'?\n"
                      "/home/apps/lamp.cpp:5:8: error: member 'get' cannot have template "
                      "arguments\n"
                      "/home/apps/lamp.cpp:9:3: error: use of undeclared identifier 'seen_'\n"
                      "/engine/include/hassette/app.hpp:138:53: error: no viable conversion from "
                      "returned value of type 'unique_ptr<Lamp>' to function return type "
                      "'unique_ptr<AppBase>'\n"
                      "/home/apps/lamp.cpp:11:1: note: in instantiation of member function "
                      "'hassette::plugin::Registration<Lamp>::create' requested here\n"),
            "apps/lamp.cpp:5:8: error: std::set needs #include <set>");
}

TEST(MissingHeader, leaves_mistakes_that_stand_before_it_or_have_nothing_to_do_with_it) {
  const std::string text = explained(
      "/home/apps/lamp.cpp:4:3: error: use of undeclared identifier 'hall'\n"
      "/home/apps/lamp.cpp:5:8: error: no template named 'set' in namespace 'std'\n"
      "/home/apps/lamp.cpp:7:3: error: expected ';' after expression\n");
  EXPECT_THAT(text, testing::HasSubstr("undeclared identifier 'hall'"));
  EXPECT_THAT(text, testing::HasSubstr("needs #include <set>"));
  EXPECT_THAT(text, testing::HasSubstr("expected ';'"));
}

}  // namespace
}  // namespace hassette::build
