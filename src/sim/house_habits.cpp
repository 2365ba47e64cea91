// What the residents do where they are: switch on, look around, and forget.
#include <algorithm>

#include "sim/home.hpp"
#include "sim/house.hpp"

namespace hassette::sim {

namespace {

using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr double kDark = 40;     // lux: somebody switches on a light
constexpr double kBright = 130;  // and off again
constexpr const char* kFan = "switch.bathroom_fan";
constexpr const char* kPump = "switch.garden_pump";
constexpr const char* kTelevision = "media_player.living_room";
constexpr const char* kHeating = "climate.living_room";
constexpr const char* kKitchenWindow = "binary_sensor.kitchen_window";

// Null where an app minds the light, and where there is none.
const char* light_of(Room room) {
  switch (room) {
    case Room::kKitchen:
      return "light.kitchen";
    case Room::kLivingRoom:
      return "light.living_room";
    case Room::kBedroom:
      return "light.bedroom";
    case Room::kBathroom:
      return "light.bathroom";
    case Room::kOffice:
      return "light.office";
    case Room::kGarden:
      return "light.garden";
    case Room::kHall:
    case Room::kAway:
      return nullptr;
  }
  return nullptr;
}

// Seconds between two movements that a sensor notices.
struct Restless {
  double least;
  double most;
};
Restless restlessness(Doing doing) {
  switch (doing) {
    case Doing::kWatching:
    case Doing::kReading:
      return {150, 540};
    case Doing::kWorking:
      return {100, 400};
    case Doing::kEating:
      return {50, 160};
    default:
      return {12, 45};
  }
}

}  // namespace

void House::begin_doing(Resident& resident) {
  switch (resident.doing) {
    case Doing::kSleeping:
      go_to_bed(resident);
      break;
    case Doing::kDressing:
      if (sky_.elevation > -3) call("cover.open_cover", "cover.bedroom_blind");
      break;
    case Doing::kShowering:
      call("switch.turn_on", kFan);
      break;
    case Doing::kBreakfasting:
      call("input_select.select_option", "input_select.house_mode",
           Json::object({{"option", "day"}}));
      look_after_heating();
      make_coffee();
      break;
    case Doing::kCoffee:
      make_coffee();
      break;
    case Doing::kWatching:
      watch_television();
      break;
    case Doing::kAiring:
      open_door(kKitchenWindow, minutes(10), {});
      break;
    case Doing::kLaundry:
      call("timer.start", "timer.laundry");
      break;
    case Doing::kGardening:
      if (sky_.temperature > 18) call("switch.turn_on", kPump);
      break;
    case Doing::kPaper:
      after(seconds(2), [this] { open_front_door(seconds(9)); });
      break;
    case Doing::kTrash:
      after(seconds(2), [this] { open_front_door(seconds(160)); });
      break;
    default:
      break;
  }
}

void House::end_doing(Resident& resident) {
  const Doing done = resident.doing;
  resident.arrived = false;
  if (done == Doing::kShowering) {
    const double still_damp = resident.dice.between(8, 14);
    after(std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(still_damp * 60)),
          [this] {
            if (!anybody(Doing::kShowering)) call("switch.turn_off", kFan);
          });
  }
  if (done == Doing::kWatching && !anybody(Doing::kWatching)) {
    call("media_player.turn_off", kTelevision);
  }
  if (done == Doing::kGardening && !anybody(Doing::kGardening)) call("switch.turn_off", kPump);
}

void House::go_to_bed(Resident& resident) {
  call("cover.close_cover", "cover.bedroom_blind");
  after(seconds(90), [this, &resident, visit = resident.visit] {
    if (resident.visit == visit && count(Room::kBedroom) == 0) {
      call("light.turn_off", "light.bedroom");
    }
  });
  const bool last = std::ranges::all_of(residents_, [](const Resident& each) {
    return each.doing == Doing::kSleeping && each.arrived;
  });
  if (!last || says("input_select.house_mode", "night")) return;
  for (const char* light : {"light.kitchen", "light.living_room", "light.reading_lamp",
                            "light.bathroom", "light.office", "light.garden"}) {
    if (says(light, "on")) call("light.turn_off", light);
  }
  call("input_select.select_option", "input_select.house_mode",
       Json::object({{"option", "night"}}));
  call("climate.set_temperature", kHeating, Json::object({{"temperature", 18.5}}));
}

