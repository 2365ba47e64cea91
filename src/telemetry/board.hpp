#pragma once
// The board: what the engine is doing right now, in one place that another thread may read.
//
// The composition root owns it and it outlives everything that writes to it. The engine's loop
// writes, the watchdog's thread says who holds the loop, the web server's thread takes snapshots;
// everything may be called on any thread and nothing waits for long. All of it is bounded, and no
// call fails.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hassette/event.hpp>
#include <hassette/json.hpp>

#include "async/clock.hpp"
#include "async/watchdog.hpp"
#include "telemetry/event_tape.hpp"
#include "telemetry/facts.hpp"
#include "telemetry/task_meter.hpp"

namespace hassette::telemetry {

class Board {
 public:
  /// The clock is the home's; its `wall()` is read on every thread that calls, as RealClock and
  /// ScaledClock allow.
  Board(const async::Clock& clock, std::string engine_version);
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  void set_page_address(std::string address);

  void set_link(const LinkChange& change);
  void set_home(HomeFacts facts);
  void set_entity_count(std::size_t entities);
  /// Why nothing durable can be remembered at present; empty once it can.
  void set_durable_fault(std::string_view why);

  /// Makes the app known, or knows it anew after a reload; what it counted stays.
  void add_app(AppFacts facts);
  /// `message` says why, where there is something to say; it stays until the next change.
  void set_app_state(std::string_view app, AppState state, std::string_view message = {});
  void remove_app(std::string_view app);
  /// The apps that run or start, and those that have been asked to stop and have not ended.
  std::vector<std::string> alive() const;
  /// Counts a run that failed where there is no meter. An app whose story has failed is not well
  /// until it starts again.
  void add_failure(const TaskFailure& failure);
  /// A row for a handler, a job or a background task; it stays as long as the meter does. That of
  /// a wait is only shown while somebody waits.
  [[nodiscard]] TaskMeter add_task(TaskFacts facts);

  /// What comes in, event by event; see EventTape.
  EventTape::Number record(const EventNote& note);
  EventTape::Number record(std::span<const EventNote> notes);
  void add_dropped(std::uint64_t events);
  void add_unknown_frame(std::string_view kind);
  EventTape& events() { return tape_; }

  /// For the watchdog: who holds the loop, and again when it is over.
  void set_loop_held(const async::Hold& hold);

  /// Everything, for the page and the command line; see docs of /api/snapshot. Times are
  /// milliseconds since 1970.
  Json snapshot() const;
  /// Changes whenever a snapshot would.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  TimePoint now() const { return clock_.wall(); }

 private:
  friend TaskMeter;
  struct Link {
    LinkState state = LinkState::kConnecting;
    TimePoint since;
    std::optional<TimePoint> retry_at;
    std::string error;
    std::uint64_t reconnects = 0;
    bool was_connected = false;
  };
  struct App {
    AppFacts facts;
    AppState state = AppState::kWaiting;
    std::string message;
    bool story_failed = false;
    TimePoint since;
    std::shared_ptr<AppTotals> totals = std::make_shared<AppTotals>();
    std::map<std::uint64_t, std::shared_ptr<TaskRecord>> tasks;
    std::size_t unlisted = 0;  // tasks over the bound
  };
  struct Held {
    const async::Label* label;
    std::chrono::steady_clock::time_point since;
  };

  /// What a snapshot copies under the lock, before it turns it into Json without holding anyone up.
  struct State {
    std::string page_address;
    Link link;
    HomeFacts home;
    std::size_t entities = 0;
    std::string durable_fault;
    std::map<std::string, App, std::less<>> apps;
    std::optional<Held> held;
  };

  void bump() { version_.fetch_add(1, std::memory_order_release); }
  void remove(const TaskRecord& record);
  App& app(std::string_view name);
  Json engine_json(const State& state) const;
  static Json link_json(const State& state);
  static Json app_json(const App& app, const std::string& durable_fault);
  static Json task_json(const TaskRecord& record, const std::string& durable_fault);
  Json events_json() const;
  Json counts_json() const;

  const async::Clock& clock_;
  const std::string engine_version_;
  const TimePoint started_at_;
  std::atomic<std::uint64_t> version_ = 1;
  EventTape tape_;

  mutable std::mutex mutex_;
  State state_;                    // guarded by mutex_
  std::uint64_t tasks_added_ = 0;  // guarded by mutex_
};

/// A state change as the board records it; valid as long as the change is.
EventNote note_of(const StateChange& change, TimePoint received);
EventNote note_of(const Event& event, TimePoint received);

}  // namespace hassette::telemetry
