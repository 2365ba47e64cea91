// What the runs of a job are given whose handler asks for the event of a calendar: one run for each
// event of the time that came.
#include <fmt/format.h>

#include <hassette/error.hpp>
#include <hassette/scheduler.hpp>

#include "schedule/job_record.hpp"

namespace hassette::schedule {

void JobRecord::take_events(TimePoint time) {
  events_ = rule_->events_at(time);
  // After a start the calendar is not known yet, and by now it may have the event no more.
  if (events_.empty() && left_planned_ == time) events_ = left_events_;
}

/// The time is the same, but the calendar may tell something else of its events.
void JobRecord::renew_events(const Due& due) {
  if (!work_->takes_event()) return;
  const std::string before = write_events(events_);
  take_events(std::get<TimePoint>(due));
  const std::string after = write_events(events_);
  if (durable_ && after != before) durable_->plan(on_wall(due), after);
}

/// A run for each event of the time that came, or one where the handler does not ask.
std::vector<Occasion> JobRecord::runs_of(const Occasion& occasion) {
  std::vector<Occasion> runs;
  if (!work_->takes_event()) {
    runs.push_back(occasion);
    if (durable_) runs.back().occurrence = durable_->came();
    return runs;
  }
  std::vector<std::string> texts;
  for (const auto& event : events_) {
    runs.push_back(occasion);
    runs.back().event = event;
    runs.back().lane = lane_of(texts.size());
    texts.push_back(write_events({event}));
  }
  if (durable_) {
    const std::vector<TimePoint> names = durable_->came(texts);
    for (std::size_t i = 0; i < names.size(); ++i) runs[i].occurrence = names[i];
  }
  if (runs.empty()) count_missed();
  return runs;
}

/// Of events that come at one moment none is the other's earlier run, which a mode would suppress
/// or cancel; where they queue, they queue.
run::Runner::LaneKey JobRecord::lane_of(std::size_t event) const {
  const Mode::Kind mode = options_.mode.kind();
  const bool side_by_side = mode == Mode::kSingle || mode == Mode::kRestart;
  return side_by_side ? static_cast<run::Runner::LaneKey>(event) : 0;
}

/// What an earlier life of the job has left to be done.
Occasion JobRecord::occasion_of(const run::Occurrence& open, std::size_t place) const {
  Occasion occasion{.missed = Unseen{open.at, kUnregistered}, .occurrence = open.at};
  if (!work_->takes_event()) return occasion;
  const Events events = read_events(open.about);
  if (!events.empty()) occasion.event = events.front();
  occasion.lane = lane_of(place);
  return occasion;
}

/// For `run_now`: the event that the next run is due for.
std::shared_ptr<const CalendarEvent> JobRecord::event_for_now() const {
  if (!work_->takes_event()) return nullptr;
  if (!events_.empty()) return events_.front();
  throw Error("job", fmt::format("job `{}` cannot run now: its handler asks for an event, and it "
                                 "waits for {}",
                                 name(), rule_->waits_for()));
}

}  // namespace hassette::schedule
