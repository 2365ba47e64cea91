#include "sim/day_plan.hpp"

#include <algorithm>
#include <array>

#include "sim/dice.hpp"

namespace hassette::sim {

namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr std::array<std::string_view, kRooms> kNames = {
    "hall", "kitchen", "living_room", "bedroom", "bathroom", "office", "garden", "away"};
constexpr double kLatest = 23 * 60 + 50;  // in bed, so that a plan is one day's

constexpr double at(int hour, int minute) {
  return hour * 60 + minute;
}

// Puts stay after stay; times are minutes of the day.
class Planner {
 public:
  Planner(std::uint64_t seed, Person person, Date date)
      : dice_(seed, person, sys_days(date).time_since_epoch().count()) {
    put(Room::kBedroom, Doing::kSleeping, 0);
  }

  Dice& dice() { return dice_; }
  double now() const { return now_; }

  Planner& stay(Room room, Doing doing, double shortest, double longest) {
    put(room, doing, dice_.between(shortest, longest));
    return *this;
  }
  // Until a time of the day; not at all if that is nearly there.
  Planner& until(Room room, Doing doing, double earliest, double latest) {
    const double end = dice_.between(earliest, latest);
    if (end > now_ + 3) put(room, doing, end - now_);
    return *this;
  }
  // Something that takes this long within a stay that goes on afterwards.
  Planner& briefly(Room room, Doing doing, double shortest, double longest) {
    const Stay before = stays_.back();
    stay(room, doing, shortest, longest);
    put(before.room, before.doing, 0);
    return *this;
  }
  std::vector<Stay> finish() {
    now_ = std::min(now_, kLatest);
    while (!stays_.empty() && stays_.back().from > seconds(static_cast<int>(kLatest * 60))) {
      stays_.pop_back();
    }
    put(Room::kBedroom, Doing::kSleeping, 0);
    return std::move(stays_);
  }

 private:
  void put(Room room, Doing doing, double minutes) {
    const Stay next{seconds(static_cast<int>(now_ * 60)), room, doing};
    now_ += minutes;
    if (!stays_.empty() && stays_.back().from == next.from) stays_.pop_back();
    if (!stays_.empty() && stays_.back().room == room && stays_.back().doing == doing) return;
    stays_.push_back(next);
  }

