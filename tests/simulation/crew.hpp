#pragma once
// Crew: plays many seeds in worker processes, so that a crash, a leak or an endless loop is a
// finding like any other and names its seed.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "tape.hpp"

namespace hassette::simulation {

struct Crew {
  std::uint64_t first = 1;
  std::uint64_t seeds = 10'000;
  std::chrono::seconds limit{60};
  unsigned workers = 1;
};

struct Finding {
  std::uint64_t seed = 0;
  std::string fault;
  bool crashed = false;  // the process died: it can only be tried in one of its own
};

struct Report {
  std::uint64_t played = 0;
  std::uint64_t lines = 0;  // of all traces
  std::map<std::string, std::uint64_t> tally;
  std::optional<Finding> finding;
};

/// Each 50th seed is played twice: its traces must be equal byte for byte.
Report play_seeds(const Crew& crew);

/// Whether the tape fails, tried in a process of its own.
bool fails_alone(const Tape& tape);

/// What happens often enough that a suite in which it is missing tests nothing.
const std::vector<std::string>& kinds();

}  // namespace hassette::simulation
