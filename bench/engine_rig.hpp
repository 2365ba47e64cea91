#pragma once
// EngineRig: the engine as `hassette run` wires it, connected to a home of a benchmark.
//
// Everything that an event passes on its way to a handler is the real thing: socket, reader, cache,
// board, router, runner. What stands beside it (page, compiler, watchdog) is left out. Made and
// used on one thread, which is the loop's.
#include <cstdint>

#include <hassette/api.hpp>
#include <hassette/bus.hpp>
#include "app/engine.hpp"
#include "app/reporter.hpp"
#include "async/bucket.hpp"
#include "async/clock.hpp"
#include "async/loop.hpp"
#include "bus/owner.hpp"
#include "net/asio_reactor.hpp"
#include "telemetry/board.hpp"

namespace bench {

class EngineRig {
 public:
  explicit EngineRig(std::uint16_t port);
  EngineRig(const EngineRig&) = delete;
  EngineRig& operator=(const EngineRig&) = delete;
  ~EngineRig();

  /// Runs the loop until the task has ended, and throws what it throws.
  void complete(hassette::Task<> task);
  hassette::app::Engine& engine() { return engine_; }
  hassette::Bus& bus() { return bus_; }
  hassette::Api& api() { return api_; }
  /// How many events have gone through the engine so far.
  std::uint64_t events() { return board_.events().counts(clock_.wall()).events; }

 private:
  hassette::async::RealClock clock_;
  hassette::net::AsioReactor reactor_;
  hassette::async::Loop loop_;
  hassette::async::Pool pool_;
  hassette::telemetry::Board board_;
  hassette::app::Reporter reporter_;
  hassette::app::Engine engine_;
  hassette::async::Bucket tasks_;  // the app's
  hassette::bus::Owner owner_;
  hassette::Bus bus_;
  hassette::Api api_;
  hassette::async::Bucket engine_tasks_;
};

}  // namespace bench
