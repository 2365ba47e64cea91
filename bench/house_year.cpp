#include "house_year.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace bench {

using namespace hassette;

namespace {

constexpr std::array<std::string_view, 8> kRooms = {"hall",    "kitchen", "living_room", "bathroom",
                                                    "bedroom", "office",  "cellar",      "garden"};
constexpr std::array<std::string_view, 4> kDoors = {"front_door", "terrace_door", "garage_door",
                                                    "bathroom_window"};

std::vector<EntityId> ids(std::string_view domain, std::span<const std::string_view> names,
                          std::string_view suffix = {}) {
  std::vector<EntityId> made;
  for (const std::string_view name : names) {
    made.emplace_back(fmt::format("{}.{}{}", domain, name, suffix));
  }
  return made;
}

const std::vector<EntityId> kMotion = ids("binary_sensor", kRooms, "_motion");
const std::vector<EntityId> kLights = ids("light", kRooms);
const std::vector<EntityId> kTemperatures = ids("sensor", kRooms, "_temperature");
const std::vector<EntityId> kContacts = ids("binary_sensor", kDoors);
const EntityId kPower("sensor.power");
const EntityId kAnna("person.anna");

// --- the apps

struct MotionLightsConfig {
  EntityId motion;
  EntityId light;
  std::chrono::seconds off_after = 5min;
};

class MotionLights : public App<MotionLightsConfig> {
  Task<> on_initialize() override {
    co_await bus.on_state_change(app_config.motion, &MotionLights::on_motion,
                                 {.name = "motion", .changed_to = "on"});
    co_await bus.on_state_change(
        app_config.motion, &MotionLights::on_clear,
        {.name = "clear", .changed_to = "off", .duration = app_config.off_after});
  }
  Task<> on_motion() {
    if (states.get(app_config.light)->text() == "on") co_return;
    co_await api.turn_on(app_config.light, {{"brightness", 200}});
  }
  Task<> on_clear() { co_await api.turn_off(app_config.light); }
};

struct DoorAlertConfig {
  EntityId door;
  std::chrono::seconds open_for = 10min;
};

class DoorAlert : public App<DoorAlertConfig> {
  Task<> on_initialize() override {
    co_await bus.on_state_change(
        app_config.door, &DoorAlert::on_open,
        {.name = "open too long", .changed_to = "on", .duration = app_config.open_for});
  }
  Task<> on_open(D::StateNew<> door) {
    co_await api.call_service(
        "notify", "persistent_notification",
        {.data = {{"message", fmt::format("{} is still open", door.friendly_name())}}});
  }
};

struct HeatingConfig {
  EntityId sensor;
  EntityId valve;
  double day = 21;
  double night = 18;
};

/// Two thresholds, so that the valve does not chatter; warmer by day, cooler by night.
class Heating : public App<HeatingConfig> {
  Task<> on_initialize() override {
    co_await bus.on_state_change(app_config.sensor, &Heating::on_temperature, {.name = "measured"});
    co_await scheduler.run_cron("30 6 * * mon-fri", &Heating::warm, {.name = "workday morning"});
    co_await scheduler.run_cron("0 8 * * sat,sun", &Heating::warm, {.name = "weekend morning"});
    co_await scheduler.run_daily("22:30", &Heating::cool, {.name = "night"});
  }
  Task<> on_temperature(D::StateNew<states::Sensor> sensor) {
    const double degrees = sensor.number().value_or(goal_);
    const bool open = states.get(app_config.valve)->text() == "on";
    if (degrees < goal_ - 0.4 && !open) co_await api.turn_on(app_config.valve);
    if (degrees > goal_ + 0.4 && open) co_await api.turn_off(app_config.valve);
  }
  void warm() { goal_ = app_config.day; }
  void cool() { goal_ = app_config.night; }
  double goal_ = 18;
};

struct GardenConfig {
  EntityId light;
};

class Garden : public App<GardenConfig> {
  Task<> on_initialize() override {
    co_await scheduler.run_at_sun(SunEvent::sunset(), &Garden::on, {.name = "on"});
    co_await scheduler.run_daily("23:00", &Garden::off, {.name = "off"});
  }
  Task<> on() { co_await api.turn_on(app_config.light); }
  Task<> off() { co_await api.turn_off(app_config.light); }
};

/// Straight-line code: the washing machine has run when it has used little for a while.
class Washing : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change(kPower, &Washing::on_power, {.name = "power"});
  }
  Task<> on_power(D::StateNew<states::Sensor> power) {
    const bool runs = power.number().value_or(0) > 1500;
    if (std::exchange(running_, runs) && !runs) {
      co_await api.call_service("notify", "persistent_notification",
                                {.data = {{"message", "The washing machine has finished."}}});
    }
  }
  bool running_ = false;
};

class Presence : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change(kAnna, &Presence::on_away,
                                 {.name = "away", .changed_to = "not_home"});
  }
  Task<> on_away() {
    for (const EntityId& light : kLights) {
      const auto state = states.get(light);
      if (state && state->text() == "on") co_await api.turn_off(light);
    }
  }
};

class Minutes : public App<> {
  Task<> on_initialize() override {
    co_await scheduler.run_every(1min, &Minutes::look, {.name = "every minute"});
  }
  void look() {
    const auto lights = states.light().all();
    lights_on_ = std::ranges::count_if(lights, &states::Light::is_on);
  }
  std::ptrdiff_t lights_on_ = 0;
};

}  // namespace

