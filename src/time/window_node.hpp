// What a Window is made of.
//
// Immutable once built, shared by the windows that contain it; any thread.
#pragma once

#include <hassette/window.hpp>
#include <memory>
#include <variant>
#include <vector>

namespace hassette::time {

using WindowPart = std::shared_ptr<const WindowNode>;

struct HoursPart {
  MomentOfDay from;
  MomentOfDay to;
  int days_later = 0;  // the end is on the day of the beginning, or so many days after it
};
struct WeekdaysPart {
  Weekdays days;
};
struct DatesPart {
  DayOfYear first;
  DayOfYear last;
};
struct SeasonPart {
  Season season;
};
struct AllPart {
  std::vector<WindowPart> parts;
};
struct AnyPart {
  std::vector<WindowPart> parts;
};
struct NotPart {
  WindowPart part;
};

struct WindowNode {
  std::variant<HoursPart, WeekdaysPart, DatesPart, SeasonPart, AllPart, AnyPart, NotPart> what;
  // It asks for the day alone, and so may be asked about the day on which hours began.
  bool is_about_days = true;
};

// On which day the end lies, seen from the day of the beginning.
[[nodiscard]] int days_until_end(const MomentOfDay& from, const MomentOfDay& to);

}  // namespace hassette::time