void House::make_coffee() {
  call("switch.turn_on", "switch.coffee_machine");
  call("counter.increment", "counter.coffees");
  after(seconds(170), [this] { call("switch.turn_off", "switch.coffee_machine"); });
}

void House::watch_television() {
  call("media_player.turn_on", kTelevision);
  if (sky_.elevation > 0) return;
  call("cover.close_cover", "cover.living_room_blind");
  if (says("input_select.house_mode", "evening")) return;
  call("input_select.select_option", "input_select.house_mode",
       Json::object({{"option", "evening"}}));
  call("scene.turn_on", "scene.evening");
}

// What an app, or the night, has turned down.
void House::look_after_heating() {
  if (says(kHeating, "off") && rooms_.temperature(Room::kLivingRoom) < 19.5) {
    call("climate.set_hvac_mode", kHeating, Json::object({{"hvac_mode", "heat"}}));
  }
  call("climate.set_temperature", kHeating, Json::object({{"temperature", 20.5}}));
}

// Somebody who stays in a room moves in it now and then.
void House::carry_on(Resident& resident, std::uint64_t visit) {
  if (resident.visit != visit || resident.doing == Doing::kSleeping) return;
  stir(resident.room);
  look_around(resident);
  const Restless restless = restlessness(resident.doing);
  const std::chrono::duration<double> still =
      std::chrono::duration<double>(resident.dice.between(restless.least, restless.most));
  after(std::chrono::duration_cast<nanoseconds>(still),
        [this, &resident, visit] { carry_on(resident, visit); });
}

// Blinds and lights, as the light in the room asks for them.
void House::look_around(Resident& resident) {
  const Room room = resident.room;
  const char* light = light_of(room);
  if (!light || resident.doing == Doing::kSleeping) return;
  const bool day = sky_.elevation > 1;
  if (room == Room::kLivingRoom && resident.doing != Doing::kWatching) {
    const char* blind = "cover.living_room_blind";
    if (day && says(blind, "closed")) call("cover.open_cover", blind);
    if (sky_.elevation < -4 && says(blind, "open")) call("cover.close_cover", blind);
  }
  if (room == Room::kBedroom && day && says("cover.bedroom_blind", "closed")) {
    call("cover.open_cover", "cover.bedroom_blind");
  }
  if (resident.doing == Doing::kReading && room == Room::kLivingRoom) light = "light.reading_lamp";
  const double lux = light_in(room);
  const bool cosy = room == Room::kLivingRoom && anybody(Doing::kWatching);
  if (lux < kDark && says(light, "off") && !cosy) {
    call("light.turn_on", light, Json::object({{"brightness", 200}}));
  } else if (lux > kBright && says(light, "on")) {
    call("light.turn_off", light);
  }
}

void House::mind_light(Room left, bool forgets) {
  const char* light = light_of(left);
  if (!light || forgets) return;
  after(seconds(1), [this, left, light] {
    if (count(left) > 0) return;
    if (says(light, "on")) call("light.turn_off", light);
    if (left == Room::kLivingRoom && says("light.reading_lamp", "on")) {
      call("light.turn_off", "light.reading_lamp");
    }
  });
}

int House::count(Room room) const {
  return static_cast<int>(std::ranges::count_if(residents_, [&](const Resident& each) {
    return each.room == room && !(each.doing == Doing::kSleeping && each.arrived);
  }));
}

bool House::anybody(Doing doing) const {
  return std::ranges::any_of(
      residents_, [&](const Resident& each) { return each.arrived && each.doing == doing; });
}

double House::light_in(Room room) const {
  if (room == Room::kGarden) return sky_.light;
  double open = 100;
  if (room == Room::kLivingRoom)
    open = attribute("cover.living_room_blind", "current_position", 100);
  if (room == Room::kBedroom) open = attribute("cover.bedroom_blind", "current_position", 100);
  return sky_.light * 0.012 * open / 100;
}

}  // namespace hassette::sim
