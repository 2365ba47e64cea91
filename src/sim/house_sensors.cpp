// What the house measures, and how its sensors tell it.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/home.hpp"
#include "sim/house.hpp"

namespace hassette::sim {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr double kMinute = 1.0 / 60;  // of an hour
constexpr std::uint64_t kWeatherEvery = 20;
constexpr std::uint64_t kSunEvery = 4;
constexpr std::uint64_t kEnergyEvery = 5;
// Somebody turns on the radiators of kitchen and office while it is colder than that outside.
constexpr double kHeatingSeason = 15;

double rounded(double value, double step) {
  return std::round(value / step) * step;
}

}  // namespace

// Of a state that anybody may have written: it must not upset what the house computes from it.
double House::attribute(std::string_view entity_id, const char* key, double otherwise) const {
  const StatePtr& state = home_.state(entity_id);
  if (!state) return otherwise;
  return std::clamp(state->attributes()[key].get<double>().value_or(otherwise), -50.0, 255.0);
}

void House::add(std::string entity_id, int every, double step, double noise,
                std::function<double()> read) {
  const std::size_t number = sensors_.size();
  sensors_.push_back({.entity_id = std::move(entity_id),
                      .every = seconds(every),
                      .step = step,
                      .noise = noise,
                      .digits = step < 1 ? 1 : 0,
                      .read = std::move(read),
                      .dice = Dice(seed_, 50, number)});
}

void House::add_sensors() {
  sensors_.clear();
  const auto warmth = [&](const char* entity_id, Room room) {
    add(entity_id, 60, 0.1, 0.04, [this, room] { return rooms_.temperature(room); });
  };
  warmth("sensor.living_room_temperature", Room::kLivingRoom);
  warmth("sensor.kitchen_temperature", Room::kKitchen);
  warmth("sensor.bedroom_temperature", Room::kBedroom);
  warmth("sensor.office_temperature", Room::kOffice);
  add("sensor.outdoor_temperature", 120, 0.1, 0.06, [this] { return sky_.temperature; });
  add("sensor.fridge_temperature", 300, 0.1, 0.05, [this] { return rooms_.fridge(); });
  add("sensor.living_room_humidity", 120, 1, 0.4, [this] { return rooms_.living_room_humidity(); });
  add("sensor.bathroom_humidity", 60, 1, 0.4, [this] { return rooms_.bathroom_humidity(); });
  add("sensor.office_co2", 60, 10, 4, [this] { return rooms_.office_co2(); });
  add("sensor.hall_illuminance", 60, 1, 0, [this] {
    const bool on = says("light.hall", "on");
    const double lamp = on ? std::max(0.0, attribute("light.hall", "brightness", 255)) : 0;
    // In steps of a tenth or so, as such sensors are set.
    const double lux = 1 + sky_.light * 0.008 + lamp * 0.5;
    return std::exp(rounded(std::log(lux), 0.12));
  });
  add("sensor.house_power", 30, 5, 2, [this] { return power(); });
  add("sensor.coffee_machine_power", 15, 1, 0, [this] {
    return says("switch.coffee_machine", "on") ? 1180 + 30 * std::sin(static_cast<double>(minutes_))
                                               : 0.0;
  });
  // Each has a phase of its own, so that they do not report together.
  Dice phases(seed_, 49);
  for (Sensor& sensor : sensors_) {
    const double first =
        phases.between(1, std::min(25.0, static_cast<double>(sensor.every.count())));
    after(std::chrono::milliseconds(static_cast<std::int64_t>(first * 1000)),
          [this, &sensor] { report(sensor); });
  }
}

void House::report(Sensor& sensor) {
  const double value = std::max(sensor.entity_id.ends_with("temperature") ? -60.0 : 0.0,
                                sensor.read() + sensor.dice.around(sensor.noise));
  const StatePtr& state = home_.state(sensor.entity_id);
  const double shown = state ? std::strtod(state->state().c_str(), nullptr) : 0;
  // Noise at the border between two steps is no change.
  if (!(std::abs(value - shown) < 0.7 * sensor.step)) {
    const double told = rounded(value, sensor.step) + 0.0;  // no "-0.0"
    show(sensor.entity_id, fmt::format("{:.{}f}", told, sensor.digits));
  }
  after(sensor.every, [this, &sensor] { report(sensor); });
}

