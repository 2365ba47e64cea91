// What the two residents of the demo's house do on a day: where they are, since when, and why.
//
// A plan is a pure function of seed, person, date and weather; it begins and ends in bed, so that
// days can be planned one by one. Anna works in town; Ben works at home on Mondays, Wednesdays and
// Fridays. Values; any thread. No errors.
#pragma once

#include <chrono>
#include <cstdint>
#include <hassette/time.hpp>
#include <string_view>
#include <vector>

namespace hassette::sim {

enum class Room : std::uint8_t {
  kHall,
  kKitchen,
  kLivingRoom,
  kBedroom,
  kBathroom,
  kOffice,
  kGarden,
  kAway,
};
inline constexpr std::size_t kRooms = 8;
// As in entity ids; "away" is none.
[[nodiscard]] std::string_view name_of(Room room);
// The rooms on the way from one to the other, the last one included.
[[nodiscard]] std::vector<Room> way(Room from, Room to);

enum class Doing : std::uint8_t {
  kSleeping,
  kDressing,
  kWashing,
  kShowering,
  kBreakfasting,
  kCoffee,
  kCooking,
  kEating,
  kWorking,
  kReading,
  kWatching,
  kGardening,
  kAiring,   // opens the kitchen's window for a while
  kLaundry,  // starts the machine
  kPaper,    // fetches it at the front door
  kTrash,    // takes it out and leaves the front door open meanwhile
  kOut,
};

enum class Person : std::uint8_t { kAnna, kBen };

struct Stay {
  std::chrono::seconds from;  // of the local day
  Room room;
  Doing doing;

  friend bool operator==(const Stay&, const Stay&) = default;
};

struct Outlook {
  bool warm = false;  // enough for the garden, and dry
};

// In order of time; the first begins at midnight.
[[nodiscard]] std::vector<Stay> plan_day(std::uint64_t seed, Person person, Date date,
                                         Outlook outlook);
// When Ben fetches the paper: both are up, and nobody has left yet.
[[nodiscard]] std::chrono::seconds paper_time(std::uint64_t seed, Date date);

}  // namespace hassette::sim