  Dice dice_;
  double now_ = 0;
  std::vector<Stay> stays_;
};

struct Today {
  Date date;
  std::chrono::weekday weekday;
  bool weekend;
  bool outing;   // both of them, in the afternoon of a weekend
  bool evening;  // both of them go out
  Outlook outlook;
};

Today look_at(std::uint64_t seed, Date date, Outlook outlook) {
  const std::chrono::weekday weekday{sys_days(date)};
  const bool weekend = weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
  Dice together(seed, 99, sys_days(date).time_since_epoch().count());
  const bool outing = weekend && together.happens(0.7);
  const bool evening = weekday == std::chrono::Friday && together.happens(0.35);
  return {date, weekday, weekend, outing, evening, outlook};
}

// Plans of both meet in what they do together: these times come from the date's own dice.
double shared(std::uint64_t seed, Date date, int what, double earliest, double latest) {
  return Dice(seed, 98, what, sys_days(date).time_since_epoch().count()).between(earliest, latest);
}

// One of them wakes within ten minutes of the other.
double wake_up(std::uint64_t seed, Person person, const Today& today) {
  const double base = today.weekend ? at(8, 20) : at(6, 20);
  const double spread = today.weekend ? 45 : 15;
  return base + shared(seed, today.date, 7, 0, spread) +
         shared(seed, today.date, static_cast<int>(person), 0, 10);
}

void night(Planner& plan, double wake) {
  if (plan.dice().happens(0.3)) {
    plan.until(Room::kBedroom, Doing::kSleeping, at(1, 40), at(4, 40));
    plan.stay(Room::kBathroom, Doing::kWashing, 2, 5);
  }
  plan.until(Room::kBedroom, Doing::kSleeping, wake, wake);
}

void go_to_bed(Planner& plan, double earliest, double latest) {
  plan.until(Room::kLivingRoom, plan.dice().happens(0.75) ? Doing::kWatching : Doing::kReading,
             earliest, latest);
  plan.stay(Room::kBathroom, Doing::kWashing, 7, 13);
}

void evening(Planner& plan, Person person, const Today& today, std::uint64_t seed) {
  if (person == Person::kAnna) {
    plan.until(Room::kLivingRoom, Doing::kReading, at(18, 10), at(18, 30));
    plan.stay(Room::kKitchen, Doing::kCooking, 28, 44);
  } else {
    plan.until(Room::kLivingRoom, Doing::kReading, at(18, 40), at(18, 55));
  }
  plan.stay(Room::kLivingRoom, Doing::kEating, 20, 32);
  if (today.evening) {
    const double leave = shared(seed, today.date, 3, at(19, 50), at(20, 15));
    plan.until(Room::kLivingRoom, Doing::kReading, leave, leave);
    const double back = shared(seed, today.date, 4, at(22, 30), at(23, 10));
    plan.until(Room::kAway, Doing::kOut, back, back);
    plan.stay(Room::kBathroom, Doing::kWashing, 7, 13);
    return;
  }
  if (person == Person::kBen && today.weekday == std::chrono::Thursday) {
    plan.until(Room::kLivingRoom, Doing::kWatching, at(22, 3), at(22, 20));
    plan.briefly(Room::kHall, Doing::kTrash, 3, 4.5);
  } else if (person == Person::kBen && plan.dice().happens(0.5)) {
    plan.until(Room::kLivingRoom, Doing::kWatching, at(20, 40), at(21, 10));
    plan.briefly(Room::kKitchen, Doing::kCoffee, 4, 7);
  }
  go_to_bed(plan, today.weekend ? at(22, 50) : at(22, 15), today.weekend ? at(23, 25) : at(22, 50));
}

void anna_works(Planner& plan) {
  plan.stay(Room::kBedroom, Doing::kDressing, 3, 6);
  plan.stay(Room::kBathroom, Doing::kShowering, 9, 14);
  plan.stay(Room::kKitchen, Doing::kBreakfasting, 16, 24);
  plan.stay(Room::kBathroom, Doing::kWashing, 3, 5);
  plan.until(Room::kAway, Doing::kOut, at(16, 40), at(17, 35));
  plan.stay(Room::kKitchen, Doing::kCoffee, 4, 8);
}

void ben_at_home(Planner& plan, const Today& today) {
  plan.until(Room::kOffice, Doing::kWorking, at(8, 25), at(9, 0));
  plan.stay(Room::kBathroom, Doing::kWashing, 2, 4);
  plan.until(Room::kOffice, Doing::kWorking, at(10, 0), at(10, 25));
  plan.stay(Room::kKitchen, Doing::kCoffee, 6, 11);
  plan.until(Room::kOffice, Doing::kWorking, at(12, 10), at(12, 40));
  plan.stay(Room::kKitchen, Doing::kCooking, 18, 28);
  plan.stay(Room::kKitchen, Doing::kEating, 15, 22);
  plan.stay(Room::kKitchen, Doing::kAiring, 4, 8);
  if (today.weekday == std::chrono::Wednesday) plan.stay(Room::kBathroom, Doing::kLaundry, 4, 7);
  plan.until(Room::kOffice, Doing::kWorking, at(15, 10), at(15, 40));
  if (plan.dice().happens(0.55)) plan.stay(Room::kAway, Doing::kOut, 35, 60);
  plan.stay(Room::kKitchen, Doing::kCoffee, 5, 10);
  plan.until(Room::kOffice, Doing::kWorking, at(17, 15), at(17, 50));
  if (today.outlook.warm) plan.stay(Room::kGarden, Doing::kGardening, 15, 35);
}

void ben_works(Planner& plan, const Today& today) {
  plan.stay(Room::kBedroom, Doing::kDressing, 3, 6);
  plan.stay(Room::kBathroom, Doing::kShowering, 8, 13);
  plan.stay(Room::kHall, Doing::kPaper, 1, 1.5);
  plan.stay(Room::kKitchen, Doing::kBreakfasting, 18, 30);
  if (today.weekday == std::chrono::Tuesday || today.weekday == std::chrono::Thursday) {
    plan.stay(Room::kKitchen, Doing::kAiring, 4, 7);
    plan.until(Room::kBathroom, Doing::kWashing, at(7, 45), at(8, 0));
    plan.until(Room::kAway, Doing::kOut, at(17, 20), at(18, 10));
    plan.stay(Room::kKitchen, Doing::kCoffee, 4, 8);
  } else {
    ben_at_home(plan, today);
  }
}

void weekend_morning(Planner& plan, Person person, const Today& today) {
  plan.stay(Room::kBedroom, Doing::kDressing, 4, 9);
  plan.stay(Room::kBathroom, Doing::kShowering, 10, 18);
  if (person == Person::kBen) plan.stay(Room::kHall, Doing::kPaper, 1, 1.5);
  plan.stay(Room::kKitchen, Doing::kBreakfasting, 35, 50);
  if (person == Person::kAnna) {
    if (today.weekday == std::chrono::Saturday) plan.stay(Room::kBathroom, Doing::kLaundry, 5, 9);
    plan.until(Room::kLivingRoom, Doing::kReading, at(11, 50), at(12, 20));
    plan.stay(Room::kKitchen, Doing::kCooking, 25, 40);
  } else {
    plan.stay(Room::kKitchen, Doing::kAiring, 5, 10);
    if (today.weekday == std::chrono::Saturday) plan.stay(Room::kAway, Doing::kOut, 50, 80);
    plan.until(Room::kOffice, Doing::kReading, at(12, 35), at(12, 50));
  }
  plan.stay(Room::kLivingRoom, Doing::kEating, 25, 35);
}

void weekend(Planner& plan, Person person, const Today& today, std::uint64_t seed) {
  weekend_morning(plan, person, today);
  if (today.outing) {
    const double leave = shared(seed, today.date, 5, at(13, 50), at(14, 20));
    plan.until(Room::kLivingRoom, Doing::kReading, leave, leave);
    const double back = leave + shared(seed, today.date, 6, 70, 140);
    plan.until(Room::kAway, Doing::kOut, back, back);
  }
  plan.stay(Room::kKitchen, Doing::kCoffee, 10, 20);
  if (today.outlook.warm) plan.stay(Room::kGarden, Doing::kGardening, 30, 70);
  if (person == Person::kBen) plan.until(Room::kOffice, Doing::kReading, at(17, 30), at(18, 0));
}

}  // namespace

