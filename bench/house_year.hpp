#pragma once
// A year of a house for the benchmark of the harness: twenty apps as people write them, and sensors
// that change by a daily rhythm from a seed.
//
// Everything goes through the public interface that authors' own tests use. One thread.
#include <hassette/test_home.hpp>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace bench {

inline constexpr std::size_t kHouseApps = 20;

/// The changes of the house's sensors: motion where people are, doors that they use, temperatures
/// every ten minutes, power every two.
class Rhythm {
 public:
  explicit Rhythm(std::uint64_t seed) : random_(seed) {}
  /// The next day's changes, each at its second; gives how many there were.
  std::size_t live_a_day(hassette::TestHome& home);

 private:
  struct Change {
    int second;  // of the day
    const hassette::EntityId* entity;
    std::string state;
  };
  void plan_motion(std::size_t room);
  void plan_doors();
  void plan_people();
  void plan_measurements(int day);
  int around(int second, int by);
  double noise(double by);

  std::mt19937_64 random_;
  std::vector<Change> changes_;
  int day_ = 0;
};

/// The rooms and devices of the house, and the apps that run in it.
void build_house(hassette::TestHome& home);

}  // namespace bench
