#include "sim/house.hpp"

#include <algorithm>

#include "async/bucket.hpp"
#include "sim/test_home.hpp"

namespace hassette::sim {
namespace {

class Day : public HomeTest {
 public:
  Day() { house.furnish(); }
  // One scripted day; what changed, a line each.
  std::vector<std::string> day() {
    std::vector<std::string> lines;
    home.bus().listen("state_changed", [&lines](const EventPtr& event) {
      if (event->after() && event->before() &&
          event->before()->state() != event->after()->state()) {
        lines.push_back(event->entity_id() + ' ' + event->after()->state());
      }
    });
    async::Bucket fibers(loop, nullptr);
    const std::uint64_t life = fibers.spawn(async::intern_label("test", "day"), house.live());
    pass(std::chrono::seconds(600));
    fibers.cancel(life, CancelReason::kRequested);
    loop.run_ready();
    return lines;
  }
  House house{home, loop, 11};
};

TEST_F(Day, furnishes_sixty_entities_in_rooms_with_those_that_examples_use) {
  EXPECT_EQ(home.states().size(), 60u);
  EXPECT_EQ(home.registries().list("area").size(), 7u);
  for (const char* entity_id :
       {"binary_sensor.hall_motion", "light.hall", "light.kitchen", "light.living_room",
        "sensor.outdoor_temperature", "sensor.living_room_temperature", "binary_sensor.front_door",
        "input_boolean.guest_mode", "switch.coffee_machine", "cover.living_room_blind",
        "climate.living_room", "lock.front_door", "person.anna", "person.ben", "sun.sun",
        "zone.home", "sensor.hall_illuminance"}) {
    EXPECT_NE(home.state(entity_id), nullptr) << entity_id;
  }
  const Reached hall = resolve_target(home, Json::object({{"area_id", "hall"}}), {});
  EXPECT_NE(std::ranges::find(hall.entities, "light.hall"), hall.entities.end());
}

TEST_F(Day, lives_so_that_something_happens_every_few_seconds) {
  const std::vector<std::string> lines = day();
  EXPECT_GT(lines.size(), 400u);
  const auto count = [&](const char* line) { return std::ranges::count(lines, line); };
  EXPECT_EQ(count("person.anna not_home"), 1);
  EXPECT_EQ(count("person.anna home"), 1);
  EXPECT_EQ(count("person.ben not_home"), 1);
  EXPECT_GE(count("binary_sensor.hall_motion on"), 8);
  EXPECT_GE(count("binary_sensor.front_door on"), 4);
  EXPECT_EQ(count("switch.coffee_machine on"), 2);
  EXPECT_EQ(count("timer.laundry active"), 1);
  EXPECT_EQ(count("timer.laundry idle"), 1);
  EXPECT_EQ(count("cover.living_room_blind open"), 2);
  EXPECT_EQ(count("light.hall on"), 0) << "lights with a motion sensor are the apps' business";
}

TEST_F(Day, is_the_same_from_the_same_seed) {
  const std::vector<std::string> first = day();
  async::VirtualClock other_clock{*time::parse_iso8601("2026-05-03T06:00:00+00:00")};
  async::Loop other_loop{other_clock, reactor};
  Home other_home(other_loop, 7);
  add_services(other_home.services());
  House other_house(other_home, other_loop, 11);
  other_house.furnish();
  std::vector<std::string> lines;
  other_home.bus().listen("state_changed", [&](const EventPtr& event) {
    if (event->after() && event->before() && event->before()->state() != event->after()->state()) {
      lines.push_back(event->entity_id() + ' ' + event->after()->state());
    }
  });
  async::Bucket fibers(other_loop, nullptr);
  const std::uint64_t life = fibers.spawn(async::intern_label("test", "day"), other_house.live());
  other_loop.run_until(other_loop.now() + std::chrono::seconds(600));
  fibers.cancel(life, CancelReason::kRequested);
  other_loop.run_ready();
  EXPECT_EQ(lines, first);
}

}  // namespace
}  // namespace hassette::sim
