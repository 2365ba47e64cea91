#pragma once
// The two times that a loop knows, behind one interface.
//
// Monotonic time drives timers; wall time is what the home calls now. A RealClock reads the
// machine's clocks, a ScaledClock runs home time faster, a VirtualClock stands still until the loop
// has nothing left to do and then jumps to the next timer. Nothing else in the engine reads a
// clock.
#include <chrono>
#include <optional>

namespace hassette::async {

/// Tag of a loop's monotonic time; its origin is the start of the loop's clock.
struct MonoClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonoClock>;
  static constexpr bool is_steady = true;
};
using MonoTime = MonoClock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

/// The time `by` after `from`; for ever where the sum would not fit.
constexpr MonoTime later(MonoTime from, std::chrono::nanoseconds by) {
  return by > MonoTime::max() - from ? MonoTime::max() : from + by;
}

class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonoTime now() const = 0;
  virtual WallTime wall() const = 0;
  /// How long the loop has to sleep, in real time, for `due` to come; empty where time is virtual.
  virtual std::optional<std::chrono::nanoseconds> real_wait(MonoTime due) const = 0;
  /// Moves virtual time to `due`; clocks that follow real time ignore it.
  virtual void jump_to(MonoTime due) = 0;
};

class RealClock final : public Clock {
 public:
  RealClock();
  MonoTime now() const override;
  WallTime wall() const override;
  std::optional<std::chrono::nanoseconds> real_wait(MonoTime due) const override;
  void jump_to(MonoTime) override {}

 private:
  std::chrono::steady_clock::time_point start_;
};

/// Home time that runs `speed` times as fast as real time, from the wall time of its start.
class ScaledClock final : public Clock {
 public:
  ScaledClock(double speed, WallTime start);
  MonoTime now() const override;
  WallTime wall() const override;
  std::optional<std::chrono::nanoseconds> real_wait(MonoTime due) const override;
  void jump_to(MonoTime) override {}

 private:
  double speed_;
  WallTime wall_start_;
  std::chrono::steady_clock::time_point start_;
};

class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(WallTime start) : wall_(start) {}
  MonoTime now() const override { return now_; }
  WallTime wall() const override { return wall_; }
  std::optional<std::chrono::nanoseconds> real_wait(MonoTime) const override { return {}; }
  void jump_to(MonoTime due) override;
  /// A step of the wall clock alone, as NTP or a battery clock makes it.
  void step_wall(std::chrono::microseconds by) { wall_ += by; }

 private:
  MonoTime now_{};
  WallTime wall_;
};

}  // namespace hassette::async
