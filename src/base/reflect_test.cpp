#include <hassette/reflect.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <hassette/entity_id.hpp>
#include <hassette/secret.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hassette::reflect {
namespace {

struct Inner {
  int level;
  std::string name;
};

struct Everything {
  EntityId motion;
  Secret key;
  std::string text = "x";
  std::optional<int> maybe_number;
  std::optional<std::string> maybe_text;
  std::optional<EntityId> maybe_id;
  std::optional<Inner> maybe_inner;
  std::vector<EntityId> ids;
  std::vector<Inner> inners;
  std::map<std::string, std::vector<int>> map;
  Inner inner{.level = 3};
  std::chrono::seconds wait = std::chrono::minutes(5);
  bool flag = false;
};

struct Nothing {};

struct Thirty2 {
  int m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20,
      m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32;
};

struct OneText {
  std::string only;
};

enum class Mode { kDay, kNight = 5 };

template <class T>
std::vector<std::string> names() {
  return {kMemberNames<T>.begin(), kMemberNames<T>.end()};
}

TEST(Reflect, names_every_kind_of_member) {
  EXPECT_EQ(
      names<Everything>(),
      (std::vector<std::string>{"motion", "key", "text", "maybe_number", "maybe_text", "maybe_id",
                                "maybe_inner", "ids", "inners", "map", "inner", "wait", "flag"}));
}

TEST(Reflect, counts_from_nothing_to_its_limit) {
  EXPECT_EQ(member_count<Nothing>(), 0U);
  EXPECT_EQ(member_count<OneText>(), 1U);
  EXPECT_EQ(member_count<Thirty2>(), 32U);
  EXPECT_EQ(names<Thirty2>().back(), "m32");
}

TEST(Reflect, refers_to_the_members_of_an_object) {
  Everything object;
  std::get<2>(members(object)) = "changed";
  EXPECT_EQ(object.text, "changed");
  Thirty2 large{};
  std::get<31>(members(large)) = 7;
  EXPECT_EQ(large.m32, 7);
}

TEST(Reflect, prints_enumerators) {
  const std::string_view printed = printed_enum<Mode>();
  EXPECT_NE(printed.find("Mode::kDay, "), std::string_view::npos);
  EXPECT_NE(printed.find("Mode::kNight, "), std::string_view::npos);
}

}  // namespace
}  // namespace hassette::reflect
