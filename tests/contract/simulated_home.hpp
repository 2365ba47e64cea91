#pragma once
// The simulated home on a thread of its own, furnished like the recorded one.
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include <hassette/task.hpp>

#include "home.hpp"

namespace hassette::contract {

class SimulatedHome final : public Home {
 public:
  SimulatedHome();
  SimulatedHome(const SimulatedHome&) = delete;
  SimulatedHome& operator=(const SimulatedHome&) = delete;
  ~SimulatedHome() override;

  std::uint16_t port() const override { return port_; }
  std::string token() const override { return "simulated-owner"; }
  std::string user_token() const override { return "simulated-user"; }
  std::string version() const override { return "2025.4.4"; }
  void restart() override;
  void kill() override;

 private:
  struct Parts;
  void in_its_thread(Task<> (*what)(Parts*));

  Parts* parts_ = nullptr;  // lives in the thread
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

}  // namespace hassette::contract
