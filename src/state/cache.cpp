#include "state/cache.hpp"

namespace hassette::state {

Entity& Cache::entity(std::string_view id) {
  if (Entity* const known = by_id_.find(id)) return *known;
  Entity& made = entities_.emplace_back();
  made.id = std::make_shared<const EntityId>(id);
  made.number = static_cast<std::uint32_t>(entities_.size() - 1);
  by_id_.add(made.id->str(), made);
  return made;
}

const Entity* Cache::find(std::string_view id) const {
  return by_id_.find(id);
}

Change Cache::put(Entity& entity, std::optional<State> state, TimePoint time_fired) {
  entity.missing = false;
  if (entity.state && !state) --present_;
  if (!entity.state && state) ++present_;
  Change change{.entity = &entity, .old_state = std::move(entity.state), .time_fired = time_fired};
  entity.state = std::move(state);
  return change;
}

Change Cache::apply(const model::WireState& wire, TimePoint time_fired, std::string_view context) {
  Entity& known = entity(wire.entity_id);
  if (known.state) __builtin_prefetch(&known.state->record());  // arrives while the new one is made
  Change change = put(known, model::make_state(known.id, wire), time_fired);
  change.context = context;
  return change;
}

Change Cache::remove(std::string_view id, TimePoint time_fired, std::string_view context) {
  Change change = put(entity(id), std::nullopt, time_fired);
  change.context = context;
  return change;
}

std::vector<Change> Cache::reconcile(std::span<const model::WireState> snapshot, TimePoint now) {
  for (Entity& known : entities_) known.missing = known.state.has_value();
  std::vector<Change> changes;
  for (const model::WireState& wire : snapshot) {
    Entity& known = entity(wire.entity_id);
    State state = model::make_state(known.id, wire);
    known.missing = false;
    // An equal state keeps its record: that it was announced again is no change, and `last_changed`
    // goes on saying since when the entity has been so.
    if (known.state && known.state->same_value(state)) continue;
    changes.push_back(put(known, std::move(state), now));
    changes.back().recovered = true;
  }
  return changes;
}

std::vector<Change> Cache::remove_missing(TimePoint now) {
  std::vector<Change> changes;
  for (Entity& known : entities_) {
    if (!known.missing || !known.state) continue;
    changes.push_back(put(known, std::nullopt, now));
    changes.back().recovered = true;
  }
  return changes;
}

StateChange to_state_change(const Change& change) {
  const Entity& entity = *change.entity;
  Context context;
  if (!change.context.empty()) {
    context = model::parse_context(change.context);
  } else if (entity.state) {
    context = entity.state->context();
  }
  return {.entity_id = *entity.id,
          .old_state = change.old_state,
          .new_state = entity.state,
          .time_fired = change.time_fired,
          .context = std::move(context),
          .recovered = change.recovered};
}

}  // namespace hassette::state
