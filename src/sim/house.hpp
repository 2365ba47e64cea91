// The demo's house: sixty entities in seven rooms, two people, and a day that repeats itself.
//
// The day is scripted and passes within about ten minutes of the loop's clock, so that something
// can be seen every few seconds; instants stay those of the clock. From the same seed comes the
// same day. The people move, open doors and switch on what they use; lights with a motion sensor
// they leave to the apps. Owned by whoever furnishes; must not outlive its Home. Loop thread only.
// No errors.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <hassette/json.hpp>
#include <hassette/task.hpp>

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

  // Rooms, devices and entities, with the states of the morning. Once, before anybody connects.
  void furnish();
  // The day, again and again, until it is cancelled.
  Task<> live();

  // How long a day takes; to be set before `live`.
  void set_day(std::chrono::seconds length) { day_ = length; }

 private:
  struct Move {
    int minute;  // of the scripted day
    const char* room;
  };
  struct Resident {
    std::string name;
    std::string room;
    std::vector<Move> moves;
    std::size_t next = 0;
  };

  void furnish_rooms();
  void furnish_whole_house();
  void put(std::string_view room, std::string_view entity_id, std::string_view name,
           std::string_view state, Json attributes);
  void plan_day();
  void step(int minute, std::uint64_t tick);
  void move(Resident& resident, const std::string& room);
  void go_through_front_door(const Resident& resident, bool leaving);
  void stir(const std::string& room);
  void later(const std::string& entity_id, std::chrono::seconds delay,
             std::function<void()> action);
  void weather(int minute);
  void climate();
  void consume();
  void errands(int from, int to);
  void call(std::string_view service, std::string_view entity_id, Json data = {});
  void set(std::string_view entity_id, double value, int digits);
  [[nodiscard]] double number(std::string_view entity_id) const;
  [[nodiscard]] double chance();           // 0 to 1
  [[nodiscard]] double around(double by);  // -by to by

  Home& home_;
  async::Loop& loop_;
  std::mt19937_64 random_;
  std::chrono::seconds day_{600};
  std::vector<Resident> residents_;
  double energy_ = 1234.5;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace hassette::sim
