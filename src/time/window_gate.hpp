// A window that is asked often: it remembers its answer until that changes.
//
// A value for one thread. A predicate on events asks at every event, and working out where the sun
// is each time would cost more than all the rest of the dispatch.
#pragma once

#include <hassette/window.hpp>
#include <utility>

#include "time/moment.hpp"

namespace hassette::time {

class WindowGate {
 public:
  explicit WindowGate(Window window) : window_(std::move(window)) {}

  [[nodiscard]] bool is_open(TimePoint time, const Place& place) {
    if (time < known_from_ || time >= known_until_ || place != place_) look(time, place);
    return open_;
  }
  [[nodiscard]] const Window& window() const noexcept { return window_; }

 private:
  void look(TimePoint time, const Place& place) {
    open_ = window_.contains(time, place);
    known_from_ = time;
    known_until_ = window_.next_change(time, place).value_or(time + std::chrono::days(400));
    place_ = place;
  }

  Window window_;
  Place place_;
  TimePoint known_from_ = TimePoint::max();
  TimePoint known_until_ = TimePoint::min();
  bool open_ = false;
};

}  // namespace hassette::time
