// What windows answer.
#include <hassette/window.hpp>

#include <algorithm>

#include "time/moment.hpp"
#include "time/window_node.hpp"

namespace hassette {

namespace {

using std::chrono::days;
using std::chrono::sys_days;
using time::AllPart;
using time::AnyPart;
using time::DatesPart;
using time::HoursPart;
using time::NotPart;
using time::Place;
using time::SeasonPart;
using time::WeekdaysPart;
using time::WindowNode;
using time::WindowPart;

constexpr days kHorizon{400};

bool holds_on(const WindowNode& node, Date date, const Place& place);

struct DayQuestion {
  Date date;
  const Place& place;

  bool operator()(const HoursPart&) const { return false; }  // not about days
  bool operator()(const WeekdaysPart& part) const {
    return part.days.contains(Weekday(sys_days(date)));
  }
  bool operator()(const DatesPart& part) const {
    const auto of_year = [](unsigned month, unsigned day) { return month * 100 + day; };
    const unsigned today =
        of_year(static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    const unsigned first = of_year(part.first.month(), part.first.day());
    const unsigned last = of_year(part.last.month(), part.last.day());
    return first <= last ? first <= today && today <= last : today >= first || today <= last;
  }
  bool operator()(const SeasonPart& part) const {
    // Spring begins with March, and with September in the south.
    const unsigned month = static_cast<unsigned>(date.month());
    const unsigned since_spring = month + 12 - (place.observer.latitude < 0 ? 9 : 3);
    return since_spring % 12 / 3 == static_cast<unsigned>(part.season);
  }
  bool operator()(const AllPart& all) const {
    return std::ranges::all_of(all.parts, [this](auto& p) { return holds_on(*p, date, place); });
  }
  bool operator()(const AnyPart& any) const {
    return std::ranges::any_of(any.parts, [this](auto& p) { return holds_on(*p, date, place); });
  }
  bool operator()(const NotPart& part) const { return !holds_on(*part.part, date, place); }
};

bool holds_on(const WindowNode& node, Date date, const Place& place) {
  return std::visit(DayQuestion{date, place}, node.what);
}

// The conditions on days that stand beside the hours, from the innermost && outwards.
struct DayFilter {
  const std::vector<WindowPart>& parts;  // those that are about days count
  const DayFilter* outer;
};

bool passes(const DayFilter* filter, Date date, const Place& place) {
  for (; filter != nullptr; filter = filter->outer) {
    for (const WindowPart& part : filter->parts) {
      if (part->is_about_days && !holds_on(*part, date, place)) return false;
    }
  }
  return true;
}

// The hours that begin on this date. Empty ones end where they begin, or before.
struct Span {
  TimePoint begin;
  TimePoint end;
};

std::optional<Span> span_on(sys_days day, const HoursPart& hours, const Place& place) {
  const Date date{day};
  if (!place.zone.has_day(date)) return std::nullopt;
  sys_days last_day = day + days(hours.days_later);
  while (!place.zone.has_day(Date(last_day))) last_day += days(1);
  return Span{time::moment_on(date, hours.from, place),
              time::moment_on(Date(last_day), hours.to, place)};
}

// Hours that contain a moment begin on a date so near to it: an offset is less than half a day, the
// sun's events less than a day away from their date, and hours less than three days long.
constexpr int kDaysBefore = 3;
constexpr int kDaysAfter = 2;

struct Question {
  TimePoint time;
  Date today;
  const Place& place;
  const DayFilter* filter = nullptr;

  bool ask(const WindowNode& node) const {
    if (node.is_about_days) return holds_on(node, today, place) && passes(filter, today, place);
    return std::visit(*this, node.what);
  }
  bool operator()(const HoursPart& hours) const {
    for (int near = -kDaysBefore; near <= kDaysAfter; ++near) {
      const sys_days day = sys_days(today) + days(near);
      if (!passes(filter, Date(day), place)) continue;
      const auto span = span_on(day, hours, place);
      if (span && span->begin <= time && time < span->end) return true;
    }
    return false;
  }
  bool operator()(const AllPart& all) const {
    const DayFilter inner{all.parts, filter};
    const Question question{time, today, place, &inner};
    return std::ranges::all_of(
        all.parts, [&](auto& part) { return part->is_about_days || question.ask(*part); });
  }
  bool operator()(const AnyPart& any) const {
    return std::ranges::any_of(any.parts, [this](auto& part) { return ask(*part); });
  }
  bool operator()(const NotPart& part) const {
    return passes(filter, today, place) && !Question{time, today, place}.ask(*part.part);
  }
  template <class DayPart>
  bool operator()(const DayPart&) const {
    return false;  // asked above
  }
};

// Moments at which an answer can change: begin and end of all hours near a moment.
void collect_bounds(const WindowNode& node, TimePoint after, const Place& place,
                    std::vector<TimePoint>& bounds) {
  if (const auto* hours = std::get_if<HoursPart>(&node.what)) {
    const sys_days today{place.zone.date_of(after)};
    for (int near = -kDaysBefore; near <= kDaysAfter; ++near) {
      const auto span = span_on(today + days(near), *hours, place);
      if (!span) continue;
      bounds.push_back(span->begin);
      bounds.push_back(span->end);
    }
  } else if (const auto* all = std::get_if<AllPart>(&node.what)) {
    for (const WindowPart& part : all->parts) collect_bounds(*part, after, place, bounds);
  } else if (const auto* any = std::get_if<AnyPart>(&node.what)) {
    for (const WindowPart& part : any->parts) collect_bounds(*part, after, place, bounds);
  } else if (const auto* negated = std::get_if<NotPart>(&node.what)) {
    collect_bounds(*negated->part, after, place, bounds);
  }
}

// The first moment after this one at which anything can change, at most a day away.
TimePoint next_bound(const WindowNode& node, TimePoint after, const Place& place) {
  std::vector<TimePoint> bounds;
  collect_bounds(node, after, place, bounds);
  // Where the clocks are put back over midnight, the date changes three times.
  const Date tomorrow{sys_days(place.zone.date_of(after)) + days(1)};
  const TimeOfDay midnight("00:00");
  bounds.push_back(place.zone.resolve(tomorrow, midnight));
  bounds.push_back(place.zone.resolve(tomorrow, midnight, {.repeated = Repeated::kSecond}));
  if (const auto change = place.zone.next_change(after)) bounds.push_back(*change);
  TimePoint first = after + days(1);
  for (const TimePoint bound : bounds) {
    if (bound > after) first = std::min(first, bound);
  }
  return first;
}

}  // namespace

bool Window::contains(TimePoint time, const time::Place& place) const {
  return Question{time, place.zone.date_of(time), place}.ask(*node_);
}

std::optional<TimePoint> Window::next_change(TimePoint after, const time::Place& place) const {
  const bool now = contains(after, place);
  for (TimePoint time = after; time - after < kHorizon;) {
    time = next_bound(*node_, time, place);
    if (contains(time, place) != now) return time;
  }
  return std::nullopt;
}

}  // namespace hassette
