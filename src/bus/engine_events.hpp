#pragma once
// The events that the engine itself dispatches: their type names and their data.
//
// `app` makes them with the functions below and gives them to Router::dispatch. The prefix is
// reserved: apps cannot emit such events, and Home Assistant is not asked for them.
#include <string>
#include <string_view>

#include <hassette/event.hpp>

namespace hassette::bus {

inline constexpr std::string_view kEnginePrefix = "hassette.";
inline constexpr std::string_view kConnected = "hassette.connected";
inline constexpr std::string_view kDisconnected = "hassette.disconnected";
inline constexpr std::string_view kAppStateChanged = "hassette.app_state_changed";
inline constexpr std::string_view kServiceStateChanged = "hassette.service_state_changed";

/// The first snapshot, or the one after an outage, is in the cache.
Event connected_event(TimePoint now, bool first);
Event disconnected_event(TimePoint now, const std::string& reason);

/// A status is one of: not_started, starting, running, stopping, stopped, failed.
struct AppStateChange {
  std::string app;       ///< the key in the configuration
  std::string instance;  ///< the instance's name
  std::string status;
  std::string previous;
  std::string error;  ///< where it failed
};
Event app_state_event(TimePoint now, const AppStateChange& change);

/// A part of the engine that apps rely on, such as "job_ledger", has failed (`error` says why) or
/// works again (it is empty).
Event service_state_event(TimePoint now, std::string_view service, const std::string& error);

}  // namespace hassette::bus
