#pragma once
// For tests only: changes and events made from a few words.
#include <string>
#include <string_view>

#include <hassette/event.hpp>
#include "model/state_record.hpp"

namespace hassette::bus {

inline State state(std::string_view id, std::string_view text, Json attributes = Json::object()) {
  return model::make_state(Json::object({{"entity_id", Json(id)},
                                         {"state", Json(text)},
                                         {"attributes", std::move(attributes)},
                                         {"last_changed", "2026-05-03T04:21:31+00:00"},
                                         {"last_updated", "2026-05-03T04:21:31+00:00"}}));
}

inline StateChange changed(std::optional<State> was, std::optional<State> is,
                           Context context = {}) {
  EntityId id = was ? was->entity_id() : is->entity_id();
  return {.entity_id = std::move(id),
          .old_state = std::move(was),
          .new_state = std::move(is),
          .time_fired = {},
          .context = std::move(context)};
}

inline StateChange turned(std::string_view id, std::string_view was, std::string_view is) {
  return changed(state(id, was), state(id, is));
}

inline Event call(std::string_view domain, std::string_view service, Json data) {
  return {.type = "call_service",
          .data = {{"domain", domain}, {"service", service}, {"service_data", std::move(data)}},
          .time_fired = {},
          .context = {}};
}

}  // namespace hassette::bus
