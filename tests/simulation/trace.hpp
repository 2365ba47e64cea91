#pragma once
// Trace: what handlers and the observer saw in one run, from the product or from the model.
//
// As text it is compared byte for byte between two runs of one tape. Between product and model the
// order of what different registrations do at one instant does not count, since the reference does
// not fix it, with one exception that it does fix: the order in which one event, or one snapshot,
// is told to listeners. That is kept apart. Values; one thread.
#include <string>
#include <vector>

#include "tape.hpp"

namespace hassette::simulation {

struct Line {
  Micros at = 0;
  std::string group;  // who: what one of them does stays in order
  std::string text;
};

struct Trace {
  std::vector<Line> lines;
  std::vector<std::string> told;  // runs that began inside a dispatch, in their order

  void add(Micros at, const std::string& group, const std::string& what);
};

/// As it was written down.
std::string raw_text(const Trace& trace);
/// With what happened at one instant in the order of its groups, then what was told.
std::vector<std::string> comparable(const Trace& trace);
/// Where two of them part, with the lines before; empty if they do not.
std::string difference(const Trace& product, const Trace& model);

}  // namespace hassette::simulation
