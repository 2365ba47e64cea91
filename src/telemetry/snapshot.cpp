// The board as Json. Objects are keyed by what stays the same between two snapshots (an app's name,
// a task's and an event's number), so that a difference of two of them is small.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "log/log.hpp"
#include "telemetry/board.hpp"

namespace hassette::telemetry {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {
constexpr auto kRelaxed = std::memory_order_relaxed;

Json milliseconds_of(TimePoint time) {
  return duration_cast<milliseconds>(time.time_since_epoch()).count();
}

Json milliseconds_of(std::int64_t microseconds) {
  return microseconds / 1000;
}

void add(Json::Object& members, std::string_view name, Json value) {
  members.emplace_back(std::string(name), std::move(value));
}
/// Any text may have come from outside, and hold a secret. It is looked for here, where somebody
/// wants to see the text, and not with each event that comes in.
void add(Json::Object& members, std::string_view name, const std::string& text) {
  add(members, name, Json(log::masked(text)));
}
/// Adds a member that is left out where there is nothing to say.
void add_text(Json::Object& members, std::string_view name, const std::string& text) {
  if (!text.empty()) add(members, name, text);
}
void add_count(Json::Object& members, std::string_view name, std::uint64_t count) {
  if (count != 0) add(members, name, count);
}

Json error_json(const LastError& error) {
  Json::Object members;
  add(members, "text", error.text);
  add(members, "task", error.task);
  add(members, "at", milliseconds_of(error.time));
  return members;
}
}  // namespace

Json Board::snapshot() const {
  State state;
  {
    const std::scoped_lock lock(mutex_);
    state = state_;
  }
  Json::Object apps;
  for (const auto& [name, app] : state.apps) add(apps, name, app_json(app, state.durable_fault));
  Json::Object members;
  add(members, "schema", 1);
  add(members, "engine", engine_json(state));
  add(members, "link", link_json(state));
  add(members, "apps", std::move(apps));
  add(members, "events", events_json());
  add(members, "counts", counts_json());
  return members;
}

Json Board::engine_json(const State& state) const {
  Json::Object members;
  add(members, "version", engine_version_);
  add(members, "started", milliseconds_of(started_at_));
  add_text(members, "page", state.page_address);
  if (state.held) {
    Json::Object blocked;
    add(blocked, "app", state.held->label->app);
    add(blocked, "task", state.held->label->task);
    const auto held = duration_cast<milliseconds>(steady_clock::now() - state.held->since);
    add(blocked, "held_ms", held.count());
    add(members, "blocked", std::move(blocked));
  }
  return members;
}

Json Board::link_json(const State& state) {
  const Link& link = state.link;
  Json::Object members;
  add(members, "state", to_string(link.state));
  add(members, "since", milliseconds_of(link.since));
  if (link.retry_at) add(members, "retry_at", milliseconds_of(*link.retry_at));
  add_text(members, "error", link.error);
  add(members, "reconnects", link.reconnects);
  add(members, "entities", state.entities);
  add_text(members, "url", state.home.url);
  add_text(members, "ha_version", state.home.ha_version);
  add_text(members, "home", state.home.name);
  add_text(members, "time_zone", state.home.time_zone);
  return members;
}

namespace {
struct Verdict {
  std::string_view health;  // the worst of life cycle, failures and blocking
  std::string advice;       // what is wrong where nobody has said so
};

/// What an app's tasks are like, taken together.
struct Tasks {
  std::size_t count = 0;
  bool any_failing = false;
  bool any_forgetful = false;  // durable ones that cannot be remembered at present
};

Verdict judge(AppState state, const AppTotals& totals, const Tasks& tasks, bool story_failed) {
  if (state == AppState::kFailed || state == AppState::kParked) return {"bad", {}};
  if (story_failed && state == AppState::kRunning) {
    return {"bad", "its run() " + std::string(kStoryFailed)};
  }
  const std::uint64_t runs = totals.runs.load(kRelaxed);
  const std::uint64_t failures = totals.failures.load(kRelaxed);
  if (tasks.any_failing || (failures != 0 && failures >= runs)) return {"bad", {}};
  if (state != AppState::kRunning) return {"idle", {}};
  if (tasks.any_forgetful) {
    return {"warn",
            "a durable job or hold of it cannot be remembered at present: it works, but a restart "
            "may forget it or run it again"};
  }
  if (tasks.count == 0 && runs == 0) {
    return {"warn", "registers no handler and no job, so that nothing will ever run it"};
  }
  if (const auto holds = totals.holds.load(kRelaxed); holds != 0) {
    return {"warn", fmt::format("held the loop {} {}, for {} ms at most; move what blocks to "
                                "task_bucket.run_in_thread",
                                holds, holds == 1 ? "time" : "times",
                                totals.longest_hold_ms.load(kRelaxed))};
  }
  return {failures != 0 ? "warn" : "ok", {}};
}
}  // namespace

Json Board::app_json(const App& app, const std::string& durable_fault) {
  Json::Object members;
  add_text(members, "key", app.facts.key);
  add_text(members, "class", app.facts.class_name);
  add_text(members, "file", app.facts.file);
  add(members, "state", to_string(app.state));
  add(members, "since", milliseconds_of(app.since));
  add_text(members, "message", app.message);
  add(members, "runs", app.totals->runs.load(kRelaxed));
  add(members, "failures", app.totals->failures.load(kRelaxed));
  {
    const std::scoped_lock lock(app.totals->mutex);
    if (!app.totals->last_error.text.empty()) {
      add(members, "last_error", error_json(app.totals->last_error));
    }
  }
  Tasks all{.count = app.tasks.size()};
  Json::Object tasks;
  for (const auto& [id, record] : app.tasks) {
    all.any_failing = all.any_failing || record->failing.load(kRelaxed);
    all.any_forgetful = all.any_forgetful || (record->facts.durable && !durable_fault.empty());
    if (record->facts.kind == TaskKind::kWait && record->waiting.load(kRelaxed) == 0) continue;
    add(tasks, std::to_string(id), task_json(*record, durable_fault));
  }
  const Verdict verdict = judge(app.state, *app.totals, all, app.story_failed);
  add(members, "health", verdict.health);
  add_text(members, "advice", verdict.advice);
  add(members, "tasks", std::move(tasks));
  add_count(members, "unlisted_tasks", app.unlisted);
  return members;
}

Json Board::task_json(const TaskRecord& record, const std::string& durable_fault) {
  Json::Object members;
  add(members, "kind", to_string(record.facts.kind));
  add(members, "name", record.facts.name);
  add_text(members, "waits_for", record.facts.waits_for);
  add_text(members, "source", record.facts.source);
  if (record.facts.durable) {
    add(members, "durable", true);
    add_text(members, "durable_fault", durable_fault);
  }
  add(members, "runs", record.runs.load(kRelaxed));
  add(members, "failures", record.failures.load(kRelaxed));
  add(members, "failing", record.failing.load(kRelaxed));
  add(members, "running", record.running.load(kRelaxed));
  add_count(members, "cancelled", record.cancelled.load(kRelaxed));
  add_count(members, "suppressed", record.suppressed.load(kRelaxed));
  add_count(members, "dropped", record.dropped.load(kRelaxed));
  add_count(members, "throttled", record.throttled.load(kRelaxed));
  add_count(members, "skipped", record.skipped.load(kRelaxed));
  add_count(members, "missed", record.missed.load(kRelaxed));
  add_count(members, "late", record.late.load(kRelaxed));
  add_count(members, "error_handler_failures", record.error_handler_failures.load(kRelaxed));
  if (const auto waiting = record.waiting.load(kRelaxed); waiting > 0) {
    add(members, "waiting", waiting);
    add(members, "waiting_since", milliseconds_of(record.waiting_since_us.load(kRelaxed)));
  }
  if (const auto at = record.last_run_us.load(kRelaxed))
    add(members, "last_run", milliseconds_of(at));
  if (const auto at = record.next_run_us.load(kRelaxed))
    add(members, "next_run", milliseconds_of(at));
  if (const auto took = record.last_duration_us.load(kRelaxed); took >= 0) {
    add(members, "last_ms", static_cast<double>(took) / 1000.0);
  }
  const std::scoped_lock lock(record.mutex);
  if (!record.last_error.text.empty()) add(members, "last_error", error_json(record.last_error));
  return members;
}

Json Board::events_json() const {
  Json::Object members;
  for (const EventTape::Entry& entry : tape_.entries()) {
    Json::Object event;
    add(event, "at", milliseconds_of(entry.time));
    add(event, "what", entry.what);
    add_text(event, "detail", entry.detail);
    if (entry.state_change) add(event, "state", true);
    if (entry.has_old) add(event, "old", entry.old_text);
    if (entry.has_new) add(event, "new", entry.new_text);
    if (entry.recovered) add(event, "recovered", true);
    Json::Array started;
    for (std::size_t i = 0; i < std::min(entry.started_count, entry.started.size()); ++i) {
      started.emplace_back(log::masked(entry.started[i]->app + "/" + entry.started[i]->task));
    }
    add_count(event, "started_count", entry.started_count);
    if (!started.empty()) add(event, "started", std::move(started));
    add(members, std::to_string(entry.number), std::move(event));
  }
  return members;
}

Json Board::counts_json() const {
  const EventTape::Counts counts = tape_.counts(clock_.wall());
  Json::Object members;
  add(members, "events", counts.events);
  add(members, "per_second", counts.per_second);
  add(members, "dropped", counts.dropped);
  Json::Object unknown;
  for (const auto& [kind, count] : counts.unknown_frames) add(unknown, kind, count);
  add(members, "unknown_frames", std::move(unknown));
  return members;
}

}  // namespace hassette::telemetry
