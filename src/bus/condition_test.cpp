#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <hassette/condition.hpp>
#include <hassette/error.hpp>

namespace hassette {
namespace {

using bus::Value;
using testing::AllOf;
using testing::HasSubstr;

/// As of a state's text.
bool text(const Condition& condition, std::string_view value) {
  return condition(Value(value));
}
/// As of an attribute.
bool json(const Condition& condition, const Json& value) {
  return condition(value);
}
bool absent(const Condition& condition) {
  return condition(Value());
}
bool change(const ChangeCondition& condition, std::string_view was, std::string_view is) {
  return condition(Value(was), Value(is));
}

TEST(Condition, compares_text_exactly) {
  EXPECT_TRUE(text("on", "on"));
  EXPECT_FALSE(text("on", "On"));
  EXPECT_FALSE(text("on", "on "));
  EXPECT_FALSE(json("255", 255));
  EXPECT_FALSE(absent("on"));
  EXPECT_FALSE(json("null", nullptr));
}

TEST(Condition, reads_text_as_the_literals_kind) {
  for (const char* yes : {"on", "true", "True", "yes", "1", " ON "}) EXPECT_TRUE(text(true, yes));
  for (const char* no : {"off", "false", "no", "0"}) EXPECT_TRUE(text(false, no));
  for (const char* neither : {"unavailable", "", "2", "onn"}) {
    EXPECT_FALSE(text(true, neither)) << neither;
    EXPECT_FALSE(text(false, neither)) << neither;
  }
  for (const char* twenty : {"20", "20.0", "+20", " 20 ", "2e1"}) EXPECT_TRUE(text(20, twenty));
  for (const char* other : {"20.5", "unknown", "", "20 °C", "0x14"}) EXPECT_FALSE(text(20, other));
  EXPECT_TRUE(text(20.5, "20.50"));
  EXPECT_TRUE(json(20, 20.0));
  EXPECT_TRUE(json(true, true));
  EXPECT_FALSE(json(1, true)) << "a boolean is no number";
  EXPECT_FALSE(absent(true));
  EXPECT_FALSE(absent(0));
}

TEST(Condition, tells_large_whole_numbers_apart) {
  EXPECT_TRUE(text(std::int64_t{9007199254740993}, "9007199254740993"));
  EXPECT_FALSE(text(std::int64_t{9007199254740993}, "9007199254740992"));
}

TEST(Condition, takes_no_number_that_is_not_finite) {
  for (const char* odd : {"nan", "inf", "-inf", "NaN", "1e999"}) {
    EXPECT_FALSE(text(C::above(0), odd)) << odd;
    EXPECT_FALSE(text(C::below(0), odd)) << odd;
    EXPECT_FALSE(text(C::not_equal(1), odd)) << odd;
  }
}

TEST(Condition, accepts_any_of_several_literals) {
  const Condition open = {"on", "open", true};
  EXPECT_TRUE(text(open, "open"));
  EXPECT_TRUE(text(open, "yes"));
  EXPECT_FALSE(text(open, "closed"));
  EXPECT_EQ(open.summary(), R"(one of "on", "open", true)");
  const Condition one = {"on"};
  EXPECT_TRUE(text(one, "on"));
  EXPECT_EQ(one.summary(), R"("on")");
}

TEST(Condition, accepts_everything_by_default) {
  EXPECT_FALSE(Condition().is_set());
  EXPECT_TRUE(text({}, "x"));
  EXPECT_TRUE(absent({}));
  EXPECT_EQ(Condition().summary(), "anything");
  EXPECT_TRUE(ChangeCondition()(Value(), Value()));
}

bool is_even(const Json& value) {
  return value.is_int() && value.as_int() % 2 == 0;
}

TEST(Condition, asks_a_function_in_the_kind_that_it_takes) {
  EXPECT_TRUE(text([](double degrees) { return degrees > 20; }, "20.5"));
  EXPECT_FALSE(text([](double) { return true; }, "unknown")) << "not asked of what is no number";
  EXPECT_TRUE(text([](bool on) { return !on; }, "off"));
  EXPECT_FALSE(text([](bool) { return true; }, "unavailable"));
  EXPECT_TRUE(text([](std::string_view is) { return is.size() == 2; }, "on"));
  EXPECT_TRUE(text([](const std::string& is) { return is == "on"; }, "on"));
  EXPECT_FALSE(json([](std::string_view) { return true; }, 5));
  EXPECT_TRUE(text([](const Json& value) { return value.is_string(); }, "20"));
  EXPECT_TRUE(json([](const auto& value) { return value.is_null(); }, nullptr));
  EXPECT_TRUE(json(is_even, 4));
  EXPECT_FALSE(json(&is_even, 5));
  const Condition here = [](double) { return true; };
  EXPECT_THAT(here.summary(), HasSubstr("condition_test.cpp:"));
}

TEST(Condition, asks_of_text) {
  EXPECT_TRUE(text(C::glob("li*t"), "light"));
  EXPECT_TRUE(text(C::starts_with("play"), "playing"));
  EXPECT_TRUE(text(C::ends_with("ing"), "playing"));
  EXPECT_TRUE(text(C::contains("lay"), "playing"));
  for (const Condition& of_text :
       {C::glob("*"), C::starts_with(""), C::ends_with(""), C::contains(""), C::regex("")}) {
    EXPECT_TRUE(text(of_text, ""));
    EXPECT_FALSE(json(of_text, 5)) << of_text.summary();
    EXPECT_FALSE(absent(of_text)) << of_text.summary();
  }
}

TEST(Condition, matches_a_regular_expression_from_the_start) {
  EXPECT_TRUE(text(C::regex("a+b"), "aab and more"));
  EXPECT_FALSE(text(C::regex("b"), "ab"));
  EXPECT_TRUE(text(C::regex("(on|off)$"), "off"));
  EXPECT_FALSE(text(C::regex("(on|off)$"), "office"));
}

TEST(Condition, survives_a_regular_expression_that_explodes_elsewhere) {
  EXPECT_FALSE(text(C::regex("(a+)+b"), std::string(200, 'a')));
  EXPECT_TRUE(text(C::regex("(a|b)*"), std::string(100'000, 'a')))
      << "and recurses for each letter";
}

TEST(Condition, refuses_a_pattern_that_is_none) {
  const auto refusal = [](const auto& make) -> std::string {
    try {
      make();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "registration");
      return error.what();
    }
    return "not refused";
  };
  EXPECT_THAT(refusal([] { C::regex("(a"); }),
              AllOf(HasSubstr(R"(C::regex("(a") is no regular expression)"),
                    HasSubstr("condition_test.cpp:")));
  EXPECT_THAT(refusal([] { C::regex(R"((a)\1)"); }), HasSubstr("back-references"));
  EXPECT_THAT(refusal([] { C::between(3, 2); }), HasSubstr("write the smaller number first"));
}

TEST(Condition, tells_absent_from_null) {
  EXPECT_TRUE(absent(C::missing()));
  EXPECT_FALSE(absent(C::present()));
  EXPECT_TRUE(json(C::present(), nullptr));
  EXPECT_TRUE(json(C::is_none(), nullptr));
  EXPECT_FALSE(absent(C::is_none()));
  EXPECT_TRUE(absent(C::is_not_none()));
  EXPECT_FALSE(json(C::is_not_none(), nullptr));
  EXPECT_FALSE(json(C::is_none(), "None"));
}

TEST(Condition, converts_nothing_for_exact) {
  EXPECT_TRUE(json(C::exact(20), 20.0));
  EXPECT_FALSE(text(C::exact(20), "20"));
  EXPECT_FALSE(text(C::exact(true), "on"));
  EXPECT_TRUE(text(C::exact("on"), "on"));
  EXPECT_TRUE(json(C::exact(Json::array({255, 0, 0})), Json::array({255, 0, 0})));
}

TEST(Condition, asks_of_a_collection) {
  EXPECT_TRUE(text(C::is_in({"heat", "cool"}), "cool"));
  EXPECT_FALSE(text(C::not_in({"heat", "cool"}), "cool"));
  EXPECT_TRUE(text(C::not_in({"heat", "cool"}), "off"));
  EXPECT_TRUE(absent(C::not_in({"heat"})));
  EXPECT_FALSE(text(C::is_in(std::vector<Json>()), "off"));
  const Json effects = Json::array({"rainbow", "fire", 3});
  EXPECT_TRUE(json(C::intersects({"fire", "snow"}), effects));
  EXPECT_FALSE(json(C::intersects({"snow"}), effects));
  EXPECT_TRUE(json(C::not_intersects({"snow"}), effects));
  EXPECT_FALSE(text(C::intersects({"fire"}), "fire")) << "text is no array";
  EXPECT_TRUE(text(C::not_intersects({"fire"}), "fire"));
  EXPECT_TRUE(json(C::is_or_contains("fire"), effects));
  EXPECT_TRUE(json(C::is_or_contains(3), effects));
  EXPECT_TRUE(text(C::is_or_contains("fire"), "fire"));
  EXPECT_FALSE(absent(C::is_or_contains("fire")));
}

TEST(Condition, compares_numbers_and_fails_closed) {
  EXPECT_TRUE(text(C::above(20), "20.1"));
  EXPECT_FALSE(text(C::above(20), "20"));
  EXPECT_TRUE(text(C::at_least(20), "20.0"));
  EXPECT_TRUE(json(C::below(20), 19));
  EXPECT_TRUE(json(C::at_most(20), 20));
  EXPECT_TRUE(text(C::between(20, 25), "25"));
  EXPECT_FALSE(text(C::between(20, 25), "25.1"));
  for (const Condition& of_number : {C::above(-1e9), C::below(1e9), C::at_least(-1e9),
                                     C::at_most(1e9), C::between(-1e9, 1e9), C::not_equal(5)}) {
    EXPECT_FALSE(text(of_number, "unavailable")) << of_number.summary();
    EXPECT_FALSE(json(of_number, true)) << of_number.summary();
    EXPECT_FALSE(absent(of_number)) << of_number.summary();
  }
  EXPECT_TRUE(text(C::not_equal(5), "6"));
  EXPECT_FALSE(text(C::not_equal(5), "5.0"));
  EXPECT_TRUE(text(!Condition(5), "unavailable"));
}

TEST(Condition, compares_two_values) {
  EXPECT_TRUE(change(C::increased(), "9", "10"));
  EXPECT_FALSE(change(C::increased(), "10", "10.0"));
  EXPECT_TRUE(change(C::decreased(), "10", "9"));
  EXPECT_TRUE(change(C::changed_by(0.5), "20", "19.5"));
  EXPECT_FALSE(change(C::changed_by(0.5), "20", "20.4"));
  EXPECT_TRUE(change(C::crossed_above(25), "25", "25.1"));
  EXPECT_FALSE(change(C::crossed_above(25), "25.1", "26"));
  EXPECT_TRUE(change(C::crossed_below(25), "25", "24.9"));
  EXPECT_FALSE(change(C::crossed_below(25), "24", "23"));
  for (const ChangeCondition& of_two : {C::increased(), C::decreased(), C::changed_by(0),
                                        C::crossed_above(0), C::crossed_below(0)}) {
    EXPECT_FALSE(change(of_two, "unavailable", "5")) << of_two.summary();
    EXPECT_FALSE(change(of_two, "-5", "unknown")) << of_two.summary();
    EXPECT_FALSE(of_two(Value(), Value("5"))) << of_two.summary();
  }
}

TEST(Condition, joins_with_operators_and_reads_like_a_sentence) {
  const Condition mild = C::above(20) && C::below(30) && !Condition(25);
  EXPECT_TRUE(text(mild, "21"));
  EXPECT_FALSE(text(mild, "25.0"));
  EXPECT_FALSE(text(mild, "31"));
  EXPECT_EQ(mild.summary(), "above 20 and below 30 and not 25");
  const Condition odd = mild || "unknown";
  EXPECT_TRUE(text(odd, "unknown"));
  EXPECT_EQ(odd.summary(), R"((above 20 and below 30 and not 25) or "unknown")");
  EXPECT_EQ((!odd).summary(), "not (" + odd.summary() + ")");
  EXPECT_EQ((!!odd).summary(), odd.summary());
  const ChangeCondition jump = C::increased() && C::changed_by(2);
  EXPECT_TRUE(change(jump, "1", "3"));
  EXPECT_FALSE(change(jump, "3", "1"));
  EXPECT_EQ(jump.summary(), "increased and changed by 2 or more");
}

TEST(Condition, stops_at_the_first_answer) {
  int asked = 0;
  const Condition counts = [&asked](const Json&) { return ++asked > 0; };
  EXPECT_FALSE(text(Condition("on") && counts, "off"));
  EXPECT_TRUE(text(Condition("on") || counts, "on"));
  EXPECT_EQ(asked, 0);
}

TEST(Condition, lets_through_what_a_function_throws) {
  const Condition throws = [](const Json&) -> bool { throw std::runtime_error("boom"); };
  EXPECT_THROW(static_cast<void>(text(throws, "on")), std::runtime_error);
}

}  // namespace
}  // namespace hassette
