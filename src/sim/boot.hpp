// How a Home Assistant goes down and comes up again, as its clients see it.
//
// `shut_down` keeps what survives a restart; `boot` brings it back in the order that was recorded:
// nothing at first, then integration by integration its entities and services, then RUNNING. Owned
// by the server, used on the loop's thread; cancelling `boot` leaves the home half up.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <hassette/task.hpp>

#include "sim/state.hpp"

namespace hassette::sim {

class Home;

struct RestartTimes {
  std::chrono::milliseconds refused{3100};  // nothing listens
  std::chrono::milliseconds empty{10};      // it listens, and knows no entity yet
  std::chrono::milliseconds loading{500};   // entities and services arrive
  std::chrono::milliseconds starting{10};   // until RUNNING
};

class Restart {
 public:
  explicit Restart(Home& home) : home_(home) {}

  // NOT_RUNNING, without entities and with the few services that are there before integrations
  // load.
  void shut_down();
  Task<> boot(RestartTimes times);
  // Entities that do not come back, as when an integration was removed; they are gone for good.
  void leave_out(std::string entity_id) { left_out_.push_back(std::move(entity_id)); }
  // What an entity will say when it comes back: it changed while nobody could tell.
  void come_back_as(std::string entity_id, std::string state);

 private:
  void set_phase(const char* phase, Json components);
  void bring_up(const std::string& domain, std::vector<StatePtr>& states);
  void come_back(const std::string& domain, const StatePtr& state);

  Home& home_;
  Json components_;
  std::vector<StatePtr> states_;
  std::vector<std::string> left_out_;
  std::map<std::string, std::string> changed_;
};

}  // namespace hassette::sim
