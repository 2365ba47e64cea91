#include "sim/house.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>
#include <hassette/async.hpp>

#include "sim/home.hpp"

namespace hassette::sim {

namespace {

constexpr int kMinutes = 24 * 60;
constexpr int kFirstMinute = 6 * 60;  // the demo begins in the morning
constexpr auto kTick = std::chrono::seconds(1);

// The room behind a motion sensor, and what is nobody's business.
std::string motion_of(const std::string& room) {
  return "binary_sensor." + room + "_motion";
}

double daylight(int minute) {
  const double angle = (minute - 6 * 60) / 720.0 * std::numbers::pi;  // up at six, down at eighteen
  return std::sin(angle);
}

}  // namespace

House::House(Home& home, async::Loop& loop, std::uint64_t seed)
    : home_(home), loop_(loop), random_(seed) {
  residents_.push_back({"anna", "bedroom", {}, 0});
  residents_.push_back({"ben", "bedroom", {}, 0});
}

double House::chance() {
  return static_cast<double>(random_() >> 11) / 9007199254740992.0;
}

double House::around(double by) {
  return (chance() * 2 - 1) * by;
}

void House::plan_day() {
  // A little earlier or later each day, in an order that stays.
  const auto plan = [this](std::vector<Move> moves) {
    for (Move& move : moves) move.minute += static_cast<int>(around(6));
    std::ranges::sort(moves, {}, &Move::minute);
    return moves;
  };
  residents_[0].moves = plan({{390, "bathroom"},
                              {412, "kitchen"},
                              {445, "hall"},
                              {460, "away"},
                              {990, "hall"},
                              {1004, "kitchen"},
                              {1050, "office"},
                              {1090, "living_room"},
                              {1150, "garden"},
                              {1170, "kitchen"},
                              {1215, "living_room"},
                              {1350, "bathroom"},
                              {1370, "bedroom"}});
  residents_[1].moves =
      plan({{420, "bathroom"},     {440, "kitchen"}, {475, "hall"},      {490, "office"},
            {600, "kitchen"},      {620, "office"},  {720, "kitchen"},   {760, "living_room"},
            {800, "garden"},       {830, "hall"},    {845, "away"},      {930, "hall"},
            {945, "living_room"},  {1020, "hall"},   {1035, "office"},   {1110, "kitchen"},
            {1180, "living_room"}, {1330, "hall"},   {1385, "bathroom"}, {1405, "bedroom"}});
  for (Resident& resident : residents_) resident.next = 0;
}

void House::call(std::string_view service, std::string_view entity_id, Json data) {
  const std::size_t dot = service.find('.');
  ServiceCall call;
  call.domain = service.substr(0, dot);
  call.service = service.substr(dot + 1);
  if (data.is_object()) call.data = std::move(data);
  call.data["entity_id"] = entity_id;
  call.context = home_.make_context();
  home_.call(std::move(call), [](const ServiceResult&) {});
}

void House::set(std::string_view entity_id, double value, int digits) {
  home_.write_state(entity_id, fmt::format("{:.{}f}", value, digits));
}

double House::number(std::string_view entity_id) const {
  const StatePtr& state = home_.state(entity_id);
  return state ? std::strtod(state->state().c_str(), nullptr) : 0;
}

void House::later(const std::string& entity_id, std::chrono::seconds delay,
                  std::function<void()> action) {
  home_.after(entity_id, delay, [alive = std::weak_ptr<bool>(alive_), run = std::move(action)] {
    if (!alive.expired()) run();
  });
}

void House::stir(const std::string& room) {
  const std::string sensor = motion_of(room);
  if (!home_.state(sensor)) return;
  home_.write_state(sensor, "on");
  later(sensor, std::chrono::seconds(4), [this, sensor] { home_.write_state(sensor, "off"); });
}

void House::go_through_front_door(const Resident& resident, bool leaving) {
  stir("hall");
  call("lock.unlock", "lock.front_door");
  const std::string name = resident.name;
  later("binary_sensor.front_door", std::chrono::seconds(2), [this, name, leaving] {
    home_.write_state("binary_sensor.front_door", "on");
    const char* state = leaving ? "not_home" : "home";
    home_.write_state("device_tracker." + name + "_phone", state);
    home_.write_state("person." + name, state);
    const auto at_home =
        std::ranges::count_if(residents_, [](const Resident& r) { return r.room != "away"; });
    home_.write_state("zone.home", std::to_string(at_home));
    later("binary_sensor.front_door", std::chrono::seconds(2), [this] {
      home_.write_state("binary_sensor.front_door", "off");
      call("lock.lock", "lock.front_door");
    });
  });
}

void House::move(Resident& resident, const std::string& room) {
  const bool was_away = resident.room == "away";
  resident.room = room;
  if (room == "away" || was_away) go_through_front_door(resident, room == "away");
  if (room == "garden") {
    home_.write_state("binary_sensor.terrace_door", "on");
    later("binary_sensor.terrace_door", std::chrono::seconds(3),
          [this] { home_.write_state("binary_sensor.terrace_door", "off"); });
  }
  if (room != "away") stir(room);
}

void House::weather(int minute) {
  const double sun = daylight(minute);
  set("sensor.outdoor_temperature", 8 + 6 * daylight(minute - 120) + around(0.2), 1);
  const double outside = std::max(0.0, sun) * 9000;
  const StatePtr blind = home_.state("cover.living_room_blind");
  const auto position =
      blind ? blind->attributes()["current_position"].get<double>() : std::optional(100.0);
  const double open = 0.2 + 0.8 * position.value_or(100) / 100;
  set("sensor.hall_illuminance", std::max(2.0, outside / 60 * open + around(6)), 0);
  home_.patch("sun.sun", sun > 0 ? "above_horizon" : "below_horizon",
              Json::object({{"elevation", std::round(sun * 5000) / 100},
                            {"azimuth", std::round(minute / 4.0 * 10) / 10},
                            {"rising", minute < 720}}));
}

void House::climate() {
  const double outdoor = number("sensor.outdoor_temperature");
  for (const char* room : {"living_room", "bedroom"}) {
    const std::string heater = std::string("climate.") + room;
    const std::string sensor = std::string("sensor.") + room + "_temperature";
    const StatePtr state = home_.state(heater);
    if (!state) continue;
    const double goal = state->attributes()["temperature"].get<double>().value_or(20);
    const double now = number(sensor);
    const bool heating = state->state() == "heat" && now < goal;
    const double next = now + (heating ? 0.12 : (outdoor - now) * 0.006) + around(0.03);
    set(sensor, next, 1);
    const char* action = state->state() == "off" ? "off" : heating ? "heating" : "idle";
    home_.patch(heater, std::nullopt,
                Json::object({{"current_temperature", std::round(next * 10) / 10},
                              {"hvac_action", action}}));
  }
  const auto people = [&](const char* room) {
    return std::ranges::count_if(residents_, [&](const Resident& r) { return r.room == room; });
  };
  const double co2 = number("sensor.office_co2");
  set("sensor.office_co2", co2 + (people("office") > 0 ? 18 : (480 - co2) * 0.08) + around(5), 0);
  const double damp = number("sensor.bathroom_humidity");
  const bool fan = home_.state_text("switch.bathroom_fan") == "on";
  const double drying = (50 - damp) * (fan ? 0.2 : 0.05);
  set("sensor.bathroom_humidity", damp + (people("bathroom") > 0 ? 5 : drying) + around(0.5), 0);
  set("sensor.living_room_humidity",
      46 + static_cast<double>(people("living_room")) * 1.5 + around(1), 0);
  set("sensor.office_temperature", 20.8 + static_cast<double>(people("office")) * 0.5 + around(0.1),
      1);
  set("sensor.fridge_temperature", 5.2 + around(0.6), 1);
  set("sensor.kitchen_temperature",
      20.1 + static_cast<double>(people("kitchen")) * 0.4 + around(0.2), 1);
}

void House::consume() {
  const bool coffee = home_.state_text("switch.coffee_machine") == "on";
  set("sensor.coffee_machine_power", coffee ? 1180 + around(40) : 0, 0);
  double power = 140 + around(15) + (coffee ? 1180 : 0);
  home_.states().for_each([&](const StatePtr& state) {
    if (state->state() == "on" && state->domain() == "light") power += 12;
    if (state->state() == "on" && state->domain() == "switch") power += 60;
    if (state->state() == "playing") power += 45;
  });
  set("sensor.house_power", power, 0);
  energy_ += power / 90'000;
  set("sensor.house_energy", energy_, 2);
}

// What somebody does at a fixed time of the day; `from` is not included.
void House::errands(int from, int to) {
  const auto due = [&](int minute) { return from < minute && minute <= to; };
  if (due(395)) call("cover.open_cover", "cover.bedroom_blind");
  if (due(416) || due(604)) {
    call("switch.turn_on", "switch.coffee_machine");
    call("counter.increment", "counter.coffees");
    later("switch.coffee_machine", std::chrono::seconds(12),
          [this] { call("switch.turn_off", "switch.coffee_machine"); });
  }
  if (due(425)) call("cover.open_cover", "cover.living_room_blind");
  if (due(430))
    call("input_select.select_option", "input_select.house_mode",
         Json::object({{"option", "day"}}));
  if (due(540)) call("timer.start", "timer.laundry");
  if (due(640)) call("input_button.press", "input_button.doorbell");
  if (due(722)) {
    home_.write_state("binary_sensor.kitchen_window", "on");
    later("binary_sensor.kitchen_window", std::chrono::seconds(20),
          [this] { home_.write_state("binary_sensor.kitchen_window", "off"); });
  }
  if (due(805)) call("switch.turn_on", "switch.garden_pump");
  if (due(835)) call("switch.turn_off", "switch.garden_pump");
  if (due(1095)) call("media_player.turn_on", "media_player.living_room");
  if (due(1110))
    call("input_select.select_option", "input_select.house_mode",
         Json::object({{"option", "evening"}}));
  if (due(1140) && chance() < 0.5) call("input_boolean.turn_on", "input_boolean.guest_mode");
  if (due(1190)) call("scene.turn_on", "scene.evening");
  if (due(1200))
    call("cover.set_cover_position", "cover.living_room_blind", Json::object({{"position", 30}}));
  if (due(1320)) call("media_player.turn_off", "media_player.living_room");
  if (due(1340)) call("input_boolean.turn_off", "input_boolean.guest_mode");
  if (due(1375)) call("cover.close_cover", "cover.living_room_blind");
  if (due(1395)) call("cover.close_cover", "cover.bedroom_blind");
  if (due(1410)) {
    call("light.turn_off", "light.living_room");
    call("light.turn_off", "light.reading_lamp");
    call("input_select.select_option", "input_select.house_mode",
         Json::object({{"option", "night"}}));
  }
}

void House::step(int minute, std::uint64_t tick) {
  for (Resident& resident : residents_) {
    while (resident.next < resident.moves.size() &&
           resident.moves[resident.next].minute <= minute) {
      move(resident, resident.moves[resident.next++].room);
    }
    const bool awake =
        minute > 380 && resident.room != "away" && !(resident.room == "bedroom" && minute > 1380);
    if (awake && chance() < 0.22) stir(resident.room);
    // Now and then somebody crosses the hall on the way to another room.
    if (awake && chance() < 0.05) stir("hall");
  }
  // A cat at night.
  if ((minute < 300 || minute > 1410) && chance() < 0.12) stir(chance() < 0.5 ? "garden" : "hall");
  if (tick % 5 == 0) weather(minute);
  if (tick % 7 == 3) climate();
  if (tick % 4 == 1) consume();
}

Task<> House::live() {
  const auto begin = loop_.now();
  int done = kFirstMinute;
  std::int64_t day = -1;
  for (std::uint64_t tick = 0;; ++tick) {
    const std::chrono::duration<double> passed = loop_.now() - begin;
    const double minutes =
        kFirstMinute + passed.count() / static_cast<double>(day_.count()) * kMinutes;
    const auto today = static_cast<std::int64_t>(minutes) / kMinutes;
    const int minute = static_cast<int>(minutes) % kMinutes;
    if (today != day) {
      day = today;
      plan_day();
      // Who slept elsewhere than in bed was away when the day ended.
      for (Resident& resident : residents_) {
        if (resident.room == "away" && tick > 0) move(resident, "bedroom");
      }
      if (tick > 0) done = 0;
    }
    // While Home Assistant is down its entities do not move.
    if (home_.phase() == "RUNNING" && home_.state("sun.sun")) {
      errands(done, minute);
      step(minute, tick);
    }
    done = minute;
    co_await sleep(kTick);
  }
}

}  // namespace hassette::sim