Influences House::influences() const {
  Influences in;
  in.outdoor = sky_.temperature;
  in.sunshine = sky_.sunshine();
  in.blind_open =
      std::clamp(attribute("cover.living_room_blind", "current_position", 100), 0.0, 100.0) / 100;
  for (const Resident& resident : residents_) ++in.people[static_cast<std::size_t>(resident.room)];
  const auto goal = [&](Room room) -> double& {
    return in.heating_goal[static_cast<std::size_t>(room)];
  };
  const double radiators = sky_.temperature < kHeatingSeason ? 20 : 0;
  for (const Room room : {Room::kHall, Room::kKitchen, Room::kBathroom, Room::kOffice}) {
    goal(room) = radiators;
  }
  for (const Room room : {Room::kLivingRoom, Room::kBedroom}) {
    const std::string thermostat = fmt::format("climate.{}", name_of(room));
    goal(room) = says(thermostat, "heat") ? attribute(thermostat, "temperature", 20) : 0;
  }
  in.cooking = anybody(Doing::kCooking) || anybody(Doing::kBreakfasting);
  in.showering = anybody(Doing::kShowering);
  in.bathroom_fan = says("switch.bathroom_fan", "on");
  in.kitchen_window = says("binary_sensor.kitchen_window", "on");
  in.terrace_door = says("binary_sensor.terrace_door", "on");
  in.office_heater = says("switch.office_heater", "on");
  return in;
}

void House::pass_a_minute() {
  sky_ = weather_.at(home_.now());
  rooms_.step(kMinute, influences());
  energy_ += power() / 1000 * kMinute;
  if (!was_up_ && is_up()) show_everything();
  was_up_ = is_up();
  show_thermostats();
  if (is_up() && (minutes_ % kSunEvery == 0 || sun_.is_overtaken(home_.now()))) sun_.update(home_);
  if (minutes_ % kWeatherEvery == 0) show_weather();
  if (minutes_ % kEnergyEvery == 0) show("sensor.house_energy", fmt::format("{:.2f}", energy_));
  ++minutes_;
  after(minutes(1), [this] { pass_a_minute(); });
}

void House::show_thermostats() {
  if (!is_up()) return;
  for (const Room room : {Room::kLivingRoom, Room::kBedroom}) {
    const std::string thermostat = fmt::format("climate.{}", name_of(room));
    const StatePtr& state = home_.state(thermostat);
    if (!state) continue;
    const double warmth = rooms_.temperature(room);
    const double shown = attribute(thermostat, "current_temperature", 0);
    const char* action = state->state() == "off" ? "off" : rooms_.heats(room) ? "heating" : "idle";
    const bool moved = std::abs(warmth - shown) >= 0.08;
    if (!moved && state->attributes()["hvac_action"] == Json(action)) continue;
    home_.patch(thermostat, std::nullopt,
                Json::object({{"current_temperature", std::round(warmth * 10) / 10},
                              {"hvac_action", action}}));
  }
}

void House::show_weather() {
  if (!is_up() || !home_.state("weather.home")) return;
  home_.patch("weather.home", sky_.condition(),
              Json::object({{"temperature", std::round(sky_.temperature * 10) / 10 + 0.0},
                            {"humidity", static_cast<std::int64_t>(std::round(sky_.humidity))},
                            {"wind_speed", std::round(sky_.wind * 10) / 10}}));
}

double House::power() const {
  double watts = 85 + (rooms_.fridge_runs() ? 90 : 0);
  for (const char* light :
       {"light.hall", "light.kitchen", "light.living_room", "light.reading_lamp", "light.bedroom",
        "light.bathroom", "light.office", "light.garden"}) {
    if (says(light, "on")) watts += 9;
  }
  if (says("switch.coffee_machine", "on")) watts += 1180;
  if (says("switch.office_heater", "on")) watts += 1000;
  if (says("switch.garden_pump", "on")) watts += 300;
  if (says("switch.bathroom_fan", "on")) watts += 15;
  if (says("timer.laundry", "active")) watts += 420;
  if (!says("media_player.living_room", "off")) watts += 95;
  if (anybody(Doing::kCooking)) watts += 1500;
  if (anybody(Doing::kWorking)) watts += 120;
  return watts;
}

}  // namespace hassette::sim
