#pragma once
// What the engine tells the board about itself, as plain values. Any thread.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <hassette/time.hpp>

namespace hassette::telemetry {

/// The link to Home Assistant. Only kConnected means that commands and events flow.
enum class LinkState : std::uint8_t {
  kConnecting,  ///< the first attempt
  kConnected,
  kStarting,  ///< connected, but Home Assistant is not RUNNING yet
  kLost,      ///< was connected; trying again
  kWaiting,   ///< was never connected; trying again
  kRejected,  ///< the token or the certificate is refused
};
std::string_view to_string(LinkState state) noexcept;

struct LinkChange {
  LinkState state = LinkState::kConnecting;
  std::string error = {};  ///< why it is not connected; kept until the link is connected again
  std::optional<TimePoint> retry_at = {};
};

struct HomeFacts {
  std::string url;
  std::string ha_version;
  std::string name;       ///< as Home Assistant calls the home
  std::string time_zone;  ///< IANA name; the page shows its times
};

enum class AppState : std::uint8_t {
  kWaiting,  ///< for Home Assistant, or for its turn
  kCompiling,
  kStarting,
  kRunning,
  kFailed,
  kStopped,
  kParked,  ///< its configuration has errors, or it was set aside after a crash
};
std::string_view to_string(AppState state) noexcept;

struct AppFacts {
  std::string name;  ///< the instance, as log lines name it; the key of everything below
  std::string key;   ///< in hassette.toml
  std::string class_name;
  std::string file;
};

enum class TaskKind : std::uint8_t { kListener, kJob, kStream, kWait, kBackground };
std::string_view to_string(TaskKind kind) noexcept;

/// A handler, a job, a stream, a wait or a background task of an app.
struct TaskFacts {
  std::string app;
  TaskKind kind = TaskKind::kListener;
  std::string name;
  std::string waits_for;  ///< in words: "binary_sensor.hall_motion → on", "every 5 min"
  std::string source;     ///< "apps/motion_lights.cpp:24"
  bool durable = false;   ///< to be remembered over a restart of the engine
};

/// What it means that an app's `run()` ended with an exception, for the page and the log.
inline constexpr std::string_view kStoryFailed =
    "has failed and is not started again; handlers and jobs go on";

/// A task that has no row of its own has failed: one in the background, or the app's story.
struct TaskFailure {
  std::string app;
  std::string task;
  std::string error;
  bool ends_story = false;  ///< it was `run()`, which is not started again
};

/// An event as it comes in; the board copies what it keeps.
struct EventNote {
  TimePoint time;                                 ///< when it was received, on the home's clock
  std::string_view what;                          ///< the entity, or the event's type
  std::string detail = {};                        ///< of a called service: "light.turn_on"
  std::optional<std::string_view> old_text = {};  ///< of a state change
  std::optional<std::string_view> new_text = {};  ///< of a state change; none: the entity is gone
  bool state_change = false;
  bool recovered = false;
};

}  // namespace hassette::telemetry
