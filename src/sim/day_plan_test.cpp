#include "sim/day_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace hassette::sim {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr sys_days kYear{std::chrono::year(2026) / 1 / 1};
constexpr std::uint64_t kSeeds[] = {1, 2, 11, 0, ~0ULL};

bool weekend(Date date) {
  const std::chrono::weekday day{sys_days(date)};
  return day == std::chrono::Saturday || day == std::chrono::Sunday;
}

template <class Check>
void for_each_day(Check check) {
  for (const std::uint64_t seed : kSeeds) {
    for (int day = 0; day < 365; ++day) {
      for (const Person person : {Person::kAnna, Person::kBen}) {
        const Date date = kYear + days(day);
        check(seed, person, date, plan_day(seed, person, date, {.warm = day % 3 == 0}));
        if (testing::Test::HasFailure()) return;
      }
    }
  }
}

TEST(DayPlan, begins_and_ends_in_bed_in_order_and_within_the_day) {
  for_each_day([](std::uint64_t seed, Person, Date date, const std::vector<Stay>& plan) {
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", day " << (sys_days(date) - kYear));
    ASSERT_GE(plan.size(), 8u);
    EXPECT_EQ(plan.front(), (Stay{seconds(0), Room::kBedroom, Doing::kSleeping}));
    EXPECT_EQ(plan.back().doing, Doing::kSleeping);
    EXPECT_LT(plan.back().from, hours(24));
    for (std::size_t i = 1; i < plan.size(); ++i) {
      EXPECT_LT(plan[i - 1].from, plan[i].from);
      EXPECT_NE(std::tie(plan[i - 1].room, plan[i - 1].doing),
                std::tie(plan[i].room, plan[i].doing));
    }
  });
}

TEST(DayPlan, has_people_asleep_at_three_and_up_by_ten) {
  for_each_day([](std::uint64_t, Person, Date date, const std::vector<Stay>& plan) {
    const auto at = [&](seconds time) {
      return std::ranges::upper_bound(plan, time, {}, &Stay::from)[-1].doing;
    };
    EXPECT_NE(at(hours(10)), Doing::kSleeping) << (sys_days(date) - kYear);
    const Doing night = at(hours(3));
    EXPECT_TRUE(night == Doing::kSleeping || night == Doing::kWashing);
  });
}

TEST(DayPlan, knows_the_days_of_the_week) {
  for_each_day([](std::uint64_t, Person person, Date date, const std::vector<Stay>& plan) {
    const auto out = std::ranges::count(plan, Doing::kOut, &Stay::doing);
    const auto works = std::ranges::count(plan, Doing::kWorking, &Stay::doing);
    if (person == Person::kAnna && !weekend(date)) EXPECT_GE(out, 1);
    if (weekend(date) || person == Person::kAnna) EXPECT_EQ(works, 0);
    const std::chrono::weekday day{sys_days(date)};
    if (person == Person::kBen && day == std::chrono::Monday) EXPECT_GE(works, 3);
    const auto trash = std::ranges::count(plan, Doing::kTrash, &Stay::doing);
    EXPECT_EQ(trash, person == Person::kBen && day == std::chrono::Thursday ? 1 : 0);
  });
}

TEST(DayPlan, has_one_paper_a_day_while_both_are_up_and_at_home) {
  for_each_day([](std::uint64_t seed, Person person, Date date, const std::vector<Stay>& plan) {
    const seconds paper = paper_time(seed, date);
    EXPECT_EQ(std::ranges::count(plan, Doing::kPaper, &Stay::doing), person == Person::kBen);
    const Stay now = std::ranges::upper_bound(plan, paper, {}, &Stay::from)[-1];
    EXPECT_NE(now.doing, Doing::kOut) << (sys_days(date) - kYear);
    EXPECT_NE(now.doing, Doing::kSleeping) << (sys_days(date) - kYear);
    if (person == Person::kBen) EXPECT_EQ(now.doing, Doing::kPaper);
  });
}

TEST(DayPlan, is_the_same_again_and_another_for_another_seed_day_or_person) {
  const Date monday = std::chrono::year(2026) / 11 / 23;
  const auto plan = [](std::uint64_t seed, Person person, Date date) {
    return plan_day(seed, person, date, {});
  };
  const auto first = plan(1, Person::kBen, monday);
  EXPECT_EQ(plan(1, Person::kBen, monday), first);
  EXPECT_NE(plan(2, Person::kBen, monday), first);
  EXPECT_NE(plan(1, Person::kAnna, monday), first);
  EXPECT_NE(plan(1, Person::kBen, sys_days(monday) + days(7)), first);
}

TEST(Way, goes_through_doors_that_are_there) {
  const auto has_door = [](Room from, Room to) {
    const std::set<Room> both{from, to};
    if (both.contains(Room::kHall)) return !both.contains(Room::kGarden);
    return both == std::set{Room::kKitchen, Room::kLivingRoom} ||
           both == std::set{Room::kBedroom, Room::kBathroom} ||
           both == std::set{Room::kLivingRoom, Room::kGarden};
  };
  for (std::size_t from = 0; from < kRooms; ++from) {
    for (std::size_t to = 0; to < kRooms; ++to) {
      Room at = static_cast<Room>(from);
      for (const Room next : way(at, static_cast<Room>(to))) {
        EXPECT_TRUE(has_door(at, next)) << name_of(at) << " to " << name_of(next);
        at = next;
      }
      EXPECT_EQ(at, static_cast<Room>(to)) << name_of(static_cast<Room>(from));
    }
  }
}

}  // namespace
}  // namespace hassette::sim
