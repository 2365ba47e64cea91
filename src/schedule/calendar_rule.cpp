// A job at the beginnings or ends of a calendar's events.
#include <fmt/format.h>

#include <algorithm>

#include <hassette/logger.hpp>

#include "base/lower_case.hpp"
#include "schedule/rule.hpp"

namespace hassette::schedule {

namespace {

bool holds(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return base::lower_case(a) == base::lower_case(b); };
  return !std::ranges::search(text, part, same).empty() || part.empty();
}

class CalendarRule final : public Rule {
 public:
  CalendarRule(CalendarTime of, const RuleParts& parts)
      : of_(std::move(of)),
        calendars_(*parts.ports.calendars),
        entities_(parts.ports.entities),
        app_(parts.app) {}

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
    if (!entities_ || entities_->read(of_.calendar)) return;
    // Home Assistant answers that such a calendar has no events.
    Logger(app_).warning("there is no calendar `{}` in the home{}; the job waits until there is",
                         of_.calendar, entities_->did_you_mean(of_.calendar));
  }
  void detach() override { watch_.reset(); }

  std::optional<Due> first(const Now& now) override { return after(now.wall); }
  std::optional<Due> next(const Due& came, const Now& now) override {
    done_ = std::get<TimePoint>(came);
    return after(now.wall);
  }
  Events events_at(TimePoint time) const override {
    Events found;
    std::ranges::copy_if(events_, std::back_inserter(found),
                         [&](const auto& event) { return time_of(*event) == time; });
    return found;
  }
  std::string waits_for() const override {
    return fmt::format("an event to come in {}", of_.calendar);
  }

 private:
  void take(std::span<const CalendarEvent> events) {
    times_.clear();
    events_.clear();
    for (const CalendarEvent& event : events) {
      if (!holds(event.summary, of_.search)) continue;
      times_.push_back(time_of(event));
      events_.push_back(std::make_shared<const CalendarEvent>(event));
    }
    std::ranges::sort(times_);
  }
  TimePoint time_of(const CalendarEvent& event) const {
    return shifted(of_.edge == CalendarEdge::kStart ? event.start : event.end, of_.offset);
  }

  /// Several at one moment make one run; one that came does not come again if the clock is set
  /// back.
  std::optional<Due> after(TimePoint moment) const {
    const auto found = std::ranges::upper_bound(times_, std::max(moment, done_.value_or(moment)));
    return found == times_.end() ? std::nullopt : std::optional<Due>(*found);
  }

  CalendarTime of_;
  CalendarSource& calendars_;
  EntitySource* entities_;
  std::string app_;
  std::unique_ptr<Watch> watch_;
  std::vector<TimePoint> times_;
  Events events_;
  std::optional<TimePoint> done_;
};

}  // namespace

std::unique_ptr<Rule> make_calendar_rule(const CalendarTime& trigger, const RuleParts& parts) {
  return std::make_unique<CalendarRule>(trigger, parts);
}

}  // namespace hassette::schedule
