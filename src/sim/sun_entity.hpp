// The entity sun.sun, as Home Assistant's sun integration writes it: where the sun stands at the
// home's place, and when it does what next.
//
// Owned by whoever moves the sun: the demo's house, or who moves the home. Loop thread only. A home
// without a sun.sun gets none. No errors.
#pragma once

#include <array>
#include <hassette/time.hpp>

#include "time/sun.hpp"

namespace hassette::sim {

class Home;

class SunEntity {
 public:
  // Writes the state for the present moment.
  void update(Home& home);
  // Whether something that was still to come has come since.
  [[nodiscard]] bool is_overtaken(TimePoint now) const;

 private:
  // When each of them happens next; looking for that costs much more than all the rest.
  std::array<TimePoint, 6> next_{};
  time::Observer place_;
};

}  // namespace hassette::sim
