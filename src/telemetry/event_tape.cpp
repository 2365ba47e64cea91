#include "telemetry/event_tape.hpp"

#include <algorithm>

#include "telemetry/bounded_text.hpp"

namespace hassette::telemetry {

using std::chrono::floor;
using std::chrono::seconds;

namespace {
constexpr std::size_t kMaxName = 255;  // the longest entity id of Home Assistant, and state
constexpr std::size_t kMaxKind = 64;

void assign(std::string& place, std::string_view text) {
  if (text.empty()) {
    place.clear();
  } else {
    place.assign(bounded(text, kMaxName));
  }
}
}  // namespace

EventTape::Number EventTape::record(const EventNote& note) {
  return record(std::span(&note, 1));
}

EventTape::Number EventTape::record(std::span<const EventNote> notes) {
  const std::scoped_lock lock(mutex_);
  for (const EventNote& note : notes) count(note.time);
  const std::size_t passed = notes.size() - std::min(notes.size(), kKept);
  last_ += passed;
  for (const EventNote& note : notes.subspan(passed)) keep(note, ++last_);
  return last_;
}

void EventTape::count(TimePoint time) {
  const std::int64_t second = floor<seconds>(time).time_since_epoch().count();
  Second& place = seconds_[static_cast<std::uint64_t>(second) % kSeconds];
  if (place.second != second) place = {second, 0};
  ++place.events;
}

void EventTape::keep(const EventNote& note, Number number) {
  Entry& entry = ring_[(number - 1) % kKept];
  entry.number = number;
  entry.time = note.time;
  assign(entry.what, note.what);
  assign(entry.detail, note.detail);
  entry.has_old = note.old_text.has_value();
  entry.has_new = note.new_text.has_value();
  assign(entry.old_text, note.old_text.value_or(std::string_view()));
  assign(entry.new_text, note.new_text.value_or(std::string_view()));
  entry.state_change = note.state_change;
  entry.recovered = note.recovered;
  entry.started_count = 0;
}

void EventTape::started(Number number, const async::Label& handler) {
  const std::scoped_lock lock(mutex_);
  if (number == 0) return;
  Entry& entry = ring_[(number - 1) % kKept];
  if (entry.number != number) return;  // it has left the tape
  if (entry.started_count < kStartedKept) entry.started[entry.started_count] = &handler;
  ++entry.started_count;
}

void EventTape::add_dropped(std::uint64_t events) {
  const std::scoped_lock lock(mutex_);
  dropped_ += events;
}

void EventTape::add_unknown_frame(std::string_view kind) {
  const std::scoped_lock lock(mutex_);
  const std::string_view name = bounded(kind, kMaxKind);
  const auto found = unknown_.find(name);
  if (found != unknown_.end()) {
    ++found->second;
  } else {
    // The kinds come from outside: what exceeds the bound is counted together.
    ++unknown_[unknown_.size() < kMaxKinds ? std::string(name) : std::string("other")];
  }
}

std::vector<EventTape::Entry> EventTape::entries() const {
  std::vector<Entry> entries;
  entries.reserve(kKept);
  const std::scoped_lock lock(mutex_);
  for (std::size_t i = 0; i < kKept; ++i) {
    const Entry& entry = ring_[(last_ + i) % kKept];
    if (entry.number != 0) entries.push_back(entry);
  }
  return entries;
}

EventTape::Counts EventTape::counts(TimePoint now) const {
  const std::int64_t second = floor<seconds>(now).time_since_epoch().count();
  const std::scoped_lock lock(mutex_);
  Counts counts{.events = last_, .dropped = dropped_, .unknown_frames = unknown_};
  std::uint64_t recent = 0;
  for (const Second& place : seconds_) {
    // The second that has only begun is left out.
    if (place.second < second && second - place.second <= static_cast<std::int64_t>(kSeconds)) {
      recent += place.events;
    }
  }
  counts.per_second = static_cast<double>(recent) / static_cast<double>(kSeconds);
  return counts;
}

}  // namespace hassette::telemetry
