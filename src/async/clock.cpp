#include "async/clock.hpp"

#include <algorithm>

namespace hassette::async {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

RealClock::RealClock() : start_(steady_clock::now()) {}

MonoTime RealClock::now() const {
  return MonoTime(steady_clock::now() - start_);
}

WallTime RealClock::wall() const {
  return std::chrono::time_point_cast<microseconds>(system_clock::now());
}

std::optional<nanoseconds> RealClock::real_wait(MonoTime due) const {
  return std::max(nanoseconds(0), due - now());
}

ScaledClock::ScaledClock(double speed, WallTime start)
    : speed_(speed), wall_start_(start), start_(steady_clock::now()) {}

MonoTime ScaledClock::now() const {
  const std::chrono::duration<double, std::nano> real = steady_clock::now() - start_;
  return MonoTime(duration_cast<nanoseconds>(real * speed_));
}

WallTime ScaledClock::wall() const {
  return wall_start_ + duration_cast<microseconds>(now().time_since_epoch());
}

std::optional<nanoseconds> ScaledClock::real_wait(MonoTime due) const {
  const auto real = std::chrono::duration<double, std::nano>(due - now()) / speed_;
  constexpr std::chrono::duration<double, std::nano> kMost = std::chrono::hours(1'000'000);
  return duration_cast<nanoseconds>(std::clamp(real, real.zero(), kMost));
}

void VirtualClock::jump_to(MonoTime due) {
  if (due <= now_) return;
  // Whole microseconds of wall time are kept in step with the nanoseconds of monotonic time.
  const auto before = duration_cast<microseconds>(now_.time_since_epoch());
  const auto after = duration_cast<microseconds>(due.time_since_epoch());
  wall_ += after - before;
  now_ = due;
}

}  // namespace hassette::async
