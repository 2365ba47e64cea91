#include "bus/engine_events.hpp"

namespace hassette::bus {

namespace {

Event engine_event(std::string_view type, TimePoint now, Json data) {
  return {.type = std::string(type),
          .data = std::move(data),
          .origin = Origin::kEngine,
          .time_fired = now,
          .context = {}};
}

}  // namespace

Event connected_event(TimePoint now, bool first) {
  return engine_event(kConnected, now, {{"first", first}});
}

Event disconnected_event(TimePoint now, const std::string& reason) {
  return engine_event(kDisconnected, now, {{"reason", reason}});
}

Event app_state_event(TimePoint now, const AppStateChange& change) {
  Json data = {{"app", change.app},
               {"instance", change.instance},
               {"status", change.status},
               {"previous", change.previous}};
  if (!change.error.empty()) data["error"] = change.error;
  return engine_event(kAppStateChanged, now, std::move(data));
}

Event service_state_event(TimePoint now, std::string_view service, const std::string& error) {
  Json data = {{"service", service}, {"status", error.empty() ? "running" : "failed"}};
  if (!error.empty()) data["error"] = error;
  return engine_event(kServiceStateChanged, now, std::move(data));
}

}  // namespace hassette::bus
