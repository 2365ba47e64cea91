#include "state/nearest.hpp"

#include <gmock/gmock.h>

namespace hassette::state {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class NearestNames : public testing::Test {
 public:
  NearestNames() {
    for (const char* id : {"light.hall", "light.hall_2", "sensor.power"}) put(id);
    put("light.hal");
    cache.remove("light.hal", {}, {});
    cache.entity("light.hall_3");  // known by its name only
  }
  void put(std::string_view id) {
    cache.apply({.entity_id = id,
                 .state = "on",
                 .attributes = "{}",
                 .context = R"("01CTX")",
                 .last_changed = {},
                 .last_updated = {}},
                {}, {});
  }
  Cache cache;
};

TEST_F(NearestNames, are_those_that_the_home_has_now) {
  EXPECT_TRUE(has(cache, "light.hall"));
  EXPECT_FALSE(has(cache, "light.hal"));
  EXPECT_FALSE(has(cache, "light.hall_3"));
  EXPECT_FALSE(has(cache, "light.attic"));
  EXPECT_THAT(nearest(cache, "light.hal"), ElementsAre("light.hall", "light.hall_2"));
  EXPECT_THAT(nearest(cache, "light.hal", 1), ElementsAre("light.hall"));
}

TEST_F(NearestNames, of_a_pattern_are_ids_and_of_a_whole_domain_domains) {
  EXPECT_THAT(nearest_to_glob(cache, "light.hlal*"), ElementsAre("light.hall", "light.hall_2"));
  EXPECT_THAT(nearest_to_glob(cache, "lihgt.*"), ElementsAre("light.*"));
  EXPECT_THAT(nearest_to_glob(cache, "cover.*"), IsEmpty());
  EXPECT_TRUE(asks_for_domain("light.*"));
  EXPECT_FALSE(asks_for_domain("light.h*"));
}

}  // namespace
}  // namespace hassette::state
