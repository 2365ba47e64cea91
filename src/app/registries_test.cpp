// What targets mean in a home, and that they follow it.
#include "app/registries.hpp"

#include <gmock/gmock.h>

#include "json/parse.hpp"

namespace hassette::app {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class TheRegistries : public ::testing::Test {
 public:
  TheRegistries() {
    registries.take(*json::parse(R"([
      {"entity_id": "light.hall", "area_id": "hall", "device_id": "d1", "labels": []},
      {"entity_id": "light.desk", "area_id": null, "device_id": "d1", "labels": ["cosy"]},
      {"entity_id": "sensor.signal", "area_id": null, "device_id": "d1", "labels": [],
       "entity_category": "diagnostic"},
      {"entity_id": "switch.hidden", "area_id": "hall", "device_id": null, "labels": ["cosy"],
       "hidden_by": "user"},
      {"entity_id": "fan.attic", "area_id": "attic", "device_id": "d2", "labels": []},
      {"entity_id": "lock.door", "area_id": null, "device_id": null, "labels": []}])"),
                    *json::parse(R"([
      {"id": "d1", "area_id": "study", "labels": []},
      {"id": "d2", "area_id": null, "labels": ["noisy"]}])"),
                    *json::parse(R"([
      {"area_id": "hall", "floor_id": "ground", "labels": []},
      {"area_id": "study", "floor_id": "ground", "labels": []},
      {"area_id": "attic", "floor_id": null, "labels": ["warm"]}])"));
  }
  Registries registries;
};

TEST_F(TheRegistries, give_the_entities_of_an_area_by_their_own_area_before_that_of_their_device) {
  EXPECT_THAT(registries.members({.area_id = "hall"}), UnorderedElementsAre("light.hall"));
  EXPECT_THAT(registries.members({.area_id = "study"}), UnorderedElementsAre("light.desk"));
}

TEST_F(TheRegistries, give_those_of_a_floor_a_device_and_a_label) {
  EXPECT_THAT(registries.members({.floor_id = "ground"}),
              UnorderedElementsAre("light.hall", "light.desk"));
  EXPECT_THAT(registries.members({.device_id = "d1"}),
              UnorderedElementsAre("light.hall", "light.desk"));
  EXPECT_THAT(registries.members({.label_id = "cosy"}), UnorderedElementsAre("light.desk"));
  EXPECT_THAT(registries.members({.label_id = "noisy"}), UnorderedElementsAre("fan.attic"));
  EXPECT_THAT(registries.members({.label_id = "warm"}), UnorderedElementsAre("fan.attic"));
}

TEST_F(TheRegistries, join_what_a_target_names) {
  EXPECT_THAT(registries.members({.device_id = "d2", .area_id = {"hall", "study"}}),
              UnorderedElementsAre("light.hall", "light.desk", "fan.attic"));
  EXPECT_THAT(registries.members({.area_id = "cellar"}), IsEmpty());
  // An entity without an area is in none, not in that without a name.
  EXPECT_THAT(registries.members({.area_id = ""}), IsEmpty());
}

}  // namespace
}  // namespace hassette::app
