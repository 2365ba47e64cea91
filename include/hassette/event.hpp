#pragma once
// layer: model
//
// What happens in a home: an entity's change, or any other event of Home Assistant's bus.
//
// Plain data, shared with every handler that receives it; any thread.
#include <hassette/state.hpp>

#include <optional>
#include <string>

namespace hassette {

enum class Origin : std::uint8_t { kLocal, kRemote, kEngine };

/// An entity appeared (no old state), changed, or was removed (no new state).
struct StateChange {
  EntityId entity_id;
  std::optional<State> old_state;
  std::optional<State> new_state;
  TimePoint time_fired;
  Context context;
  /// Not an event of Home Assistant's, but a difference found after the connection had been lost.
  bool recovered = false;
  /// Not an event at all, but the state that was there when a listener with `.immediate` was
  /// registered; it has no old state.
  bool immediate = false;

  /// The state text of either side; empty where there is none.
  std::string_view old_text() const { return old_state ? old_state->text() : std::string_view(); }
  std::string_view new_text() const { return new_state ? new_state->text() : std::string_view(); }
  /// Whether the state became another, not only its attributes.
  bool state_changed() const {
    return !old_state || !new_state || old_state->text() != new_state->text();
  }
};

/// Any event but a state change, from Home Assistant or emitted by an app.
struct Event {
  std::string type;
  Json data;
  Origin origin = Origin::kLocal;
  TimePoint time_fired;
  Context context;

  // Of a `call_service` event; empty elsewhere.
  std::string domain() const { return data["domain"].get<std::string>().value_or(""); }
  std::string service() const { return data["service"].get<std::string>().value_or(""); }
  const Json& service_data() const { return data["service_data"]; }
};

}  // namespace hassette
