// How long the ledger keeps what nobody asks for.
#include "app/job_ledger_testing.hpp"

namespace hassette::app {
namespace {

using namespace std::chrono_literals;
using run::LedgerKey;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;
using testing::UnorderedElementsAre;

using Waiting = std::optional<std::vector<std::string>>;

class JobAges : public Jobs {
 public:
  static Waiting none_waits() { return Waiting(std::in_place); }
  static std::vector<std::string> the_lights_run() { return {"lights", "lights/hall"}; }
  /// An engine's life of this length, in which nothing but the ledger's own chores happens.
  void live(JobLedger& ledger, std::chrono::nanoseconds length,
            const JobLedger::NotRunning& not_running = none_waits) {
    const std::uint64_t number = spawn(ledger.keep_tidy(the_lights_run, not_running));
    advance(length);
    bucket.cancel(number, CancelReason::kShutdown);
    loop.run_ready();
    EXPECT_FALSE(bucket.unfinished(number));
  }
};

TEST_F(JobAges, that_are_gone_are_forgotten_thirty_days_after_they_were_there_last) {
  const LedgerKey other_app{"gone", "wake"};
  {
    JobLedger ledger(loop, options);
    ledger.put(kWake, entry_at(kSeven));
    ledger.put(kSleep, entry_at(kSeven));
    ledger.put(other_app, entry_at(kSeven));
  }
  clock.step_wall(29 * 24h);
  {
    JobLedger ledger(loop, options);
    ledger.put(kWake, entry_at(kSeven));  // registered again; the others are not
    ledger.remove_stale({});
    EXPECT_EQ(ledger.size(), 3u);
  }
  clock.step_wall(2 * 24h);
  JobLedger ledger(loop, options);
  ledger.remove_stale({});
  EXPECT_EQ(settle(ledger), "");
  EXPECT_THAT(on_disk(), ElementsAre(std::pair(kWake, entry_at(kSeven))));
  ASSERT_EQ(logged().size(), 1u);
  EXPECT_THAT(logged()[0], HasSubstr("2 durable entries of apps, jobs or listeners that have been "
                                     "gone for 30 days removed"));
}

TEST_F(JobAges, of_an_app_that_merely_does_not_run_stay_and_their_time_begins_anew) {
  const LedgerKey single{"blinds", "wake"};
  {
    JobLedger ledger(loop, options);
    ledger.put(kWake, entry_at(kSeven));
    ledger.put(single, entry_at(kSeven));
  }
  for (int start = 0; start < 3; ++start) {
    clock.step_wall(40 * 24h);
    JobLedger ledger(loop, options);
    ledger.remove_stale({"lights/hall", "blinds"});
    EXPECT_EQ(ledger.size(), 2u);
  }
  clock.step_wall(29 * 24h);
  JobLedger ledger(loop, options);
  ledger.remove_stale({"lights", "blinds/north"});
  EXPECT_EQ(ledger.size(), 2u);
  clock.step_wall(2 * 24h);
  ledger.remove_stale({"lights", "blinds/north"});
  EXPECT_EQ(ledger.size(), 0u) << "neither names one of these";
}

TEST_F(JobAges, whose_age_is_not_known_count_from_now) {
  clock.step_wall(TimePoint(1min) - clock.wall());  // a machine whose clock has not been set
  {
    JobLedger ledger(loop, options);
    ledger.put(kWake, entry_at(kSeven));
    ledger.remove_stale({});
  }
  clock.step_wall(kSeven - clock.wall());
  JobLedger ledger(loop, options);
  ledger.remove_stale({});
  EXPECT_EQ(settle(ledger), "");
  EXPECT_EQ(rows().at(kWake).seen, kSeven);
  clock.step_wall(31 * 24h);
  ledger.remove_stale({});
  EXPECT_EQ(ledger.size(), 0u);
}

TEST_F(JobAges, are_told_while_a_job_waits_in_a_life_that_is_long) {
  {
    JobLedger ledger(loop, options);
    ledger.put(kSleep, entry_at(kSeven));
  }
  {
    JobLedger ledger(loop, options);
    ledger.put(kWake, entry_at(kSeven));
    live(ledger, 40 * 24h);
    EXPECT_EQ(ledger.size(), 1u) << "of the other one there was no sign";
  }
  EXPECT_GE(rows().at(kWake).seen, clock.wall() - 24h);
  JobLedger ledger(loop, options);
  ledger.remove_stale({});
  EXPECT_EQ(ledger.size(), 1u);
}

TEST_F(JobAges, that_nobody_registers_are_told_soon_after_the_start) {
  const LedgerKey hold{"lights", "state light.a \nleft on", "light.a"};
  const LedgerKey waits{"blinds", "wake"};
  {
    JobLedger ledger(loop, options);
    for (const LedgerKey& key : {kWake, kSleep, hold, waits}) ledger.put(key, entry_at(kSeven));
    ledger.put({"lights", "has been"}, {.trigger = "daily", .last = kSeven});
  }
  JobLedger ledger(loop, options);
  EXPECT_TRUE(ledger.remembers(kSleep)) << "which is no registration";
  EXPECT_TRUE(ledger.find(kWake));
  live(ledger, 2min, [] { return Waiting({"blinds"}); });
  ASSERT_EQ(logged().size(), 2u);
  EXPECT_THAT(logged(), UnorderedElementsAre(HasSubstr("durable job `" + kSleep.name + "`"),
                                             HasSubstr("durable hold `left on` of light.a")));
}

TEST_F(JobAges, whose_app_is_not_configured_any_more_are_told_with_that_reason) {
  {
    JobLedger ledger(loop, options);
    ledger.put({"gone", "wake"}, entry_at(kSeven));
    ledger.put({"lights", "wake"}, entry_at(kSeven));
  }
  JobLedger ledger(loop, options);
  live(ledger, 2min);
  EXPECT_THAT(logged(),
              UnorderedElementsAre(
                  testing::AllOf(HasSubstr("durable job `wake` is remembered, and `gone` is not "
                                           "configured any more"),
                                 testing::Not(HasSubstr("on_initialize"))),
                  HasSubstr("What a handler registers, `on_initialize` has to register again")));
}

TEST_F(JobAges, do_not_count_before_stories_have_had_time_to_ask) {
  {
    JobLedger ledger(loop, options);
    ledger.put(kWake, entry_at(kSeven));
    ledger.put(kSleep, entry_at(kSeven));
  }
  clock.step_wall(60 * 24h);  // the machine was off
  JobLedger ledger(loop, options);
  const std::uint64_t number = spawn(ledger.keep_tidy(the_lights_run, none_waits));
  advance(50min);
  EXPECT_EQ(ledger.size(), 2u);
  EXPECT_TRUE(ledger.find(kWake));
  advance(20min);
  EXPECT_EQ(ledger.size(), 1u);
  EXPECT_TRUE(ledger.find(kWake));
  EXPECT_EQ(settle(ledger), "");
  EXPECT_THAT(rows(), ElementsAre(Key(kWake)));
  EXPECT_GE(rows().at(kWake).seen, clock.wall() - 24h);
  bucket.cancel(number, CancelReason::kShutdown);
  loop.run_ready();
}

TEST_F(JobAges, begin_anew_with_a_stop_of_an_engine_that_had_the_job) {
  {
    JobLedger ledger(loop, options);
    ledger.put(kWake, entry_at(kSeven));
    ledger.put(kSleep, entry_at(kSeven));
  }
  const TimePoint put = clock.wall();
  clock.step_wall(29 * 24h);
  {
    JobLedger ledger(loop, options);
    EXPECT_TRUE(ledger.find(kWake));
  }
  EXPECT_EQ(rows().at(kWake).seen, put + 29 * 24h);
  EXPECT_EQ(rows().at(kSleep).seen, put);
}

TEST_F(JobAges, mean_nothing_while_nobody_knows_which_apps_there_are) {
  {
    JobLedger ledger(loop, options);
    ledger.put(kWake, entry_at(kSeven));
    ledger.put(kSleep, entry_at(kSeven));
  }
  JobLedger ledger(loop, options);
  EXPECT_TRUE(ledger.find(kWake));
  live(ledger, 40 * 24h, [] { return Waiting(); });
  EXPECT_EQ(ledger.size(), 2u);
  EXPECT_EQ(settle(ledger), "");
  EXPECT_GE(rows().at(kWake).seen, clock.wall() - 24h);
}

}  // namespace
}  // namespace hassette::app
