#include "state/cache.hpp"

#include <algorithm>

namespace hassette::state {

Entity& Cache::entity(std::string_view id) {
  Entity* const known = entities_.find(id);
  return known ? *known : entities_.add(id);
}

const Entity* Cache::find(std::string_view id) const {
  return entities_.find(id);
}

void Cache::expect(std::string_view id) {
  // Each step touches only what the step before it has fetched. The records are asked for anew
  // each time: only entities stay where they are.
  if (expected_record_ && expected_record_->state) expected_record_->state->record().fetch_texts();
  expected_record_ = expected_entity_;
  if (expected_record_ && expected_record_->state) expected_record_->state->record().fetch();
  expected_entity_ = entities_.fetch_entity(expected_hash_);
  if (expected_entity_) announced_.push(expected_entity_);
  expected_hash_ = entities_.fetch_slot(id);
}

Entity& Cache::announced(std::string_view id) {
  const Entity* const next = announced_.pop();
  if (next && next->text() == id) return entities_[next->number];
  // Not all that was announced came, or not in that order.
  announced_.clear();
  return entity(id);
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
  Entity& known = announced(wire.entity_id);
  Change change = put(known, model::make_state(*known.id, wire), time_fired);
  change.context = context;
  return change;
}

Change Cache::remove(std::string_view id, TimePoint time_fired, std::string_view context) {
  Change change = put(announced(id), std::nullopt, time_fired);
  change.context = context;
  return change;
}

/// When Home Assistant said that the entity changed last. That is not the record's own where it has
/// kept it over a restart, after which all that Home Assistant knows is as old as its start.
TimePoint Cache::told(const Entity& entity) const {
  const TimePoint own = entity.state->last_changed();
  const bool kept = entity.number < told_.size() && told_[entity.number].own == own;
  return kept ? told_[entity.number].told : own;
}

/// Whether Home Assistant has not been started since: then some entity is as old as it was.
bool Cache::ran_through(std::span<const model::WireState> snapshot) const {
  return std::ranges::any_of(snapshot, [&](const model::WireState& wire) {
    const Entity* const known = find(wire.entity_id);
    return known && known->state && wire.last_changed == told(*known);
  });
}

std::vector<Change> Cache::reconcile(std::span<const model::WireState> snapshot, TimePoint now) {
  for (std::size_t i = 0; i < entities_.size(); ++i) {
    entities_[i].missing = entities_[i].state.has_value();
  }
  const bool knows_all = ran_through(snapshot);
  std::vector<Change> changes;
  for (const model::WireState& wire : snapshot) {
    Entity& known = entity(wire.entity_id);
    State state = model::make_state(*known.id, wire);
    known.missing = false;
    const bool same = known.state && known.state->same_value(state);
    const bool returned = knows_all && known.state && known.state->text() == state.text() &&
                          wire.last_changed != told(known);
    if (same && !returned) {
      // An equal state keeps its record: that it was announced again is no change, and
      // `last_changed` goes on saying since when the entity has been so.
      told_.resize(std::max<std::size_t>(told_.size(), known.number + 1));
      told_[known.number] = {.own = known.state->last_changed(), .told = wire.last_changed};
      continue;
    }
    changes.push_back(put(known, std::move(state), now));
    changes.back().recovered = true;
    changes.back().returned = returned;
    changes.back().is_news = !same;
  }
  return changes;
}

std::vector<Change> Cache::remove_missing(TimePoint now) {
  std::vector<Change> changes;
  for (std::size_t i = 0; i < entities_.size(); ++i) {
    Entity& known = entities_[i];
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
