#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <concepts>
#include <fstream>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/repository_testing.hpp"
#include "json/cursor_testing.hpp"

namespace hassette::json {
namespace {

/// Whether the cursor's way through the text ends with the text, and finds what a parser finds.
bool agrees(std::string_view text) {
  const auto parsed = parse(text);
  const Padded padded(text);
  TokenIndex index;
  auto cursor = index.scan(padded.text());
  return parsed && cursor && equals(*cursor, *parsed) && cursor->at_end();
}

/// What is left of the text behind the first value, if that can be passed over.
std::string behind_first(std::string_view text) {
  const Padded padded(text);
  TokenIndex index;
  auto cursor = index.scan(padded.text());
  if (!cursor) return "no tokens";
  if (!cursor->skip()) return "no value";
  return cursor->at_end() ? "" : std::string(1, cursor->peek());
}

/// Reads one value; nothing where it is not of that kind, or not the whole text.
template <class T,
          class Kept = std::conditional_t<std::same_as<T, std::string_view>, std::string, T>>
std::optional<Kept> one(std::string_view text, bool (Cursor::*read)(T&)) {
  const Padded padded(text);
  TokenIndex index;
  auto cursor = index.scan(padded.text());
  T value{};
  if (!cursor || !(*cursor.*read)(value) || !cursor->at_end()) return std::nullopt;
  return Kept(value);
}

TEST(Cursor, finds_what_a_parser_finds) {
  for (const char* text :
       {"{}", "[]", " [ ] ", "null", "true", "false", "0", "-1.5e3", "\"\"", "\"x\"",
        "[[],[[]],{}]", "[\"a\"\t,true\r,0\n]",
        R"({"a":1,"b":{"c":[1,"2",null,true,{"d":{}}]},"":""})", "[1 ,\t2\r\n, \"3\" ]\n",
        R"(["\"","\\","\u00e9\ud83d\udca1","{[,:]}","a\\\"b",  "\/"])", "{\"a\" : \"b\" }"}) {
    EXPECT_TRUE(agrees(text)) << text;
  }
}

TEST(Cursor, finds_what_a_parser_finds_in_all_that_home_assistant_sent) {
  const std::string folder = base::repository() + "/tests/data/ha-2025.4.4/";
  for (const char* name : {"ws.jsonl", "restart.jsonl"}) {
    std::ifstream recording(folder + name);
    std::string line;
    std::size_t lines = 0;
    for (; std::getline(recording, line); ++lines) ASSERT_TRUE(agrees(line)) << line;
    EXPECT_GT(lines, 20u) << name;
  }
}

TEST(Cursor, passes_over_one_value) {
  EXPECT_EQ(behind_first("1"), "");
  EXPECT_EQ(behind_first(R"({"a":[{"b":"}"}]} x)"), "x");
  EXPECT_EQ(behind_first("[[[]]]]"), "]");
  EXPECT_EQ(behind_first("\"[\" ,"), ",");
  for (const char* text : {"]", "}", ",", ":", "x", "+1"}) {
    EXPECT_EQ(behind_first(text), "no value") << text;
  }
  for (const char* text : {"[", "{\"a\":[}", "[[]", "{\"a\":{}"}) {
    EXPECT_EQ(behind_first(text), "no value") << text;
  }
}

TEST(Cursor, finds_no_tokens_in_what_is_no_text) {
  for (const std::string_view text :
       {std::string_view(), std::string_view(" \n"), std::string_view("\""),
        std::string_view("\"\\\""), std::string_view("\"\xC3\""), std::string_view("\"\n\""),
        std::string_view("\"\0\"", 3)}) {
    EXPECT_EQ(behind_first(text), "no tokens") << text;
  }
  // Outside of strings it depends on the processor who notices.
  for (const char* text : {"\xFF", "\xC3\xA9", "\x01"}) {
    EXPECT_THAT(behind_first(text), testing::AnyOf("no tokens", "no value")) << text;
  }
}

TEST(Cursor, takes_no_value_for_one_of_another_kind) {
  EXPECT_EQ(one("18446744073709551615", &Cursor::number), 18446744073709551615u);
  for (const char* text :
       {"18446744073709551616", "-1", "1.0", "1e2", "\"1\"", "null", "[1]", "1x", "01", "00"}) {
    EXPECT_FALSE(one(text, &Cursor::number)) << text;
  }
  EXPECT_EQ(one("true ", &Cursor::boolean), true);
  EXPECT_EQ(one("false", &Cursor::boolean), false);
  for (const char* text : {"tru", "truest", "False", "null", "\"true\"", "1", "{}"}) {
    EXPECT_FALSE(one(text, &Cursor::boolean)) << text;
  }
  EXPECT_EQ(one("\"a\\tb\"", &Cursor::text), "a\tb");
  EXPECT_EQ(one("\"a\\tb\" ", &Cursor::plain), "a\\tb");
  for (const char* text : {"a", "1", "null", "[\"a\"]", R"("\x")", R"("\ud83d")", "\"a\"b"}) {
    EXPECT_FALSE(one(text, &Cursor::text)) << text;
  }
  EXPECT_EQ(one(" {\"a\": [ ] } ", &Cursor::raw), "{\"a\": [ ] }");
}

