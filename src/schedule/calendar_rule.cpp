// A job at the beginnings or ends of a calendar's events.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "schedule/rule.hpp"

namespace hassette::schedule {

namespace {

bool holds(std::string_view text, std::string_view part) {
  const auto same = [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  };
  return !std::ranges::search(text, part, same).empty() || part.empty();
}

class CalendarRule final : public Rule {
 public:
  CalendarRule(CalendarTime of, const RuleParts& parts)
      : of_(std::move(of)), calendars_(*parts.ports.calendars) {}

  std::string describe() const override {
    return fmt::format("{}{} of events in {}{}", describe_offset(of_.offset),
                       of_.edge == CalendarEdge::kStart ? "start" : "end", of_.calendar,
                       of_.search.empty() ? "" : fmt::format(" with `{}`", of_.search));
  }

  void attach(const std::function<void()>& changed) override {
    watch_ = calendars_.watch(of_.calendar, [this, changed](std::span<const CalendarEvent> events) {
      take(events);
      changed();
    });
  }
  void detach() override { watch_.reset(); }

  std::optional<Due> first(const Now& now) override { return after(now.wall); }
  std::optional<Due> next(const Due& came, const Now& now) override {
    done_ = std::get<TimePoint>(came);
    return after(now.wall);
  }
  std::string waits_for() const override {
    return fmt::format("an event to come in {}", of_.calendar);
  }

 private:
  void take(std::span<const CalendarEvent> events) {
    times_.clear();
    for (const CalendarEvent& event : events) {
      if (!holds(event.summary, of_.search)) continue;
      times_.push_back(
          shifted(of_.edge == CalendarEdge::kStart ? event.start : event.end, of_.offset));
    }
    std::ranges::sort(times_);
  }

  /// Several at one moment make one run; one that came does not come again if the clock is set
  /// back.
  std::optional<Due> after(TimePoint moment) const {
    const auto found = std::ranges::upper_bound(times_, std::max(moment, done_.value_or(moment)));
    return found == times_.end() ? std::nullopt : std::optional<Due>(*found);
  }

  CalendarTime of_;
  CalendarSource& calendars_;
  std::unique_ptr<Watch> watch_;
  std::vector<TimePoint> times_;
  std::optional<TimePoint> done_;
};

}  // namespace

std::unique_ptr<Rule> make_calendar_rule(const CalendarTime& trigger, const RuleParts& parts) {
  return std::make_unique<CalendarRule>(trigger, parts);
}

}  // namespace hassette::schedule
