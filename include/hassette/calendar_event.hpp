#pragma once
// layer: schedule
//
// CalendarEvent: an event of a calendar, as the handler of a job that follows one may ask for it.
// A value; any thread.
#include <hassette/time.hpp>

#include <string>

namespace hassette {

struct CalendarEvent {
  TimePoint start = {};
  TimePoint end = {};  ///< the first moment that is not part of it
  std::string summary = {};
  std::string description = {};
  std::string location = {};
  /// It has dates and no times: it begins and ends at midnight in the home.
  bool all_day = false;
  friend bool operator==(const CalendarEvent&, const CalendarEvent&) = default;
};

}  // namespace hassette
