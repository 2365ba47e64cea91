#include "sim/house.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <hassette/async.hpp>

#include "sim/home.hpp"

namespace hassette::sim {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr const char* kFrontDoor = "binary_sensor.front_door";
constexpr const char* kFrontLock = "lock.front_door";
constexpr const char* kTerraceDoor = "binary_sensor.terrace_door";
constexpr seconds kMotionHold{30};
constexpr seconds kBeforeThePaper{5};
constexpr std::chrono::hours kPaperWaits{1};
constexpr seconds kPaperTakes{40};
constexpr double kGardenWeather = 14;  // °C in the afternoon

std::string motion_of(Room room) {
  return fmt::format("binary_sensor.{}_motion", name_of(room));
}

nanoseconds from_seconds(double value) {
  return std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(value));
}

time::Observer place_of(const Home& home) {
  const auto number = [&](const char* key) { return home.config()[key].get<double>().value_or(0); };
  return {number("latitude"), number("longitude"), number("elevation")};
}

TimePoint moment_of(const time::Zone& zone, Date date, seconds of_day) {
  return zone.resolve(date, TimeOfDay::from_midnight(of_day));
}

}  // namespace

House::House(Home& home, async::Loop& loop, std::uint64_t seed)
    : home_(home), loop_(loop), seed_(seed), weather_(seed, place_of(home)) {
  residents_.push_back({.person = Person::kAnna, .name = "anna", .dice = Dice(seed, 1)});
  residents_.push_back({.person = Person::kBen, .name = "ben", .dice = Dice(seed, 2)});
}

time::Zone House::zone() {
  return time::Zone::find("Europe/Berlin").value_or(time::Zone::utc());
}

TimePoint House::opening(std::uint64_t seed, TimePoint day) {
  const Date date = zone().date_of(day);
  return moment_of(zone(), date, paper_time(seed, date)) - kBeforeThePaper;
}

Task<> House::live() {
  begin();
  for (;;) {
    while (agenda_.begin()->first <= loop_.now()) {
      const Action action = std::move(agenda_.extract(agenda_.begin()).mapped());
      action();
    }
    co_await sleep(agenda_.begin()->first - loop_.now());
  }
}

void House::begin() {
  agenda_.clear();
  closes_at_.clear();
  quiet_at_.fill(loop_.now());
  look_at_the_sky();
  plan_today(true);
  add_sensors();
  pass_a_minute();
  show_everything();
}

// The home may have been given another place since.
void House::look_at_the_sky() {
  weather_ = Weather(seed_, place_of(home_));
  sky_ = weather_.at(home_.now());
}

void House::after(nanoseconds delay, Action action) {
  agenda_.emplace(loop_.now() + delay, std::move(action));
}

void House::plan_today(bool is_first) {
  const TimePoint now = home_.now();
  const time::Zone& zone = home_.zone();
  const Date date = zone.date_of(now);
  const Sky afternoon = weather_.at(moment_of(zone, date, std::chrono::hours(15)));
  const Outlook outlook{.warm = afternoon.temperature > kGardenWeather && !afternoon.wet()};
  for (Resident& resident : residents_) {
    std::optional<Stay> current;
    for (const Stay& stay : plan_day(seed_, resident.person, date, outlook)) {
      const TimePoint when = moment_of(zone, date, stay.from);
      if (when > now) {
        after(when - now, [this, &resident, stay] { go(resident, stay); });
        continue;
      }
      if (is_first && stay.doing == Doing::kPaper && now - when < kPaperWaits) {
        after(kBeforeThePaper, [this, &resident, stay] { fetch_paper(resident, stay); });
      } else {
        current = stay;
      }
    }
    if (is_first && current) find_at(resident, *current);
  }
  const TimePoint tomorrow = zone.start_of(std::chrono::sys_days(date) + std::chrono::days(1));
  after(std::max<nanoseconds>(tomorrow - now, minutes(1)), [this] { plan_today(false); });
}

// Then back to what somebody was at, unless the day has gone on.
void House::fetch_paper(Resident& resident, const Stay& stay) {
  if (resident.room == Room::kAway || resident.doing == Doing::kSleeping) return;
  const Stay back{stay.from, resident.room, resident.doing};
  go(resident, stay);
  resident.busy_until = loop_.now() + kPaperTakes;
  if (back.doing == Doing::kShowering) return;
  after(kPaperTakes, [this, &resident, back, visit = resident.visit] {
    if (resident.visit == visit) go(resident, back);
  });
}

// As somebody finds the house who comes in the middle of a stay.
void House::find_at(Resident& resident, const Stay& stay) {
  resident.room = stay.room;
  resident.doing = stay.doing;
  resident.arrived = true;
  const std::uint64_t visit = ++resident.visit;
  if (stay.room == Room::kAway || stay.doing == Doing::kSleeping) return;
  after(seconds(8), [this, &resident, visit] { carry_on(resident, visit); });
}

void House::go(Resident& resident, const Stay& stay) {
  if (resident.room == stay.room && resident.doing == stay.doing) return;
  if (loop_.now() < resident.busy_until) {
    after(resident.busy_until - loop_.now(), [this, &resident, stay] { go(resident, stay); });
    return;
  }
  const std::uint64_t visit = ++resident.visit;
  if (resident.arrived) end_doing(resident);
  resident.doing = stay.doing;
  resident.arrived = false;
  const std::vector<Room> rooms = way(resident.room, stay.room);
  if (resident.room == Room::kAway) {
    come_home(resident, rooms, visit);
  } else {
    walk(resident, rooms, 0, visit);
  }
}

