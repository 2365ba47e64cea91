#include "sim/house.hpp"

#include <algorithm>
#include <functional>

#include "async/bucket.hpp"
#include "sim/test_home.hpp"

namespace hassette::sim {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// A house with its residents, from some moment on; what changes, a line each.
class Life {
 public:
  Life(TimePoint begin, std::uint64_t seed) : clock(begin), house(home, loop, seed) {
    add_services(home.services());
    house.furnish();
    home.bus().listen("state_changed", [this](const EventPtr& event) {
      if (event->after() && event->before()) on_change(*event);
    });
  }
  ~Life() {
    fibers.cancel(life, CancelReason::kRequested);
    loop.run_ready();
  }
  void live(std::chrono::nanoseconds time) {
    if (life == 0) life = fibers.spawn(async::intern_label("test", "days"), house.live());
    loop.run_until(loop.now() + time);
  }
  TimePoint last(const std::string& line) const {
    const auto found = std::ranges::find(lines.rbegin(), lines.rend(), line, &Line::second);
    return found == lines.rend() ? TimePoint() : found->first;
  }
  auto count(const char* line) const { return std::ranges::count(lines, line, &Line::second); }

  using Line = std::pair<TimePoint, std::string>;
  async::VirtualClock clock;
  async::ParkReactor reactor;
  async::Loop loop{clock, reactor};
  Home home{loop, 7};
  House house;
  async::Bucket fibers{loop, nullptr};
  std::uint64_t life = 0;
  std::vector<Line> lines;
  std::string everything;  // byte for byte, if `keep` is set
  bool keep = false;
  std::size_t changes = 0;
  std::function<void(const State&)> check;

