#include "state/entity_table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hassette::state {
namespace {

TEST(EntityTable, knows_nothing_at_first) {
  EntityTable table;
  EXPECT_EQ(table.find("light.hall"), nullptr);
  EXPECT_EQ(table.find(""), nullptr);
  EXPECT_EQ(table.size(), 0u);
}

TEST(EntityTable, finds_every_entity_again_however_many_were_added_since) {
  EntityTable table;
  std::vector<std::string> ids;
  std::vector<Entity*> entities;
  for (int i = 0; i < 5000; ++i) {
    // Of every length, so that some texts fit beside their entity and some do not.
    ids.push_back("sensor.sample_" + std::string(static_cast<std::size_t>(i % 40), 'x') +
                  std::to_string(i));
    ASSERT_EQ(table.find(ids.back()), nullptr);
    entities.push_back(&table.add(ids.back()));
  }
  ASSERT_EQ(table.size(), ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Entity* const found = table.find(ids[i]);
    ASSERT_EQ(found, entities[i]) << ids[i];
    EXPECT_EQ(found, &table[i]);
    EXPECT_EQ(found->number, i);
    EXPECT_EQ(found->id->str(), ids[i]);
  }
  EXPECT_EQ(table.find("sensor.sample_5001"), nullptr);
  EXPECT_EQ(table.find(""), nullptr);
}

TEST(EntityTable, tells_ids_apart_of_which_one_begins_with_the_other) {
  EntityTable table;
  for (const std::size_t length : {1u, 30u, 31u, 32u, 60u}) {
    const std::string shorter = "light." + std::string(length, 'h');
    Entity& first = table.add(shorter);
    Entity& second = table.add(shorter + "_2");
    EXPECT_EQ(table.find(shorter), &first);
    EXPECT_EQ(table.find(shorter + "_2"), &second);
    EXPECT_EQ(table.find(shorter + "_"), nullptr);
  }
}

TEST(EntityTable, keeps_ids_apart_whatever_bytes_they_hold) {
  using namespace std::string_view_literals;
  EntityTable table;
  Entity& with_end = table.add("light.a\0b"sv);
  EXPECT_EQ(table.find("light.a"), nullptr);
  Entity& without = table.add("light.a");
  EXPECT_EQ(table.find("light.a\0b"sv), &with_end);
  EXPECT_EQ(table.find("light.a"), &without);
}

}  // namespace
}  // namespace hassette::state