void House::walk(Resident& resident, const std::vector<Room>& rooms, std::size_t next,
                 std::uint64_t visit) {
  if (next == rooms.size()) {
    resident.arrived = true;
    begin_doing(resident);
    after(from_seconds(resident.dice.between(8, 20)),
          [this, &resident, visit] { carry_on(resident, visit); });
    return;
  }
  const double steps = resident.dice.between(3, 7);
  after(from_seconds(steps), [=, this, &resident] {
    if (resident.visit != visit) return;
    if (rooms[next] == Room::kAway) {
      leave_house(resident);
      return;
    }
    enter(resident, rooms[next]);
    walk(resident, rooms, next + 1, visit);
  });
}

void House::enter(Resident& resident, Room room) {
  const Room left = std::exchange(resident.room, room);
  const bool forgets = resident.dice.happens(0.12);
  if ((left == Room::kGarden) != (room == Room::kGarden)) {
    open_door(kTerraceDoor, seconds(6), {});
  }
  stir(room);
  mind_light(left, forgets);
  after(milliseconds(1500), [this, &resident, visit = resident.visit] {
    if (resident.visit == visit) look_around(resident);
  });
}

void House::leave_house(Resident& resident) {
  stir(Room::kHall);
  const double until_gone = resident.dice.between(20, 45);
  open_front_door(seconds(5));
  after(seconds(6), [this, &resident, until_gone, visit = resident.visit] {
    if (resident.visit != visit) return;
    const Room left = std::exchange(resident.room, Room::kAway);
    resident.arrived = true;
    mind_light(left, false);
    after(from_seconds(until_gone), [this, &resident, visit] {
      if (resident.visit == visit) tell_presence(resident, false);
    });
  });
}

void House::come_home(Resident& resident, const std::vector<Room>& rooms, std::uint64_t visit) {
  tell_presence(resident, true);
  const double to_the_door = resident.dice.between(25, 60);
  after(from_seconds(to_the_door), [=, this, &resident] {
    open_front_door(seconds(6));
    after(seconds(4), [=, this, &resident] {
      if (resident.visit == visit) walk(resident, rooms, 0, visit);
    });
  });
}

void House::tell_presence(const Resident& resident, bool home) {
  const char* state = home ? "home" : "not_home";
  show(fmt::format("device_tracker.{}_phone", resident.name), state);
  show("person." + resident.name, state);
  const auto at_home = std::ranges::count_if(
      residents_, [&](const Resident& each) { return says("person." + each.name, "home"); });
  show("zone.home", std::to_string(at_home));
}

// The lock turns, the door opens, and both go back after a while.
void House::open_front_door(seconds time) {
  if (!says(kFrontLock, "unlocked")) call("lock.unlock", kFrontLock);
  after(seconds(2), [this, time] {
    open_door(kFrontDoor, time,
              [this] { after(seconds(1), [this] { call("lock.lock", kFrontLock); }); });
  });
}

void House::open_door(const std::string& entity_id, nanoseconds time, Action closed) {
  async::MonoTime& closes = closes_at_[entity_id];
  closes = std::max(closes, loop_.now() + time);
  show(entity_id, "on");
  after(time, [this, entity_id, closed = std::move(closed)] {
    if (closes_at_[entity_id] > loop_.now()) return;  // somebody else went through
    show(entity_id, "off");
    if (closed) closed();
  });
}

void House::stir(Room room) {
  const async::MonoTime now = loop_.now();
  async::MonoTime& quiet = quiet_at_[static_cast<std::size_t>(room)];
  const bool waits = quiet > now;
  quiet = now + kMotionHold;
  show(motion_of(room), "on");
  if (!waits) after(kMotionHold, [this, room] { rest(room); });
}

void House::rest(Room room) {
  const async::MonoTime quiet = quiet_at_[static_cast<std::size_t>(room)];
  if (quiet > loop_.now()) {
    after(quiet - loop_.now(), [this, room] { rest(room); });
  } else {
    show(motion_of(room), "off");
  }
}

// While Home Assistant is down its entities do not move; people do.
bool House::is_up() const {
  return home_.phase() == "RUNNING";
}

void House::show(std::string_view entity_id, std::string_view state) {
  if (!is_up()) return;
  const StatePtr& before = home_.state(entity_id);
  if (before && before->state() != state) home_.write_state(entity_id, std::string(state));
}

// What moved while nobody could tell.
void House::show_everything() {
  for (const Room room : {Room::kHall, Room::kKitchen, Room::kLivingRoom, Room::kBedroom,
                          Room::kBathroom, Room::kOffice, Room::kGarden}) {
    const bool moves = quiet_at_[static_cast<std::size_t>(room)] > loop_.now();
    show(motion_of(room), moves ? "on" : "off");
  }
  for (const char* entity_id : {kFrontDoor, kTerraceDoor, "binary_sensor.kitchen_window"}) {
    show(entity_id, closes_at_[entity_id] > loop_.now() ? "on" : "off");
  }
  for (const Resident& resident : residents_) {
    tell_presence(resident, resident.room != Room::kAway);
  }
}

void House::call(std::string_view service, std::string_view entity_id, Json data) {
  if (!is_up() || !home_.state(entity_id)) return;
  const std::size_t dot = service.find('.');
  ServiceCall call;
  call.domain = service.substr(0, dot);
  call.service = service.substr(dot + 1);
  if (data.is_object()) call.data = std::move(data);
  call.data["entity_id"] = entity_id;
  call.context = home_.make_context();
  home_.call(std::move(call), [](const ServiceResult&) {});
}

bool House::says(std::string_view entity_id, std::string_view state) const {
  const StatePtr& found = home_.state(entity_id);
  return found && found->state() == state;
}

}  // namespace hassette::sim
