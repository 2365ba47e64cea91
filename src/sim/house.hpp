// The demo's house: sixty entities in seven rooms, and two people who live in it.
//
// Their days come from plan_day, the weather from Weather and the air from Rooms, all of them from
// a seed: the same seed and the same begin give the same days, event by event. People walk from
// room to room past the motion sensors, open doors and switch on what they use; lights with a
// motion sensor they leave to the apps. Sensors report as real ones do: at intervals, in steps, and
// only what changed. Everything happens on the loop's clock. Owned by whoever furnishes; must not
// outlive its Home. Loop thread only. No errors.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <hassette/json.hpp>
#include <hassette/task.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "async/clock.hpp"
#include "sim/day_plan.hpp"
#include "sim/dice.hpp"
#include "sim/rooms.hpp"
#include "sim/sun_entity.hpp"
#include "sim/weather.hpp"
#include "time/zone.hpp"

namespace hassette::async {
class Loop;
}

namespace hassette::sim {

class Home;

class House {
 public:
  House(Home& home, async::Loop& loop, std::uint64_t seed);
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  // Where the demo's house stands.
  [[nodiscard]] static time::Zone zone();
  // The moment of that day's morning, where the house stands, at which there is most to see: some
  // seconds before somebody fetches the paper.
  [[nodiscard]] static TimePoint opening(std::uint64_t seed, TimePoint day);

  // Rooms, devices and entities, with the states of the morning. Once, before anybody connects.
  void furnish();
  // Day after day, until it is cancelled. Who begins within an hour of the morning's paper finds
  // it still at the door.
  Task<> live();

 private:
  using Action = std::function<void()>;
  struct Resident {
    Person person;
    std::string name;
    Dice dice;
    Room room = Room::kBedroom;
    Doing doing = Doing::kSleeping;
    bool arrived = true;           // where the doing takes place
    async::MonoTime busy_until{};  // what comes next waits for that
    std::uint64_t visit = 0;       // counts stays; what belongs to an earlier one is void
  };
  struct Sensor {
    std::string entity_id;
    std::chrono::seconds every;
    double step;   // it reports multiples of this
    double noise;  // at most so far from the truth
    int digits;
    std::function<double()> read;
    Dice dice;
  };

  // house_furniture.cpp
  void furnish_rooms();
  void furnish_whole_house();
  void put(std::string_view room, std::string_view entity_id, std::string_view name,
           std::string_view state, Json attributes);

  // house.cpp: time, ways and doors
  void begin();
  void look_at_the_sky();
  void after(std::chrono::nanoseconds delay, Action action);
  void plan_today(bool is_first);
  void fetch_paper(Resident& resident, const Stay& stay);
  void find_at(Resident& resident, const Stay& stay);
  void go(Resident& resident, const Stay& stay);
  void walk(Resident& resident, const std::vector<Room>& way, std::size_t next,
            std::uint64_t visit);
  void enter(Resident& resident, Room room);
  void leave_house(Resident& resident);
  void come_home(Resident& resident, const std::vector<Room>& way, std::uint64_t visit);
  void tell_presence(const Resident& resident, bool home);
  void open_front_door(std::chrono::seconds time);
  void open_door(const std::string& entity_id, std::chrono::nanoseconds time, Action closed);
  void stir(Room room);
  void rest(Room room);
  [[nodiscard]] bool is_up() const;
  void show(std::string_view entity_id, std::string_view state);
  void show_everything();
  void call(std::string_view service, std::string_view entity_id, Json data = {});
  [[nodiscard]] bool says(std::string_view entity_id, std::string_view state) const;

  // house_habits.cpp: what people do where they are
  void begin_doing(Resident& resident);
  void end_doing(Resident& resident);
  void go_to_bed(Resident& resident);
  void make_coffee();
  void watch_television();
  void look_after_heating();
  void carry_on(Resident& resident, std::uint64_t visit);
  void look_around(Resident& resident);
  void mind_light(Room left, bool forgets);
  [[nodiscard]] int count(Room room) const;  // who is awake there
  [[nodiscard]] bool anybody(Doing doing) const;
  [[nodiscard]] double light_in(Room room) const;

  // house_sensors.cpp: what the house measures
  void add_sensors();
  void add(std::string entity_id, int every, double step, double noise,
           std::function<double()> read);
  void report(Sensor& sensor);
  void pass_a_minute();
  [[nodiscard]] Influences influences() const;
  void show_thermostats();
  void show_weather();
  [[nodiscard]] double power() const;
  [[nodiscard]] double attribute(std::string_view entity_id, const char* key,
                                 double otherwise) const;

  Home& home_;
  async::Loop& loop_;
  std::uint64_t seed_;
  Weather weather_;
  Sky sky_;
  Rooms rooms_;
  std::vector<Resident> residents_;
  std::multimap<async::MonoTime, Action> agenda_;
  std::array<async::MonoTime, kRooms> quiet_at_{};  // when its motion sensor goes off
  std::map<std::string, async::MonoTime, std::less<>> closes_at_;  // doors and windows
  std::vector<Sensor> sensors_;
  SunEntity sun_;
  double energy_ = 1234.5;
  std::uint64_t minutes_ = 0;
  bool was_up_ = true;
};

}  // namespace hassette::sim
