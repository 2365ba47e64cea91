#pragma once
// layer: harness
//
// Exploring schedules: a scenario that runs again and again, each time in another of the orders
// that a real home could bring.
//
//   const Exploration seen = explore({.window = 50ms}, [](AppHarness& home) {
//     home.set_state("input_number.guests", "0");
//     home.start<Counter>();
//     home.set_state("binary_sensor.front_door", "on");
//     home.set_state("binary_sensor.back_door", "on");
//     home.advance(1s);
//   });
//   EXPECT_SAME_OUTCOME(seen);
//
// Each run has a home of its own. What is explored, and what is not, stands in
// docs/exploring-schedules.md. The macro and the `explore` for AppHarness are in
// <hassette/testing.hpp>; this is for any test framework. One thread.
#include <hassette/test_home.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace hassette {

struct ExploreOptions {
  /// What happens closer together than this, or at once, may come in either order. Not negative.
  std::chrono::nanoseconds window = std::chrono::milliseconds(50);
  /// How many schedules are run at most; at least one.
  std::size_t limit = 1000;
  HarnessOptions home = {};
  /// What must not depend on the order, asked when the scenario has ended; by default
  /// `TestHome::outcome`.
  std::function<std::string(const TestHome&)> outcome = {};
};

/// One way in which a scenario went.
struct Schedule {
  std::string outcome;
  /// Empty where a scenario had so many outcomes that the traces of the furthest were let go.
  std::vector<std::string> tape;
  std::size_t turns = 0;  ///< how often another than the usual order was taken
};

struct Exploration {
  /// One outcome, and the schedule that led to it in the fewest turns.
  struct Outcome {
    Schedule schedule;
    std::size_t times = 0;  ///< how many schedules ended so
  };
  std::size_t explored = 0;
  std::size_t at_least = 0;  ///< so many schedules there are, or more if the limit was reached
  /// The usual order's first, then those of the fewest turns.
  std::vector<Outcome> outcomes;
  /// What an app forgot, or what the scenario threw, with its schedule; the exploration ended
  /// there.
  std::string fault;
  /// The test that explored has failed with the fault: nothing else needs to show it.
  bool fault_is_told = false;

  /// Every schedule was run.
  bool complete() const { return fault.empty() && explored == at_least; }
  /// One outcome in all that were run, and no fault.
  bool same() const { return fault.empty() && outcomes.size() <= 1; }
  /// "explored 6 schedules, which are all", or "… 1000 of at least 1264 …".
  std::string extent() const;
  /// The same, with the fault, or with the usual outcome and the three nearest of the others: what
  /// they do not share, and how each came about.
  std::string str() const;
};

/// Runs the scenario in one schedule after the other, depth first, until all were run, the limit is
/// reached or one has a fault.
Exploration explore(const ExploreOptions& options, const std::function<void(TestHome&)>& scenario);

/// The same for a home of another type: `once` makes it with this run, plays the scenario in it and
/// gives what `finish` gives.
using ExploreOnce = std::function<std::vector<std::string>(harness::ExploredRun& run)>;
Exploration explore_each(const ExploreOptions& options, const ExploreOnce& once);

}  // namespace hassette
