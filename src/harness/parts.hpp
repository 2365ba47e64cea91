#pragma once
// What stands behind a TestHome: a clock, a loop, a simulated home and the engine that is joined to
// it. Destroyed after `close`, in reverse order. One thread.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <hassette/test_home.hpp>
#include "app/engine.hpp"
#include "app/job_ledger.hpp"
#include "async/bucket.hpp"
#include "async/clock.hpp"
#include "async/loop.hpp"
#include "async/pool.hpp"
#include "async/unawaited.hpp"
#include "harness/call_match.hpp"
#include "harness/home_connection.hpp"
#include "harness/moves.hpp"
#include "harness/tape.hpp"
#include "sim/home.hpp"
#include "sim/house.hpp"

namespace hassette {

struct TestHome::Parts {
  explicit Parts(HarnessOptions given);
  ~Parts();

  void open();
  /// From now on this run decides what comes first.
  void explore(harness::ExploredRun& run);
  /// Everything that is ready runs; inside a handler, after it.
  void settle();
  /// Something that the test does to the home; then everything that is ready runs. In an
  /// exploration it happens later; events with the same key keep their order.
  void happen(std::string_view key, std::string_view what, harness::Moves::Happen change);
  /// Whether what the loop runs is calling: a handler, a condition, an error handler.
  bool is_inside() const { return async::Loop::current() == &loop; }
  /// Throws if it is: `what` belongs to the test.
  void must_be_outside(std::string_view what) const;
  /// Whether what the test does is chosen: before the first app there is nobody to tell orders
  /// apart.
  bool explores() const { return moves && !instances.empty(); }
  async::MonoTime now() const { return moves ? moves->now() : loop.now(); }
  void advance_to(async::MonoTime until);
  /// Ends what still runs and gives what was forgotten: each mistake once, and the tape with the
  /// last of them.
  std::vector<std::string> close();
  /// The errors that no test expects, and the expectations that nothing met.
  void find_errors(std::vector<std::string>& faults) const;
  /// Runs a task to its end, moving time where it waits.
  void complete(Task<> task, std::chrono::nanoseconds limit);
  bool run_until(const std::function<bool()>& condition, std::chrono::nanoseconds limit);
  void stop(app::Instance& instance);
  /// Puts a state where it is, in the home and in the cache, without a change.
  void place(sim::StatePtr state);
  void place(const std::string& entity, std::string state, const Json& attributes);
  /// The cache takes over what the home has, without a change.
  void reload();
  /// For the end of a message; empty in an exploration, which shows the tape itself.
  std::string tape_text() const;

  HarnessOptions options;
  time::Zone zone;
  async::VirtualClock clock;
  async::ParkReactor reactor;
  async::Loop loop;
  async::Pool pool;
  harness::Tape tape;
  std::shared_ptr<harness::LogToTape> log;
  sim::Home home;
  sim::House house;
  harness::HomeConnection* connection = nullptr;  // the engine's
  app::MemoryLedger ledger;
  harness::ExploredRun* explored = nullptr;
  app::Engine engine;
  std::vector<std::string> expected;
  std::vector<std::unique_ptr<app::Instance>> instances;
  bool is_open = false;
  Parts* outer = nullptr;  // of a test that has two homes
  async::UnawaitedReporter reporter_before = nullptr;
  std::optional<harness::Moves> moves;  // in an exploration
  async::Bucket background;
};

}  // namespace hassette
