// Dice: the chance in the simulated house, the same from the same seed on every machine.
//
// A value. What the dice give depends only on what they were made of, so that every day, person and
// sensor can have dice of its own and none disturbs another. No errors.
#pragma once

#include <cstdint>

namespace hassette::sim {

class Dice {
 public:
  // Of a seed and of what these dice are for: a date, a person, a channel.
  template <class... Purpose>
  explicit Dice(std::uint64_t seed, Purpose... purpose) : state_(seed) {
    ((state_ = mixed(state_) ^ static_cast<std::uint64_t>(purpose)), ...);
    roll();
  }

  std::uint64_t roll() { return mixed(state_ += kStep); }
  // 0 to 1, without the 1.
  double chance() { return static_cast<double>(roll() >> 11) / 9007199254740992.0; }
  bool happens(double probability) { return chance() < probability; }
  double between(double low, double high) { return low + (high - low) * chance(); }
  // Around 0, mostly near it, never beyond `most`.
  double around(double most) { return most * (chance() + chance() + chance() - 1.5) / 1.5; }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;
  // The output function of SplitMix64.
  static constexpr std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
  }

  std::uint64_t state_;
};

}  // namespace hassette::sim