void build_house(TestHome& home) {
  const Json lamp = {{"supported_color_modes", {"brightness"}}};
  for (std::size_t room = 0; room < kRooms.size(); ++room) {
    home.set_state(kMotion[room], "off", {{"device_class", "motion"}});
    home.set_state(kLights[room], "off", lamp);
    home.set_state(kTemperatures[room], "20.0",
                   {{"device_class", "temperature"}, {"unit_of_measurement", "°C"}});
  }
  for (const EntityId& contact : kContacts) {
    home.set_state(contact, "off", {{"device_class", "door"}});
  }
  home.set_state(kPower, "200", {{"device_class", "power"}, {"unit_of_measurement", "W"}});
  home.set_state(kAnna, "home", Json::object());
  home.set_state("light.terrace", "off", lamp);
  for (const char* valve : {"switch.living_room_valve", "switch.bedroom_valve"}) {
    home.set_state(valve, "off", Json::object());
  }
  for (std::size_t room = 0; room < kRooms.size(); ++room) {
    home.start<MotionLights>({.motion = kMotion[room], .light = kLights[room]},
                             fmt::format("lights_{}", kRooms[room]));
  }
  for (std::size_t door = 0; door < kDoors.size(); ++door) {
    home.start<DoorAlert>({.door = kContacts[door]}, fmt::format("alert_{}", kDoors[door]));
  }
  home.start<Heating>({.sensor = kTemperatures[2], .valve = "switch.living_room_valve"},
                      "heating_living_room");
  home.start<Heating>(
      {.sensor = kTemperatures[4], .valve = "switch.bedroom_valve", .day = 19, .night = 17},
      "heating_bedroom");
  home.start<Garden>({.light = "light.terrace"}, "terrace");
  home.start<Garden>({.light = kLights[7]}, "garden");
  home.start<Washing>();
  home.start<Presence>();
  home.start<Minutes>();
  home.start<MotionLights>({.motion = kContacts[2], .light = "light.terrace", .off_after = 10min},
                           "lights_garage");
}

// --- the rhythm

int Rhythm::around(int second, int by) {
  return second + static_cast<int>(random_() % static_cast<unsigned>(2 * by + 1)) - by;
}

double Rhythm::noise(double by) {
  return (static_cast<double>(random_() >> 11) / 9007199254740992.0 * 2 - 1) * by;
}

void Rhythm::plan_motion(std::size_t room) {
  // Between two visits some minutes to some hours; fewer visits to cellar and garden.
  const int pause = room < 6 ? 1500 : 7200;
  for (int at = around(6 * 3600, 1200); at < 23 * 3600; at += around(pause, pause * 9 / 10)) {
    changes_.push_back({at, &kMotion[room], "on"});
    at += around(90, 60);
    changes_.push_back({at, &kMotion[room], "off"});
  }
}

void Rhythm::plan_doors() {
  for (const EntityId& contact : kContacts) {
    for (int at = around(7 * 3600, 1800); at < 22 * 3600; at += around(6000, 4000)) {
      changes_.push_back({at, &contact, "on"});
      at += random_() % 10 == 0 ? around(1500, 600) : around(30, 20);
      changes_.push_back({at, &contact, "off"});
    }
  }
}

void Rhythm::plan_people() {
  changes_.push_back({around(8 * 3600, 900), &kAnna, "not_home"});
  changes_.push_back({around(17 * 3600, 1800), &kAnna, "home"});
}

void Rhythm::plan_measurements(int day) {
  const double season = -std::cos(2 * std::numbers::pi * day / 365);
  for (int at = 0; at < 24 * 3600; at += 600) {
    const double sun = -std::cos(2 * std::numbers::pi * at / 86400);
    for (std::size_t room = 0; room < kRooms.size(); ++room) {
      const double degrees = room == 7 ? 10 + 10 * season + 4 * sun : 19.5 + 2 * season + sun;
      changes_.push_back({at + static_cast<int>(room), &kTemperatures[room],
                          fmt::format("{:.1f}", degrees + noise(0.6))});
    }
  }
  const bool washing = day % 3 == 0;
  for (int at = 0; at < 24 * 3600; at += 120) {
    const bool runs = washing && at > 9 * 3600 && at < 11 * 3600;
    changes_.push_back({at + 30, &kPower, fmt::format("{:.0f}", (runs ? 2000 : 300) + noise(150))});
  }
}

std::size_t Rhythm::live_a_day(TestHome& home) {
  const TimePoint midnight = home.now();
  changes_.clear();
  for (std::size_t room = 0; room < kRooms.size(); ++room) plan_motion(room);
  plan_doors();
  plan_people();
  plan_measurements(day_++);
  std::ranges::sort(changes_, {}, [](const Change& change) {
    return std::pair(change.second, std::string_view(change.entity->str()));
  });
  for (Change& change : changes_) {
    home.advance_to(midnight + std::chrono::seconds(std::clamp(change.second, 0, 86399)));
    home.set_state(*change.entity, std::move(change.state));
  }
  home.advance_to(midnight + std::chrono::hours(24));
  return changes_.size();
}

}  // namespace bench
