#include <gtest/gtest.h>

#include <hassette/config_describe.hpp>

#include "config/enum_names.hpp"

namespace hassette::config {
namespace {

enum class Mode { kDay, kNight };

struct Inner {
  int level = 3;
};

struct Described {
  EntityId light;
  std::string text = "a\"b";
  Mode mode = Mode::kNight;
  Mode open;
  std::chrono::seconds wait = 5min;
  std::optional<int> maybe;
  std::vector<bool> flags = {true, false};
  Secret key = Secret("hunter2");
  Required<int> count;
  Inner inner;
};

std::string shown(const MemberDescription& member) {
  return member.name + " | " + member.kind + " | " + (member.required ? "required" : "") + " | " +
         member.default_text;
}

TEST(Describe, lists_what_a_struct_asks_for) {
  std::vector<std::string> lines;
  for (const auto& member : describe<Described>()) lines.push_back(shown(member));
  EXPECT_EQ(lines, (std::vector<std::string>{
                       "light | an entity id such as \"light.kitchen\" | required | ",
                       "text | text |  | \"a\\\"b\"",
                       "mode | one of `day`, `night` |  | \"night\"",
                       "open | one of `day`, `night` | required | ",
                       "wait | a duration such as \"5min\" |  | \"5 min\"",
                       "maybe | a whole number |  | ",
                       "flags | a list, each true or false |  | [true, false]",
                       "key | a secret text |  | ***",
                       "count | a whole number | required | ",
                       "inner | a table |  | ",
                   }));
  EXPECT_EQ(shown(describe<Described>().back().members.at(0)), "level | a whole number |  | 3");
}

TEST(EnumNames, are_written_in_snake_case) {
  EXPECT_EQ(snake_case("kVeryBright"), "very_bright");
  EXPECT_EQ(snake_case("VeryBright"), "very_bright");
  EXPECT_EQ(snake_case("very_bright"), "very_bright");
  EXPECT_EQ(snake_case("kHVACMode"), "hvac_mode");
  EXPECT_EQ(snake_case("kMode2"), "mode2");
  EXPECT_EQ(snake_case("keep"), "keep");
  EXPECT_EQ(snake_case("OFF"), "off");
}

}  // namespace
}  // namespace hassette::config
