#include "simulated_home.hpp"

#include <future>
#include <iostream>

#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "base/repository_testing.hpp"
#include "net/asio_reactor.hpp"
#include "sim/load.hpp"
#include "sim/server.hpp"

namespace hassette::contract {

using std::chrono::milliseconds;

struct SimulatedHome::Parts {
  async::RealClock clock;
  net::AsioReactor reactor;
  async::Loop loop{clock, reactor};
  sim::SimulatedHome home{loop, {.token = "simulated-owner", .non_admin_token = "simulated-user"}};
  std::promise<std::uint16_t> started;
  async::Bucket fibers{loop, [](const async::Label&, const std::exception_ptr& error) {
                         std::cerr << "the simulated home: " << async::describe(error) << std::endl;
                       }};
  async::Bucket ending{loop, nullptr};

  static Task<> start(Parts* self) {
    try {
      self->started.set_value(co_await self->home.start("127.0.0.1", 0));
    } catch (...) {
      self->started.set_exception(std::current_exception());
    }
  }
  static Task<> restart(Parts* self) {
    co_await self->home.faults().restart({.refused = milliseconds(1000)});
  }
  static Task<> kill(Parts* self) {
    self->home.faults().drop();
    co_await restart(self);
  }
  static Task<> stop(Parts* self) {
    co_await self->fibers.close(CancelReason::kShutdown);
    co_await self->home.stop();
    self->loop.stop();
  }
};

SimulatedHome::SimulatedHome() {
  std::promise<Parts*> made;
  thread_ = std::jthread([&made] {
    Parts parts;
    sim::load_recording(parts.home.home(), base::repository() + "/tests/data/ha-2025.4.4/ws.jsonl");
    made.set_value(&parts);
    parts.loop.run();
  });
  parts_ = made.get_future().get();
  in_its_thread(&Parts::start);
  port_ = parts_->started.get_future().get();
}

SimulatedHome::~SimulatedHome() {
  parts_->loop.post([parts = parts_] {
    parts->ending.spawn(async::intern_label("simulator", "end"), Parts::stop(parts));
  });
}

void SimulatedHome::in_its_thread(Task<> (*what)(Parts*)) {
  parts_->loop.post([parts = parts_, what] {
    parts->fibers.spawn(async::intern_label("simulator", "order"), what(parts));
  });
}

void SimulatedHome::restart() {
  in_its_thread(&Parts::restart);
}

void SimulatedHome::kill() {
  in_its_thread(&Parts::kill);
}

}  // namespace hassette::contract
