// The simulated home on a real socket: Home Assistant's WebSocket and REST API, and its bad days.
//
// Owned by the composition root or a test; `stop` before destroying it, and it must not outlive the
// loop. Loop thread only. `start` throws net::NetError where the port cannot be had. Where it
// differs from a real Home Assistant, tests/contract/differences.txt says why.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <hassette/task.hpp>

#include "sim/faults.hpp"
#include "sim/home.hpp"
#include "sim/session.hpp"

namespace hassette::sim {

struct SimOptions {
  std::string version = "2025.4.4";
  std::string token = "simulated";
  std::string non_admin_token;
  std::uint64_t seed = 1;
  SessionLimits limits;
  std::chrono::seconds authentication_limit{10};
};

class SimulatedHome {
 public:
  SimulatedHome(async::Loop& loop, SimOptions options);
  SimulatedHome(const SimulatedHome&) = delete;
  SimulatedHome& operator=(const SimulatedHome&) = delete;
  ~SimulatedHome();

  // To be furnished before `start`: load_recording, House, or by hand; the services are there.
  [[nodiscard]] Home& home();
  // Serves from then on; port 0 takes any free one. Gives the port.
  Task<std::uint16_t> start(std::string host, std::uint16_t port);
  Task<> stop();
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::size_t clients() const;  // authenticated ones
  [[nodiscard]] Faults& faults();

 private:
  friend Faults;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hassette::sim
