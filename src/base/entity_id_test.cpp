#include <hassette/entity_id.hpp>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <hassette/secret.hpp>
#include <sstream>
#include <unordered_set>

namespace hassette {
namespace {

TEST(EntityId, is_built_from_literals_and_strings) {
  const auto id_of = [](EntityId id) { return id.str(); };
  EXPECT_EQ(id_of("light.kitchen"), "light.kitchen");
  EXPECT_EQ(id_of(std::string("light.kitchen")), "light.kitchen");
  EXPECT_EQ(id_of(std::string_view("light.kitchen")), "light.kitchen");
  EXPECT_TRUE(EntityId().empty());
}

TEST(EntityId, splits_at_its_dot) {
  const EntityId id = "binary_sensor.hall_2";
  EXPECT_EQ(id.domain(), "binary_sensor");
  EXPECT_EQ(id.object_id(), "hall_2");
  EXPECT_EQ(EntityId("nothing").domain(), "");
  EXPECT_EQ(EntityId("nothing").object_id(), "");
}

TEST(EntityId, accepts_what_home_assistant_accepts) {
  for (const char* id : {"light.kitchen", "a.b", "1.2", "sensor.a_b_c", "my_domain.x9", "0a_1.b"}) {
    EXPECT_TRUE(EntityId(id).is_valid()) << id;
  }
}

TEST(EntityId, refuses_what_home_assistant_refuses) {
  for (const char* id :
       {"", ".", "light", "light.", ".kitchen", "Light.kitchen", "light.Kitchen", "light.kit chen",
        "_light.kitchen", "light_.kitchen", "light._kitchen", "light.kitchen_", "light.kit__chen",
        "li__ght.kitchen", "light.kitchen.2", "light.küche", "light.*", "light.kitchen\n"}) {
    EXPECT_FALSE(EntityId(id).is_valid()) << id;
  }
}

TEST(EntityId, compares_with_ids_and_text) {
  const EntityId a = "light.a";
  EXPECT_EQ(a, EntityId("light.a"));
  EXPECT_TRUE(a == "light.a");
  EXPECT_TRUE(std::string("light.a") == a);
  EXPECT_TRUE(a != std::string_view("light.b"));
  EXPECT_LT(a, EntityId("light.b"));
}

TEST(EntityId, is_hashed_and_printed) {
  const std::unordered_set<EntityId> ids = {"light.a", "light.b", "light.a"};
  EXPECT_EQ(ids.size(), 2U);
  EXPECT_EQ(fmt::format("<{}>", EntityId("light.a")), "<light.a>");
  std::ostringstream out;
  out << EntityId("light.a");
  EXPECT_EQ(out.str(), "light.a");
}

TEST(Secret, never_prints_its_text) {
  const Secret secret("hunter2");
  std::ostringstream out;
  out << secret;
  EXPECT_EQ(out.str(), "***");
  EXPECT_EQ(fmt::format("{}", secret), "***");
  EXPECT_EQ(secret.reveal(), "hunter2");
}

TEST(Secret, compares_by_its_text) {
  EXPECT_EQ(Secret("a"), Secret("a"));
  EXPECT_FALSE(Secret("a") == Secret("b"));
  EXPECT_FALSE(Secret("a") == Secret("ab"));
  EXPECT_TRUE(Secret().empty());
}

}  // namespace
}  // namespace hassette
