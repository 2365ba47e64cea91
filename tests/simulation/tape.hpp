#pragma once
// Tape: what happens in one simulated run, as a list of operations that can be printed and read.
//
// A tape stands for itself: every operation names its moment and all that it needs, so that any of
// them, or any of their fields, can be left out and the rest still means something. That is what
// lets a failing tape shrink. As text it is one operation a line:
//
//   12.345678 listen L3 entities=light.* changed_to=on duration=5000217 takes=3000101
//
// The first number is the second since the start; lengths are microseconds. With `together` the
// next operation follows in the same turn of the loop. Values; one thread.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hassette::simulation {

using Micros = std::int64_t;
constexpr Micros kSecond = 1'000'000;

struct Op {
  Micros at = 0;  // since the start
  std::string verb;
  std::string subject;
  std::map<std::string, std::string> fields;

  bool has(const std::string& field) const { return fields.contains(field); }
  /// Empty, or 0, where there is none.
  std::string text(const std::string& field) const;
  Micros number(const std::string& field) const;
};

struct Tape {
  std::uint64_t seed = 0;
  Micros wall = 0;  // what the home's clock shows at the start, since 1970
  Micros lead = 0;  // by how much Home Assistant's clock is ahead of it
  std::vector<Op> ops;
};

std::string to_text(const Op& op);
std::string to_text(const Tape& tape);
/// Throws std::runtime_error with the line that cannot be read.
Tape parse_tape(std::string_view text);

/// "12.345678"
std::string seconds_text(Micros time);

}  // namespace hassette::simulation
