#include "bus/held_change.hpp"

#include "json/parse.hpp"
#include "model/state_record.hpp"
#include "time/instant.hpp"

namespace hassette::bus {

namespace {

TimePoint moment(const Json& since_1970) {
  return time::from_micros(since_1970.get<std::int64_t>().value_or(0));
}

/// Home Assistant's own texts, as they came.
Json write_state(const std::optional<State>& state) {
  if (!state) return {};
  const model::StateRecord& record = state->record();
  return {{"state", record.state()},
          {"attributes", record.attributes_text()},
          {"context", record.context_text()},
          {"last_changed", time::to_micros(record.last_changed)},
          {"last_updated", time::to_micros(record.last_updated)}};
}

std::optional<State> read_state(std::string_view entity_id, const Json& from) {
  const auto text = [&](std::string_view name) -> std::string_view {
    const Json& found = from[name];
    return found.is_string() ? std::string_view(found.as_string()) : std::string_view();
  };
  if (!from["state"].is_string()) return std::nullopt;
  return model::make_state(model::intern_entity(entity_id),
                           {.entity_id = entity_id,
                            .state = text("state"),
                            .attributes = text("attributes"),
                            .context = text("context"),
                            .last_changed = moment(from["last_changed"]),
                            .last_updated = moment(from["last_updated"])});
}

}  // namespace

std::string write_change(const StateChange& change) {
  const Json whole = {{"old", write_state(change.old_state)},
                      {"new", write_state(change.new_state)},
                      {"time_fired", time::to_micros(change.time_fired)},
                      {"context", change.context.id},
                      {"parent", change.context.parent_id},
                      {"user", change.context.user_id},
                      {"recovered", change.recovered},
                      {"immediate", change.immediate}};
  return whole.dump();
}

std::optional<StateChange> read_change(std::string_view entity_id, std::string_view text) {
  const auto whole = json::parse(text);
  if (!whole) return std::nullopt;
  auto is = read_state(entity_id, (*whole)["new"]);
  if (!is) return std::nullopt;
  const auto id = [&](std::string_view name) {
    return (*whole)[name].get<std::string>().value_or("");
  };
  return StateChange{
      .entity_id = model::intern_entity(entity_id),
      .old_state = read_state(entity_id, (*whole)["old"]),
      .new_state = std::move(is),
      .time_fired = moment((*whole)["time_fired"]),
      .context = {.id = id("context"), .parent_id = id("parent"), .user_id = id("user")},
      .recovered = (*whole)["recovered"].get<bool>().value_or(false),
      .immediate = (*whole)["immediate"].get<bool>().value_or(false)};
}

}  // namespace hassette::bus
