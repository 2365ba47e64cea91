#pragma once
// Where jitter comes from: a stream of numbers for each job, fixed by the engine's seed and the
// job's name, so that a run repeats and one job's draws do not shift another's. Plain values.
#include <chrono>
#include <cstdint>
#include <string_view>

namespace hassette::schedule {

class Random {
 public:
  Random(std::uint64_t seed, std::string_view app, std::string_view job)
      : state_(mix(mix(seed, app), job)) {}

  /// Uniform in [0, limit); 0 where the limit is not positive.
  std::chrono::nanoseconds below(std::chrono::nanoseconds limit) {
    if (limit.count() <= 0) return std::chrono::nanoseconds(0);
    const auto bound = static_cast<std::uint64_t>(limit.count());
    const std::uint64_t unfair = (0 - bound) % bound;  // draws below it would favour small numbers
    for (;;) {
      if (const std::uint64_t drawn = next(); drawn >= unfair) {
        return std::chrono::nanoseconds(static_cast<std::int64_t>(drawn % bound));
      }
    }
  }

 private:
  /// SplitMix64.
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// FNV-1a, going on from what is there; the end of a text counts.
  static std::uint64_t mix(std::uint64_t from, std::string_view text) {
    std::uint64_t hash = from ^ 0xcbf29ce484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return (hash ^ 0xff) * 0x100000001b3;
  }

  std::uint64_t state_;
};

}  // namespace hassette::schedule
