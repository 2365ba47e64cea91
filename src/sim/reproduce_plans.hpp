// Which services lead an entity of a domain to a wanted state, in Home Assistant's order.
//
// Plain functions of the state as it is and the state as it is to be; any thread, no errors.
#pragma once

#include <algorithm>
#include <hassette/json.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "sim/state.hpp"

namespace hassette::sim {

struct Wanted {
  const State& now;
  const std::string& state;
  const Json& attributes;
  const Json& options;  // what the caller gives on, such as a transition

  [[nodiscard]] bool is(std::initializer_list<std::string_view> states) const {
    return std::ranges::find(states, state) != states.end();
  }
  [[nodiscard]] bool given(const char* key) const { return !attributes[key].is_null(); }
  [[nodiscard]] bool differs(const char* key) const {
    return attributes[key] != now.attributes()[key];
  }
  [[nodiscard]] bool same_state() const { return now.state() == state; }
};

struct Step {
  std::string service;
  Json data = Json::object();
};

// Nothing where the domain's states cannot be reproduced.
using Planner = std::vector<Step> (*)(const Wanted&);
[[nodiscard]] Planner planner_of(std::string_view domain);
[[nodiscard]] std::vector<Step> steps_of_cover(const Wanted& wanted);

}  // namespace hassette::sim
