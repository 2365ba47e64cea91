// Each local time fires once a day, through the scheduler, for a year, in zones whose clocks do all
// that clocks do; held against a model that looks at every quarter of an hour.
#include <array>

#include "schedule/testing.hpp"

namespace hassette::schedule {
namespace {

using namespace std::chrono;
using testing::SizeIs;

class ZoneYear : public InTime, public testing::WithParamInterface<std::pair<const char*, int>> {
 public:
  ZoneYear() { table.connect({.clock_steps_are_told = true}); }
  const char* zone_name() const { return GetParam().first; }
  int first_year() const { return GetParam().second; }
};

constexpr std::array<TimeOfDay, 10> kTimes{"00:00", "00:30", "01:30", "02:00", "02:15",
                                           "02:30", "03:00", "12:00", "23:00", "23:45"};

TEST_P(ZoneYear, each_local_time_comes_once_a_day) {
  set_zone(zone_name());
  start_at(year(first_year()) / 1 / 1, "00:00");
  clock.step_wall(-1min);  // the first midnight counts
  const TimePoint begin = loop.wall();
  std::array<std::vector<TimePoint>, kTimes.size()> runs;
  for (std::size_t i = 0; i < kTimes.size(); ++i) {
    run_daily(kTimes[i], [this, &into = runs[i]] { into.push_back(loop.wall()); });
  }
  advance(days(365));

  // The first quarter of an hour of a date at which its clock shows the time or a later one.
  std::array<std::vector<TimePoint>, kTimes.size()> expected;
  std::array<Date, kTimes.size()> done{};
  for (TimePoint at = begin + 1min; at <= begin + days(365); at += 15min) {
    const LocalTime local = table.zone().to_local(at);
    for (std::size_t i = 0; i < kTimes.size(); ++i) {
      if (done[i] == local.date() || local.time_of_day() < kTimes[i]) continue;
      done[i] = local.date();
      expected[i].push_back(at);
    }
  }
  for (std::size_t i = 0; i < kTimes.size(); ++i) {
    const auto [run, wanted] = std::ranges::mismatch(runs[i], expected[i]);
    EXPECT_TRUE(run == runs[i].end() && wanted == expected[i].end())
        << kTimes[i] << " differs in its run number " << run - runs[i].begin();
    EXPECT_GE(runs[i].size(), 364u);
  }
}

TEST_P(ZoneYear, quarters_follow_elapsed_time) {
  set_zone(zone_name());
  start_at(year(first_year()) / 1 / 1, "00:00");
  clock.step_wall(-1min);
  std::size_t runs = 0;
  schedule(CronTimes{"*/15 * * * *"}, [&runs] { ++runs; });
  advance(days(365));
  EXPECT_EQ(runs, 365u * 96u) << "an hour that comes twice has eight, one that is skipped none";
}

TEST_P(ZoneYear, cron_for_an_hour_comes_once_a_day) {
  set_zone(zone_name());
  start_at(year(first_year()) / 1 / 1, "00:00");
  clock.step_wall(-1min);
  std::map<std::string, int> days_with;
  schedule(CronTimes{"30 2 * * *"}, [this, &days_with] {
    ++days_with[table.zone().to_local(loop.wall()).str().substr(0, 10)];
  });
  advance(days(365));
  EXPECT_GE(days_with.size(), 364u);
  for (const auto& [day, runs] : days_with) EXPECT_EQ(runs, 1) << zone_name() << " " << day;
}

INSTANTIATE_TEST_SUITE_P(of, ZoneYear,
                         testing::Values(std::pair("Europe/Berlin", 2026),
                                         std::pair("America/New_York", 2026),
                                         std::pair("Australia/Lord_Howe", 2026),
                                         std::pair("Africa/Casablanca", 2026),
                                         std::pair("Pacific/Apia", 2011), std::pair("UTC", 2026)),
                         [](const auto& info) {
                           std::string name = info.param.first;
                           std::ranges::replace(name, '/', '_');
                           return name;
                         });

}  // namespace
}  // namespace hassette::schedule