 private:
  void on_change(const Event& event) {
    ++changes;
    if (check) check(*event.after());
    if (keep) everything += event.after()->text() + '\n';
    if (event.before()->state() == event.after()->state()) return;
    lines.emplace_back(event.after()->last_updated(),
                       event.entity_id() + ' ' + event.after()->state());
  }
};

TimePoint moment(const char* text) {
  return *time::parse_iso8601(text);
}

class Day : public HomeTest {
 public:
  Day() { house.furnish(); }
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

TEST(Life, of_a_working_day_tells_what_people_do) {
  Life monday(moment("2026-11-22T23:00:00+00:00"), 1);  // midnight there
  monday.live(hours(24));
  EXPECT_EQ(monday.count("person.anna not_home"), 1);
  EXPECT_EQ(monday.count("person.anna home"), 1);
  EXPECT_LT(monday.last("person.anna not_home"), monday.last("person.anna home"));
  EXPECT_GE(monday.count("switch.bathroom_fan on"), 1);
  EXPECT_GE(monday.count("switch.coffee_machine on"), 4);
  EXPECT_EQ(monday.count("switch.coffee_machine on"), monday.count("switch.coffee_machine off"));
  EXPECT_GE(monday.count("binary_sensor.front_door on"), 3);
  EXPECT_EQ(monday.count("binary_sensor.front_door on"),
            monday.count("binary_sensor.front_door off"));
  EXPECT_EQ(monday.home.state_text("lock.front_door"), "locked");
  EXPECT_GE(monday.count("light.kitchen on"), 1) << "November is dark";
  EXPECT_GE(monday.count("media_player.living_room off"), 1);
  EXPECT_EQ(monday.home.state_text("input_select.house_mode"), "night");
  EXPECT_GE(monday.count("input_select.house_mode day"), 1);
  EXPECT_EQ(monday.count("sun.sun above_horizon"), 1);
  EXPECT_EQ(monday.count("light.hall on"), 0) << "lights with a motion sensor are the apps'";
  for (const char* light : {"light.kitchen", "light.living_room", "light.office"}) {
    EXPECT_EQ(monday.home.state_text(light), "off") << light << ", at midnight";
  }
}

TEST(Life, has_motion_before_and_behind_every_door_that_opens) {
  Life days_of_may(moment("2026-05-03T22:00:00+00:00"), 3);
  days_of_may.live(days(7));
  std::vector<TimePoint> motion;
  for (const auto& [time, line] : days_of_may.lines) {
    if (line == "binary_sensor.hall_motion on" || line == "binary_sensor.hall_motion off") {
      motion.push_back(time);
    }
  }
  for (const auto& [time, line] : days_of_may.lines) {
    if (line != "binary_sensor.front_door on") continue;
    const auto near = std::ranges::lower_bound(motion, time - minutes(1));
    ASSERT_NE(near, motion.end());
    EXPECT_LT(*near, time + minutes(1));
  }
}

TEST(Life, of_any_morning_shows_motion_a_door_and_a_temperature_in_half_a_minute) {
  for (const std::uint64_t seed : {1, 2, 3, 11}) {
    for (int day = 0; day < 365; day += 13) {
      const TimePoint noon = moment("2026-01-01T12:00:00+00:00") + days(day);
      // As after a warm start, and after one that compiled for a while at speed 60.
      for (const seconds late : {seconds(1), seconds(30), seconds(1200)}) {
        Life morning(House::opening(seed, noon) + late, seed);
        morning.live(seconds(30));
        SCOPED_TRACE(testing::Message() << "seed " << seed << ", day " << day);
        EXPECT_GE(morning.count("binary_sensor.hall_motion on"), 1);
        EXPECT_EQ(morning.count("binary_sensor.front_door on"), 1);
        EXPECT_TRUE(std::ranges::any_of(morning.lines, [](const Life::Line& line) {
          return line.second.find("_temperature ") != std::string::npos;
        }));
        if (HasFailure()) return;
      }
    }
  }
}

TEST(Life, is_the_same_from_the_same_seed_byte_for_byte) {
  const auto days_of = [](std::uint64_t seed) {
    Life life(moment("2026-10-23T22:00:00+00:00"), seed);  // over the change of the clocks
    life.keep = true;
    life.live(days(3));
    return life.everything;
  };
  const std::string first = days_of(11);
  EXPECT_GT(first.size(), 100'000u);
  EXPECT_TRUE(days_of(11) == first);
  EXPECT_FALSE(days_of(12) == first);
}

/// What a sensor of this kind can show.
std::pair<double, double> bounds(const std::string& entity_id) {
  if (entity_id == "sensor.outdoor_temperature") return {-25, 40};
  if (entity_id == "sensor.fridge_temperature") return {2, 9};
  if (entity_id.ends_with("_temperature")) return {12, 33};
  if (entity_id.ends_with("_humidity")) return {15, 100};
  if (entity_id.ends_with("_co2")) return {400, 3000};
  if (entity_id.ends_with("_power")) return {0, 6000};
  if (entity_id.ends_with("_illuminance")) return {0, 5000};
  return {0, 1e6};
}

class Year : public testing::TestWithParam<std::uint64_t> {};

// Every eighth day of a year, so that each day of the week has its turn: between two of them, just
// before midnight, the wall clock is put forward.
TEST_P(Year, shows_nothing_impossible_and_no_flood) {
  Life year(moment("2025-12-31T22:59:30+00:00"), GetParam());
  double energy = 0;
  year.check = [&](const State& state) {
    if (state.domain() == "climate") {
      const double warmth = state.attributes()["current_temperature"].get<double>().value_or(-99);
      EXPECT_TRUE(warmth > 12 && warmth < 33) << warmth;
    }
    if (state.domain() != "sensor") return;
    char* end = nullptr;
    const double value = std::strtod(state.state().c_str(), &end);
    const auto [least, most] = bounds(state.entity_id());
    EXPECT_TRUE(*end == 0 && value >= least && value <= most)
        << state.entity_id() << ' ' << state.state();
    EXPECT_NE(state.state().substr(0, 2), value == 0 ? "-0" : "-x") << state.entity_id();
    if (state.entity_id() == "sensor.house_energy") {
      EXPECT_GE(value, energy);
      energy = value;
    }
  };
  for (int day = 0; day < 365 && !HasFailure(); day += 8) {
    const std::size_t before = year.changes;
    year.lines.clear();
    year.live(days(1));
    year.clock.step_wall(days(7));
    EXPECT_GT(year.changes - before, 400u) << "day " << day;
    EXPECT_LT(year.changes - before, 9'000u) << "day " << day;
    EXPECT_LT(year.home.loop().timers(), 50u);
  }
  EXPECT_GT(energy, 1234.5 + 45 * 3);
  EXPECT_LT(energy, 1234.5 + 45 * 30);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Year, testing::Values(1, 2, 11));

TEST(Life, goes_on_while_home_assistant_is_away_and_is_told_when_it_is_back) {
  Life life(moment("2026-11-23T05:00:00+00:00"), 1);
  life.live(minutes(1));
  const auto set_phase = [&](const char* phase) {
    Json config = life.home.config();
    config["state"] = phase;
    life.home.set_config(std::move(config));
  };
  set_phase("NOT_RUNNING");
  const std::size_t before = life.changes;
  life.live(hours(5));
  EXPECT_EQ(life.changes, before);
  EXPECT_EQ(life.home.state_text("person.anna"), "home");
  set_phase("RUNNING");
  life.live(minutes(2));
  EXPECT_EQ(life.home.state_text("person.anna"), "not_home") << "she left meanwhile";
}

}  // namespace
}  // namespace hassette::sim
