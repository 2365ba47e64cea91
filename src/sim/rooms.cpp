#include "sim/rooms.hpp"

#include <algorithm>

namespace hassette::sim {

namespace {

// A part of an hour, unless said otherwise.
constexpr double kLoss = 1.0 / 32;
constexpr double kRadiator = 2.4;  // °C an hour
constexpr double kSomebody = 0.05;
constexpr double kStove = 1.7;
constexpr double kWindow = 0.5;
constexpr double kTerrace = 0.35;
constexpr double kFanHeater = 1.2;
constexpr double kFreshCo2 = 430;  // ppm

// Moves towards a goal, never past it.
void approach(double& value, double goal, double rate) {
  value += (goal - value) * std::clamp(rate, 0.0, 1.0);
}

}  // namespace

void Rooms::warm(Room room, double hours, const Influences& in) {
  double& warmth = warmth_[index(room)];
  double& heating = heating_[index(room)];
  const double goal = in.heating_goal[index(room)];
  // A radiator's valve closes as the room comes near the goal.
  heating = goal > 0 ? std::clamp((goal + 0.3 - warmth) / 0.7, 0.0, 1.0) : 0;
  double gain = heating * kRadiator + kSomebody * in.people[index(room)];
  double exchange = kLoss;
  if (room == Room::kKitchen) {
    if (in.cooking) gain += kStove;
    if (in.kitchen_window) exchange += kWindow;
  }
  if (room == Room::kLivingRoom) {
    gain += 0.5 * in.sunshine * in.blind_open;
    if (in.terrace_door) exchange += kTerrace;
  }
  if (room == Room::kBedroom || room == Room::kOffice) gain += 0.25 * in.sunshine;
  if (room == Room::kOffice && in.office_heater) gain += kFanHeater;
  warmth += gain * hours;
  approach(warmth, in.outdoor, exchange * hours);
}

void Rooms::step(double hours, const Influences& in) {
  for (const Room room : {Room::kHall, Room::kKitchen, Room::kLivingRoom, Room::kBedroom,
                          Room::kBathroom, Room::kOffice}) {
    warm(room, hours, in);
  }
  if (in.showering) approach(bathroom_humidity_, 97, 4.5 * hours);
  approach(bathroom_humidity_, 50, (in.bathroom_fan ? 2.5 : 0.5) * hours);
  const double damp = 44 + 0.25 * in.outdoor + 2 * in.people[index(Room::kLivingRoom)];
  approach(living_room_humidity_, damp, 0.4 * hours);
  office_co2_ += 430 * in.people[index(Room::kOffice)] * hours;
  approach(office_co2_, kFreshCo2, 0.6 * hours);

  if (fridge_ > 6.1) fridge_runs_ = true;
  if (fridge_ < 4.3) fridge_runs_ = false;
  const double kitchen = warmth_[index(Room::kKitchen)];
  approach(fridge_, fridge_runs_ ? -12 : kitchen, (fridge_runs_ ? 0.35 : 0.12) * hours);
}

}  // namespace hassette::sim
