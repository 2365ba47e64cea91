#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <hassette/entity_id.hpp>
#include <hassette/error.hpp>
#include <hassette/json.hpp>
#include <limits>

#include "json/parse.hpp"

namespace hassette {

// GoogleTest would print a Json as a container of itself.
void PrintTo(const Json& value, std::ostream* out) {
  *out << value.dump();
}

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Json read(std::string_view text) {
  auto value = json::parse(text);
  if (!value) throw Error("json", value.error());
  return std::move(*value);
}

// --- Braces

TEST(JsonBraces, of_pairs_with_a_name_first_are_an_object) {
  const Json data = {{"brightness", 200}, {"effect", nullptr}, {"on", true}, {"level", 0.5}};
  EXPECT_TRUE(data.is_object());
  EXPECT_EQ(data.dump(), R"({"brightness":200,"effect":null,"on":true,"level":0.5})");
}

TEST(JsonBraces, of_anything_else_are_an_array) {
  const Json numbers = {255, 160, 80};
  EXPECT_EQ(numbers.dump(), "[255,160,80]");
  const Json mixed = {{"a", 1}, 2};
  EXPECT_EQ(mixed.dump(), R"([["a",1],2])");
  const Json words = {"one", "two"};
  EXPECT_EQ(words.dump(), R"(["one","two"])");
  const Json three = {{"a", 1, 2}, {"b", 3, 4}};
  EXPECT_EQ(three.dump(), R"([["a",1,2],["b",3,4]])");
}

TEST(JsonBraces, nest) {
  const Json data = {{"rgb_color", {255, 160, 80}},
                     {"target", {{"entity_id", {"light.a", "light.b"}}}},
                     {"names", {"a", "b"}}};
  EXPECT_EQ(data.dump(),
            R"({"rgb_color":[255,160,80],"target":{"entity_id":["light.a","light.b"]},)"
            R"("names":["a","b"]})");
}

TEST(JsonBraces, that_could_mean_either_have_names) {
  EXPECT_EQ(Json::array({{"a", 1}, {"b", 2}}).dump(), R"([["a",1],["b",2]])");
  EXPECT_EQ(Json::array().dump(), "[]");
  EXPECT_EQ(Json::object().dump(), "{}");
  EXPECT_EQ(Json::object({{"a", "b"}}).dump(), R"({"a":"b"})");
  const Json nothing = {};
  EXPECT_TRUE(nothing.is_null());
}

TEST(JsonBraces, take_entity_ids_and_every_kind_of_number) {
  const EntityId id("light.hall");
  const Json data = {{"id", id}, {"small", std::int8_t{-3}}, {"size", std::size_t{9}}, {"f", 1.5f}};
  EXPECT_EQ(data.dump(), R"({"id":"light.hall","small":-3,"size":9,"f":1.5})");
}

// --- Numbers

TEST(JsonNumbers, beyond_64_bits_with_a_sign_become_doubles) {
  EXPECT_EQ(Json(std::numeric_limits<std::int64_t>::max()).dump(), "9223372036854775807");
  EXPECT_EQ(Json(std::numeric_limits<std::int64_t>::min()).dump(), "-9223372036854775808");
  const Json big(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(big.kind(), Json::Kind::kDouble);
  EXPECT_GT(big.as_double(), 1.8e19);
  EXPECT_EQ(read("18446744073709551615").as_double(), big.as_double());
  EXPECT_EQ(read("-9223372036854775808").as_int(), std::numeric_limits<std::int64_t>::min());
}

TEST(JsonNumbers, read_back_as_they_were_written) {
  for (const double value : {0.1, -0.0, 1.0, 21.5, 1e300, 1e-300, 123456789.123456789, 1e22, 5e-324,
                             std::numeric_limits<double>::max()}) {
    const std::string text = Json(value).dump();
    const Json back = read(text);
    EXPECT_EQ(back.kind(), Json::Kind::kDouble) << text;
    EXPECT_EQ(back.as_double(), value) << text;
    EXPECT_EQ(std::signbit(back.as_double()), std::signbit(value)) << text;
  }
}

TEST(JsonNumbers, that_json_does_not_know_are_null) {
  EXPECT_EQ(Json(std::nan("")).dump(), "null");
  EXPECT_EQ(Json(std::numeric_limits<double>::infinity()).dump(), "null");
  const Json nan(std::nan(""));
  EXPECT_NE(nan, nan);
}

TEST(JsonNumbers, are_read_as_the_kind_that_is_asked_for_if_they_fit) {
  EXPECT_EQ(Json(300).get<int>(), 300);
  EXPECT_EQ(Json(300).get<std::uint8_t>(), std::nullopt);
  EXPECT_EQ(Json(-1).get<unsigned>(), std::nullopt);
  EXPECT_EQ(Json(3.0).get<int>(), 3);
  EXPECT_EQ(Json(3.5).get<int>(), std::nullopt);
  EXPECT_EQ(Json(1e300).get<std::int64_t>(), std::nullopt);
  EXPECT_EQ(Json(std::nan("")).get<int>(), std::nullopt);
  EXPECT_EQ(Json(3).get<double>(), 3.0);
  EXPECT_EQ(Json("3").get<int>(), std::nullopt);
  EXPECT_EQ(Json(1).get<bool>(), std::nullopt);
  EXPECT_EQ(Json(true).get<int>(), std::nullopt);
  EXPECT_EQ(Json(4.0).as_int(), 4);
  EXPECT_THROW((void)Json(4.5).as_int(), Error);
}

// --- Equality

TEST(JsonEquality, is_by_value_and_not_by_kind_of_number) {
  EXPECT_EQ(Json(1), Json(1.0));
  EXPECT_NE(Json(1), Json(1.5));
  EXPECT_NE(Json(1), Json(true));
  EXPECT_NE(Json(0), Json(nullptr));
  EXPECT_NE(Json("1"), Json(1));
  EXPECT_EQ((Json{1, {2, 3.0}}), (Json{1.0, {2.0, 3}}));
}

TEST(JsonEquality, does_not_depend_on_the_order_of_keys) {
  const Json one = {{"a", 1}, {"b", {{"c", 2}, {"d", 3}}}};
  const Json other = {{"b", {{"d", 3}, {"c", 2}}}, {"a", 1}};
  const Json less = {{"a", 1}};
  const Json different = {{"a", 1}, {"b", nullptr}};
  EXPECT_EQ(one, other);
  EXPECT_NE(one, less);
  EXPECT_NE(one, different);
  EXPECT_NE(Json::array({1, 2}), Json::array({2, 1}));
  EXPECT_NE(Json::array(), Json::object());
}

// --- Text

TEST(JsonText, survives_control_characters_quotes_and_unicode) {
  std::string every;
  for (int c = 0; c < 0x80; ++c) every += static_cast<char>(c);
  for (const std::string& text : {every, std::string("Küche ☕ 🏠 \u0000 end", 22),
                                  std::string("\"quoted\" \\ / \b\f\n\r\t")}) {
    const Json value = {{text, text}};
    EXPECT_EQ(read(value.dump()), value) << value.dump();
  }
  EXPECT_EQ(Json("\x01\n\"\\").dump(), R"("\u0001\n\"\\")");
}

TEST(JsonText, that_is_no_utf8_is_made_valid) {
  const std::string bad[] = {"\xe9t\xe9",
                             "\xc3",
                             "a\xff"
                             "b",
                             "\xed\xa0\x80",
                             "\xc0\xaf",
                             "\xf5\x80\x80\x80",
                             "\xf0\x80\x80\x80",
                             "\xe0\x80\x80",
                             "\xf4\x90\x80\x80",
                             "\xe2\x82",
                             "\x80"};
  for (const std::string& text : bad) {
    const std::string written = Json(text).dump();
    EXPECT_THAT(written, HasSubstr("\\ufffd"));
    EXPECT_TRUE(json::parse(written).has_value()) << written;
  }
  EXPECT_EQ(Json("caf\xe9!").dump(), R"("caf\ufffd!")");
  EXPECT_EQ(Json("\xf4\x8f\xbf\xbf\xed\x9f\xbf\xc2\x80").dump(),
            "\"\xf4\x8f\xbf\xbf\xed\x9f\xbf\xc2\x80\"");
}

TEST(JsonText, reads_escapes) {
  EXPECT_EQ(read(R"("\u00e9\ud83c\udfe0\/\n")").as_string(), "é🏠/\n");
  EXPECT_EQ(read(R"({"a\tb":[]})").as_object()[0].first, "a\tb");
}

TEST(JsonText, keeps_the_order_of_keys) {
  const std::string text = R"({"z":1,"a":{"y":[],"b":{}},"m":null})";
  EXPECT_EQ(read(text).dump(), text);
}

TEST(JsonText, that_is_no_json_is_refused_with_a_reason) {
  for (const char* text : {"", "  ", "{", "[1,]", "{\"a\"}", "tru", "1 2", "\"a", "nan", "'a'",
                           "{\"a\":1}}", "\"\x01\"", "01", "\"\xff\""}) {
    const auto value = json::parse(text);
    EXPECT_FALSE(value.has_value()) << text;
    if (!value) {
      EXPECT_FALSE(value.error().empty());
    }
  }
}

TEST(JsonText, nested_too_deep_is_refused) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(json::parse(nested(200)).has_value());
  EXPECT_FALSE(json::parse(nested(257)).has_value());
  EXPECT_FALSE(json::parse(nested(100'000)).has_value());
  EXPECT_FALSE(json::parse(nested(1'000'000)).has_value()) << "also where a parser is made for it";
  EXPECT_TRUE(json::parse("[1]").has_value()) << "and the next text is read again";
}

TEST(JsonText, of_megabytes_is_read) {
  Json big = Json::array();
  for (int i = 0; i < 20'000; ++i)
    big.push_back(Json{{"entity_id", "sensor.x"}, {"value", i}, {"pad", std::string(60, 'x')}});
  const std::string text = big.dump();
  ASSERT_GT(text.size(), 1u << 20);
  EXPECT_EQ(read(text), big);
}

// --- Reading and changing

TEST(JsonReading, what_is_absent_gives_null) {
  const Json data = {{"a", {1, 2}}};
  EXPECT_TRUE(data["b"].is_null());
  EXPECT_TRUE(data["a"]["b"].is_null());
  EXPECT_TRUE(data["a"].at(2).is_null());
  EXPECT_TRUE(data.at(0).is_null());
  EXPECT_EQ(data["a"].at(1), Json(2));
  EXPECT_EQ(data.find("b"), nullptr);
  EXPECT_TRUE(data.contains("a"));
  EXPECT_EQ(Json(3).size(), 0u);
}

TEST(JsonReading, an_entity_id_names_a_member) {
  const EntityId hall = "light.hall";
  Json answer = {{"light.hall", {{"brightness", 7}}}};
  const Json& read_only = answer;
  EXPECT_EQ(read_only[hall]["brightness"], 7);
  EXPECT_TRUE(read_only.contains(hall));
  answer[EntityId("light.attic")] = 1;
  EXPECT_EQ(answer["light.attic"], 1);
}

TEST(JsonReading, the_wrong_kind_says_which_it_was) {
  try {
    (void)Json("text").as_int();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "json");
    EXPECT_STREQ(error.what(), "expected an integer but the value is a string");
  }
  EXPECT_THROW((void)Json(1).as_string(), Error);
  EXPECT_THROW((void)Json(1).as_bool(), Error);
  EXPECT_THROW((void)Json("x").as_double(), Error);
  EXPECT_THROW((void)Json().as_object(), Error);
  EXPECT_THROW((void)Json::object().as_array(), Error);
}

TEST(JsonChanging, makes_members_where_they_are_missing) {
  Json data;
  data["a"]["b"] = 1;
  data["a"]["c"] = {1, 2};
  data["a"]["b"] = 2;
  EXPECT_EQ(data.dump(), R"({"a":{"b":2,"c":[1,2]}})");
  EXPECT_TRUE(data["a"].erase("b"));
  EXPECT_FALSE(data["a"].erase("b"));
  Json list;
  list.push_back(1);
  list.push_back("two");
  EXPECT_EQ(list.dump(), R"([1,"two"])");
  Json number = 1;
  EXPECT_THROW(number["a"] = 1, Error);
  EXPECT_THROW(number.push_back(1), Error);
}

TEST(JsonText, is_read_by_authors_too) {
  EXPECT_EQ(Json::parse(R"({"a":[1,null]})"), (Json{{"a", {1, nullptr}}}));
  try {
    Json::parse(R"({"a":)");
    ADD_FAILURE() << "half an object was read";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("not JSON"), std::string::npos) << error.what();
  }
}

TEST(JsonChanging, one_copy_leaves_the_other) {
  Json one = {{"a", {1}}};
  Json other = one;
  other["a"].push_back(2);
  EXPECT_EQ(one.dump(), R"({"a":[1]})");
  one = std::move(other);
  EXPECT_EQ(one.dump(), R"({"a":[1,2]})");
}

TEST(JsonPrinting, is_compact_and_a_text_alone_has_no_quotes) {
  EXPECT_EQ(fmt::format("{} {} {} {}", Json("hall"), Json(2.5), Json(), Json({{"a", {1, "x"}}})),
            R"(hall 2.5 null {"a":[1,"x"]})");
  EXPECT_EQ(fmt::format("[{:>6}]", Json(12)), "[    12]");
}

}  // namespace
}  // namespace hassette
