// The air in the demo's house: how warm, damp and used it is, and what the fridge does.
//
// Plain physics in small steps: rooms lose heat to the outside and gain it from radiators, people,
// cooking and the sun. Values stay within what is possible for any input. A value; any thread.
#pragma once

#include <array>
#include <cstdint>

#include "sim/day_plan.hpp"

namespace hassette::sim {

// What acts on the air during a step.
struct Influences {
  double outdoor = 10;    // °C
  double sunshine = 0;    // through windows, 0 to 1
  double blind_open = 1;  // of the living room
  std::array<int, kRooms> people{};
  std::array<double, kRooms> heating_goal{};  // °C; at most 0 where it is off
  bool cooking = false;
  bool showering = false;
  bool bathroom_fan = false;
  bool kitchen_window = false;
  bool terrace_door = false;
  bool office_heater = false;
};

class Rooms {
 public:
  void step(double hours, const Influences& influences);

  [[nodiscard]] double temperature(Room room) const { return warmth_[index(room)]; }
  [[nodiscard]] bool heats(Room room) const { return heating_[index(room)] > 0.05; }
  [[nodiscard]] double bathroom_humidity() const { return bathroom_humidity_; }
  [[nodiscard]] double living_room_humidity() const { return living_room_humidity_; }
  [[nodiscard]] double office_co2() const { return office_co2_; }
  [[nodiscard]] double fridge() const { return fridge_; }
  [[nodiscard]] bool fridge_runs() const { return fridge_runs_; }

 private:
  static std::size_t index(Room room) { return static_cast<std::size_t>(room); }
  void warm(Room room, double hours, const Influences& influences);

  std::array<double, kRooms> warmth_{19.5, 20.4, 20.4, 18.4, 21, 20.8, 0, 0};
  std::array<double, kRooms> heating_{};  // 0 to 1
  double bathroom_humidity_ = 52;
  double living_room_humidity_ = 46;
  double office_co2_ = 520;
  double fridge_ = 5.2;
  bool fridge_runs_ = false;
};

}  // namespace hassette::sim
