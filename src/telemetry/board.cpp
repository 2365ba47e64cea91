#include "telemetry/board.hpp"

#include <algorithm>

#include "log/log.hpp"
#include "telemetry/bounded_text.hpp"

namespace hassette::telemetry {

using std::chrono::steady_clock;

namespace {
constexpr std::size_t kMaxMessage = 4096;
constexpr std::size_t kMaxTasks = 500;  // rows of one app; more are only counted
}  // namespace

std::string_view to_string(LinkState state) noexcept {
  switch (state) {
    case LinkState::kConnecting:
      return "connecting";
    case LinkState::kConnected:
      return "connected";
    case LinkState::kStarting:
      return "starting";
    case LinkState::kLost:
      return "lost";
    case LinkState::kWaiting:
      return "waiting";
    case LinkState::kRejected:
      return "rejected";
  }
  return "?";
}

std::string_view to_string(AppState state) noexcept {
  switch (state) {
    case AppState::kWaiting:
      return "waiting";
    case AppState::kCompiling:
      return "compiling";
    case AppState::kStarting:
      return "starting";
    case AppState::kRunning:
      return "running";
    case AppState::kFailed:
      return "failed";
    case AppState::kStopped:
      return "stopped";
    case AppState::kParked:
      return "parked";
  }
  return "?";
}

std::string_view to_string(TaskKind kind) noexcept {
  switch (kind) {
    case TaskKind::kListener:
      return "listener";
    case TaskKind::kJob:
      return "job";
    case TaskKind::kStream:
      return "stream";
    case TaskKind::kWait:
      return "wait";
    case TaskKind::kBackground:
      return "background";
  }
  return "?";
}

Board::Board(const async::Clock& clock, std::string engine_version)
    : clock_(clock), engine_version_(std::move(engine_version)), started_at_(clock.wall()) {
  state_.link.since = started_at_;
}

void Board::set_page_address(std::string address) {
  const std::scoped_lock lock(mutex_);
  state_.page_address = std::move(address);
  bump();
}

void Board::set_link(const LinkChange& change) {
  const TimePoint now = clock_.wall();
  std::string error = log::masked(std::string(bounded(change.error, kMaxMessage)));
  const std::scoped_lock lock(mutex_);
  if (change.state != state_.link.state) state_.link.since = now;
  if (change.state == LinkState::kConnected) {
    if (state_.link.was_connected && state_.link.state != LinkState::kConnected)
      ++state_.link.reconnects;
    state_.link.was_connected = true;
    state_.link.error.clear();
  } else if (!error.empty()) {
    state_.link.error = std::move(error);
  }
  state_.link.state = change.state;
  state_.link.retry_at = change.retry_at;
  bump();
}

void Board::set_home(HomeFacts facts) {
  const std::scoped_lock lock(mutex_);
  state_.home = std::move(facts);
  bump();
}

void Board::set_entity_count(std::size_t entities) {
  const std::scoped_lock lock(mutex_);
  if (std::exchange(state_.entities, entities) != entities) bump();
}

void Board::set_durable_fault(std::string_view why) {
  std::string text = log::masked(std::string(bounded(why, kMaxMessage)));
  const std::scoped_lock lock(mutex_);
  if (state_.durable_fault == text) return;
  state_.durable_fault = std::move(text);
  bump();
}

/// Finds the app, or makes it. The lock is held.
Board::App& Board::app(std::string_view name) {
  const auto found = state_.apps.find(name);
  if (found != state_.apps.end()) return found->second;
  App& made = state_.apps[std::string(name)];
  made.facts.name = name;
  made.since = clock_.wall();
  return made;
}

void Board::add_app(AppFacts facts) {
  const std::scoped_lock lock(mutex_);
  App& known = app(facts.name);
  known.facts = std::move(facts);
  bump();
}

void Board::set_app_state(std::string_view name, AppState state, std::string_view message) {
  std::string text = log::masked(std::string(bounded(message, kMaxMessage)));
  const std::scoped_lock lock(mutex_);
  App& known = app(name);
  if (known.state != state) known.since = clock_.wall();
  known.state = state;
  known.message = std::move(text);
  // Not kRunning: the story may have failed by the time that its app is said to run.
  if (state == AppState::kStarting) known.story_failed = false;
  bump();
}

std::vector<std::string> Board::alive() const {
  std::vector<std::string> names;
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, app] : state_.apps) {
    if (app.state == AppState::kStarting || app.state == AppState::kRunning) names.push_back(name);
  }
  return names;
}

