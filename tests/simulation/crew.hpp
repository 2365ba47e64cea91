#pragma once
// Crew: plays many seeds in worker processes, so that a crash, a leak or an endless loop is a
// finding like any other and names its seed.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tape.hpp"

namespace hassette::simulation {

struct Crew {
  std::uint64_t first = 1;
  std::uint64_t seeds = 10'000;
  std::chrono::seconds limit{60};
  unsigned workers = 1;
};

struct Finding {
  std::uint64_t seed = 0;  // 0: a worker failed at its end, as it does when something has leaked
  std::string fault;
  bool crashed = false;  // the process died: it can only be tried in one of its own
};

struct Report {
  std::uint64_t played = 0;
  std::uint64_t lines = 0;                                      // of all traces
  std::vector<std::pair<std::string, std::uint64_t>> coverage;  // in the order of `kinds()`
  std::optional<Finding> finding;
};

/// Each 50th seed is played twice: its traces must be equal byte for byte.
Report play_seeds(const Crew& crew);

/// Whether the tape fails, tried in a process of its own: what hangs or crashes there ends only
/// that. `crashes` says which of the two kinds of failures is meant.
bool fails_alone(const Tape& tape, bool crashes);

}  // namespace hassette::simulation
