#pragma once
// The home: a table of states that the operations of a tape change. It is the surroundings of both,
// product and model; each has one of its own.
#include <map>
#include <optional>
#include <string>

#include "tape.hpp"

namespace hassette::simulation {

struct Known {
  std::string text;
  std::string level;        // the attribute `level`; empty where it has none
  Micros last_changed = 0;  // on Home Assistant's clock
  Micros last_updated = 0;

  bool same_value(const Known& other) const { return text == other.text && level == other.level; }
};

using Table = std::map<std::string, Known>;

/// What the operations `state` and `remove` make of the home's table; false where that is no news.
bool apply_to_home(Table& home, const Op& op, Micros now);

/// The home as it is at the start: every entity, each a while in its state.
Table first_table(Micros now);

}  // namespace hassette::simulation