void Board::add_failure(const TaskFailure& failure) {
  LastError last{log::masked(std::string(bounded(failure.error, kMaxError))), failure.task,
                 clock_.wall()};
  const std::scoped_lock lock(mutex_);
  App& known = app(failure.app);
  known.story_failed = known.story_failed || failure.ends_story;
  AppTotals& totals = *known.totals;
  totals.runs.fetch_add(1, std::memory_order_relaxed);
  totals.failures.fetch_add(1, std::memory_order_relaxed);
  {
    const std::scoped_lock error_lock(totals.mutex);
    totals.last_error = std::move(last);
  }
  bump();
}

void Board::remove_app(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  const auto found = state_.apps.find(name);
  if (found != state_.apps.end()) state_.apps.erase(found);
  bump();
}

TaskMeter Board::add_task(TaskFacts facts) {
  const std::scoped_lock lock(mutex_);
  App& owner = app(facts.app);
  auto record = std::make_shared<TaskRecord>(std::move(facts), owner.totals, ++tasks_added_);
  if (owner.tasks.size() < kMaxTasks) {
    owner.tasks.emplace(record->id, record);
  } else {
    ++owner.unlisted;
  }
  bump();
  return TaskMeter(*this, std::move(record));
}

void Board::remove(const TaskRecord& record) {
  const std::scoped_lock lock(mutex_);
  const auto owner = state_.apps.find(record.facts.app);
  // An app that was removed and made known again has other totals: this record is none of its own.
  if (owner == state_.apps.end() || owner->second.totals != record.totals) return;
  if (owner->second.tasks.erase(record.id) == 0) --owner->second.unlisted;
  bump();
}

EventTape::Number Board::record(const EventNote& note) {
  const EventTape::Number number = tape_.record(note);
  bump();
  return number;
}

EventTape::Number Board::record(std::span<const EventNote> notes) {
  const EventTape::Number number = tape_.record(notes);
  bump();
  return number;
}

void Board::add_dropped(std::uint64_t events) {
  tape_.add_dropped(events);
  bump();
}

void Board::add_unknown_frame(std::string_view kind) {
  // Masked here, as a snapshot has the kinds as keys, which must stay different.
  tape_.add_unknown_frame(log::masked(std::string(kind)));
  bump();
}

void Board::set_loop_held(const async::Hold& hold) {
  const std::scoped_lock lock(mutex_);
  if (hold.over) {
    state_.held.reset();
    const auto owner = state_.apps.find(hold.label->app);
    if (owner != state_.apps.end()) {
      AppTotals& totals = *owner->second.totals;
      totals.holds.fetch_add(1, std::memory_order_relaxed);
      const auto longest = totals.longest_hold_ms.load(std::memory_order_relaxed);
      totals.longest_hold_ms.store(std::max(longest, std::int64_t{hold.held.count()}),
                                   std::memory_order_relaxed);
    }
  } else {
    state_.held = Held{hold.label, steady_clock::now() - hold.held};
  }
  bump();
}

EventNote note_of(const StateChange& change, TimePoint received) {
  EventNote note{.time = received,
                 .what = change.entity_id.str(),
                 .state_change = true,
                 .recovered = change.recovered};
  if (change.old_state) note.old_text = change.old_state->text();
  if (change.new_state) note.new_text = change.new_state->text();
  return note;
}

EventNote note_of(const Event& event, TimePoint received) {
  EventNote note{.time = received, .what = event.type};
  if (event.type == "call_service") note.detail = event.domain() + '.' + event.service();
  return note;
}

}  // namespace hassette::telemetry
