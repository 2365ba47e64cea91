// Lists, domains, groups and targets, and how they follow the home.
#include <map>

#include "bus/testing.hpp"

namespace hassette::bus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// The home's registries, as a test writes them.
class FakeRegistries final : public Membership {
 public:
  std::vector<std::string> members(const Target& target) const override {
    std::vector<std::string> found;
    for (const auto* ids : {&target.area_id, &target.label_id, &target.floor_id}) {
      for (const std::string& id : ids->list()) {
        const auto place = members_of.find(id);
        if (place == members_of.end()) continue;
        found.insert(found.end(), place->second.begin(), place->second.end());
      }
    }
    return found;
  }
  bool known() const override { return is_read; }
  std::map<std::string, std::vector<std::string>> members_of;
  bool is_read = true;
};

class Following : public TheBus {
 public:
  Following() { router.set_membership(&registries); }
  FakeRegistries registries;
};

TEST_F(Following, listens_to_lists_and_domains) {
  listen({"light.a", "switch.*"}, noting("list"));
  listen(domain("switch"), noting("domain"));
  listen(std::vector<EntityId>{"light.a", "light.b"}, noting("vector"));
  change("light.a", "on");
  change("switch.x", "on");
  change("light.b", "on");
  change("sensor.s", "1");
  EXPECT_THAT(notes, ElementsAre("list light.a on", "vector light.a on", "list switch.x on",
                                 "domain switch.x on", "vector light.b on"));
  EXPECT_EQ(observer.sources.begin()->second.trigger, "light.a, switch.*");
}

TEST_F(Following, follows_an_area_as_the_registries_change) {
  registries.members_of["kitchen"] = {"light.a", "light.b"};
  listen(Target{.area_id = "kitchen", .entity_id = "switch.always"}, noting());
  change("light.a", "on");
  change("light.c", "on");
  registries.members_of["kitchen"] = {"light.b", "light.c"};
  router.targets_changed();
  change("light.a", "off");
  change("light.b", "on");
  change("light.c", "off");
  change("switch.always", "on");
  EXPECT_THAT(notes, ElementsAre("ran light.a on", "ran light.b on", "ran light.c off",
                                 "ran switch.always on"));
}

TEST_F(Following, forgets_what_it_held_of_an_entity_that_has_left) {
  registries.members_of["kitchen"] = {"light.a", "light.b"};
  listen(Target{.area_id = "kitchen"}, noting(),
         {.name = "t", .changed_to = "on", .duration = 5min});
  change("light.a", "on");
  change("light.b", "on");
  registries.members_of["kitchen"] = {"light.b"};
  router.targets_changed();
  advance(5min);
  EXPECT_THAT(notes, ElementsAre("ran light.b on"));
}

TEST_F(Following, may_change_in_the_middle_of_a_dispatch) {
  registries.members_of["kitchen"] = {"light.a"};
  listen("light.a", [this] {
    registries.members_of["kitchen"] = {"light.b"};
    router.targets_changed();
  });
  Subscription second = listen(Target{.area_id = "kitchen"}, noting());
  change("light.a", "on");
  EXPECT_THAT(notes, ElementsAre("ran light.a on")) << "from the next event on";
  change("light.a", "off");
  change("light.b", "on");
  EXPECT_THAT(notes, ElementsAre("ran light.a on", "ran light.b on"));
  second.cancel();
  change("light.b", "off");
  EXPECT_THAT(notes, SizeIs(2));
}

TEST_F(Following, follows_a_group_and_the_groups_in_it) {
  change("light.all", "off", R"({"entity_id":["light.a","group.more"]})");
  change("group.more", "off", R"({"entity_id":["light.b","group.more"]})");
  listen(group("light.all"), noting());
  change("light.a", "on");
  change("light.b", "on");
  change("light.c", "on");
  EXPECT_THAT(notes, ElementsAre("ran light.a on", "ran light.b on"));
  change("light.all", "on", R"({"entity_id":["light.c"]})");
  change("light.a", "off");
  change("light.c", "off");
  EXPECT_THAT(notes, SizeIs(3));
  EXPECT_EQ(notes.back(), "ran light.c off");
  remove("light.all");
  change("light.c", "on");
  EXPECT_THAT(notes, SizeIs(3));
}

TEST_F(Following, waits_for_a_group_that_comes_later) {
  listen(group("light.all"), noting());
  change("light.a", "on");
  change("light.all", "off", R"({"entity_id":["light.a"]})");
  change("light.a", "off");
  EXPECT_THAT(notes, ElementsAre("ran light.a off"));
}

TEST_F(Following, says_that_a_target_has_no_entities) {
  change("light.a", "on");
  listen(Target{.area_id = "kitchn"}, noting());
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("listens to area kitchn, which has no entities")));
}

TEST_F(Following, judges_a_target_only_when_the_registries_have_been_read) {
  registries.is_read = false;
  change("light.a", "on");
  listen(Target{.area_id = "kitchen"}, noting());
  listen(Target{.area_id = "kitchn"}, noting());
  listen(Target{.area_id = "cellar"}, noting()).cancel();
  router.home_is_known();
  EXPECT_THAT(logged(), IsEmpty());
  registries.is_read = true;
  registries.members_of["kitchen"] = {"light.a"};
  router.targets_changed();
  router.home_is_known();
  router.home_is_known();
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("listens to area kitchn, which has no entities")));
}

TEST_F(Following, leaves_nothing_of_a_target_behind) {
  registries.members_of["kitchen"] = {"light.a"};
  change("light.all", "off", R"({"entity_id":["light.a"]})");
  Subscription area = listen(Target{.area_id = "kitchen"}, noting());
  Subscription members = listen(group("light.all"), noting());
  area.cancel();
  members.cancel();
  router.targets_changed();
  change("light.all", "on", R"({"entity_id":["light.b"]})");
  change("light.a", "on");
  change("light.b", "on");
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_THAT(observer.sources, IsEmpty());
}

TEST_F(Following, gives_the_present_state_of_every_member) {
  change("light.a", "on");
  change("light.b", "off");
  registries.members_of["kitchen"] = {"light.a", "light.b", "light.none"};
  listen(Target{.area_id = "kitchen"}, noting(), {.name = "t", .immediate = true});
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("ran light.a on", "ran light.b off"));
}

}  // namespace
}  // namespace hassette::bus