std::string_view name_of(Room room) {
  return kNames[static_cast<std::size_t>(room)];
}

std::vector<Room> way(Room from, Room to) {
  if (from == to) return {};
  const auto is = [&](Room one, Room other) {
    return (from == one && to == other) || (from == other && to == one);
  };
  if (from == Room::kHall || to == Room::kHall) {
    if (is(Room::kHall, Room::kGarden)) return {Room::kLivingRoom, to};
    return {to};
  }
  const bool next_door = is(Room::kKitchen, Room::kLivingRoom) ||
                         is(Room::kBedroom, Room::kBathroom) ||
                         is(Room::kLivingRoom, Room::kGarden);
  if (next_door) return {to};
  if (from == Room::kGarden && to == Room::kKitchen) return {Room::kLivingRoom, to};
  if (from == Room::kKitchen && to == Room::kGarden) return {Room::kLivingRoom, to};
  if (from == Room::kGarden) return {Room::kLivingRoom, Room::kHall, to};
  if (to == Room::kGarden) return {Room::kHall, Room::kLivingRoom, to};
  return {Room::kHall, to};
}

std::vector<Stay> plan_day(std::uint64_t seed, Person person, Date date, Outlook outlook) {
  const Today today = look_at(seed, date, outlook);
  Planner plan(seed, person, date);
  night(plan, wake_up(seed, person, today));
  if (today.weekend) {
    weekend(plan, person, today, seed);
  } else if (person == Person::kAnna) {
    anna_works(plan);
  } else {
    ben_works(plan, today);
  }
  evening(plan, person, today, seed);
  return plan.finish();
}

std::chrono::seconds paper_time(std::uint64_t seed, Date date) {
  const std::vector<Stay> plan = plan_day(seed, Person::kBen, date, {});
  return std::ranges::find(plan, Doing::kPaper, &Stay::doing)->from;
}

}  // namespace hassette::sim