TEST(Cursor, takes_what_it_passes_over_to_be_balanced_and_no_more) {
  EXPECT_EQ(one("[}", &Cursor::raw), "[}");
  EXPECT_EQ(one("{\"a\":}", &Cursor::raw), "{\"a\":}");
  EXPECT_FALSE(one("[}]", &Cursor::raw));
}

TEST(Cursor, names_members_by_what_is_written) {
  const Padded padded(R"({"state":1,"state_class":2,"stat":3,"":4,"st\u0061te":5})");
  TokenIndex index;
  auto cursor = index.scan(padded.text());
  std::vector<bool> fits;
  ASSERT_TRUE(cursor && cursor->members([&](Key key) {
    fits.push_back(key == "state");
    return cursor->skip();
  }));
  EXPECT_EQ(fits, (std::vector{true, false, false, false, false}));
}

TEST(Cursor, takes_no_members_or_items_that_are_not_separated) {
  for (const char* text : {R"({"a":1 "b":2})", R"({"a" 1})", R"({"a":1,})", R"({"a":})", R"({1:2})",
                           R"({"a":1])", R"({,})", R"({"a":1,,"b":2})", R"({"a":1)", "[]", "5"}) {
    const Padded padded(text);
    TokenIndex index;
    auto cursor = index.scan(padded.text());
    EXPECT_FALSE(cursor && cursor->members([&](Key) { return cursor->skip(); })) << text;
  }
  for (const char* text : {"[1 2]", "[1,]", "[,1]", "[1", "[1}", "{}", "5"}) {
    const Padded padded(text);
    TokenIndex index;
    auto cursor = index.scan(padded.text());
    EXPECT_FALSE(cursor && cursor->items([&] { return cursor->skip(); })) << text;
  }
}

TEST(Cursor, comes_back_to_where_a_copy_was_made) {
  const Padded padded(R"(["\u0061","b"])");
  TokenIndex index;
  auto cursor = index.scan(padded.text());
  ASSERT_TRUE(cursor);
  const Cursor begin = *cursor;
  std::vector<std::string_view> texts;  // of both readings: what was unescaped stays
  for (int reading = 0; reading < 2; ++reading) {
    cursor = begin;
    ASSERT_TRUE(cursor->items([&] { return cursor->text(texts.emplace_back()); }));
  }
  EXPECT_EQ(texts, (std::vector<std::string_view>{"a", "b", "a", "b"}));
}

/// An array of ones of this many bytes, or one less.
std::string ones(std::size_t bytes) {
  std::string text = "[1";
  while (text.size() + 3 <= bytes) text += ",1";
  return text + "]";
}

TEST(TokenIndex, has_room_for_texts_of_any_size_one_after_the_other) {
  std::vector<std::size_t> sizes;
  for (const std::size_t power :
       {std::size_t{1} << 12, std::size_t{1} << 13, std::size_t{1} << 18}) {
    for (std::size_t size = power - 70; size < power + 70; ++size) sizes.push_back(size);
  }
  for (int way = 0; way < 2; ++way, std::ranges::reverse(sizes)) {
    TokenIndex index;
    for (const std::size_t size : sizes) {
      const Padded padded(ones(size));
      auto cursor = index.scan(padded.text());
      std::size_t items = 0;
      ASSERT_TRUE(cursor && cursor->items([&] { return ++items, cursor->skip(); })) << size;
      ASSERT_TRUE(cursor->at_end()) << size;
      EXPECT_EQ(items, (padded.text().size() - 1) / 2);
      EXPECT_GE(index.capacity(), padded.text().size());
    }
  }
}

TEST(TokenIndex, gives_back_the_room_of_a_large_text) {
  TokenIndex index;
  const Padded large(ones(8'000'000));
  const Padded half(ones(4'000'000));
  const Padded small("[]");
  ASSERT_TRUE(index.scan(large.text()));
  EXPECT_GE(index.capacity(), 7'999'999u);
  ASSERT_TRUE(index.scan(half.text()));
  EXPECT_GE(index.capacity(), 7'999'999u);  // the next one may be as large again
  ASSERT_TRUE(index.scan(small.text()));
  EXPECT_LE(index.capacity(), 1u << 18);
}

}  // namespace
}  // namespace hassette::json
