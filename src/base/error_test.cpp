#include <hassette/error.hpp>

#include <gtest/gtest.h>

#include <type_traits>

#include "base/assert.hpp"

namespace hassette {
namespace {

TEST(Error, carries_code_message_and_context) {
  const Error error("not_found", "there is no light.attic", "light.turn_on");
  EXPECT_EQ(error.code(), "not_found");
  EXPECT_EQ(error.message(), "there is no light.attic");
  EXPECT_EQ(error.context(), "light.turn_on");
  EXPECT_STREQ(error.what(), "light.turn_on: there is no light.attic");
}

TEST(Error, says_only_its_message_without_context) {
  const Error error("timeout", "no answer within 10 s");
  EXPECT_STREQ(error.what(), "no answer within 10 s");
  EXPECT_EQ(error.message(), "no answer within 10 s");
  EXPECT_EQ(error.context(), "");
}

TEST(Error, stays_whole_when_it_is_moved) {
  Error first("a", "b", "c");
  const Error second = std::move(first);
  EXPECT_STREQ(second.what(), "c: b");
  static_assert(std::is_nothrow_move_constructible_v<Error>);
}

TEST(Error, is_caught_by_its_base) {
  EXPECT_THROW(throw TimeoutError("late"), Error);
  EXPECT_THROW(throw ConfigError("wrong"), std::exception);
  EXPECT_EQ(TimeoutError("late").code(), "timeout");
  EXPECT_EQ(ConfigError("wrong").code(), "config");
}

TEST(Assert, throws_with_its_place_and_expression) {
  const int value = 3;
  HASSETTE_ASSERT(value == 3, "this holds");
  try {
    HASSETTE_ASSERT(value == 4, "the value must be four");
    FAIL() << "the assertion passed";
  } catch (const LogicError& error) {
    EXPECT_EQ(error.code(), "logic");
    EXPECT_EQ(error.message(), "the value must be four (`value == 4` does not hold)");
    EXPECT_EQ(error.context().substr(0, 15), "error_test.cpp:");
  }
}

}  // namespace
}  // namespace hassette
