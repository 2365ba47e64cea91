#include "state/entity_index.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "state/cache.hpp"

namespace hassette::state {
namespace {

TEST(EntityIndex, knows_nothing_at_first) {
  EXPECT_EQ(EntityIndex().find("light.hall"), nullptr);
}

TEST(EntityIndex, finds_every_entity_again_however_many_were_added_since) {
  EntityIndex index;
  std::deque<std::string> ids;
  std::deque<Entity> entities;
  for (int i = 0; i < 5000; ++i) {
    const std::string& id = ids.emplace_back("sensor.sample_" + std::to_string(i));
    ASSERT_EQ(index.find(id), nullptr);
    index.add(id, entities.emplace_back());
  }
  EXPECT_EQ(index.size(), ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    // By a text of its own, not by the one that the index keeps.
    ASSERT_EQ(index.find(std::string(ids[i])), &entities[i]) << ids[i];
  }
  EXPECT_EQ(index.find("sensor.sample_5000"), nullptr);
  EXPECT_EQ(index.find(""), nullptr);
}

TEST(EntityIndex, tells_ids_apart_of_which_one_begins_with_the_other) {
  EntityIndex index;
  Entity shorter;
  Entity longer;
  index.add("light.hall", shorter);
  index.add("light.hall_2", longer);
  EXPECT_EQ(index.find("light.hall"), &shorter);
  EXPECT_EQ(index.find("light.hall_2"), &longer);
}

}  // namespace
}  // namespace hassette::state
