#include "bus/router.hpp"

#include <algorithm>

namespace hassette::bus {

namespace {

template <class L>
void erase_listener(std::vector<std::shared_ptr<L>>& from, const Listener& listener) {
  std::erase_if(from, [&](const auto& entry) { return entry.get() == &listener; });
}

}  // namespace

Router::Router(state::Cache& cache, run::Observer& observer, EventSource& source)
    : cache_(cache), observer_(observer), source_(source) {}

Router::Route& Router::route(const state::Entity& entity) {
  while (routes_.size() <= entity.number) {
    const state::Entity& fresh = cache_.entities()[routes_.size()];
    Route& made = routes_.emplace_back();
    for (const auto& pattern : patterns_) {
      if (pattern->matches(fresh.id->str())) made.push_back(pattern);
    }
  }
  return routes_[entity.number];
}

void Router::add(std::shared_ptr<StateListener> listener) {
  if (!listener->is_pattern()) {
    Route& its = route(cache_.entity(listener->question().entity));
    its.push_back(std::move(listener));
    return;
  }
  for (std::size_t number = 0; number < routes_.size(); ++number) {
    if (listener->matches(cache_.entities()[number].id->str())) routes_[number].push_back(listener);
  }
  patterns_.push_back(std::move(listener));
}

void Router::add(std::shared_ptr<EventListener> listener) {
  by_type_[listener->question().type].push_back(std::move(listener));
}

void Router::remove(const Listener& listener) {
  if (const auto* on_state = dynamic_cast<const StateListener*>(&listener)) {
    if (on_state->is_pattern()) {
      for (Route& its : routes_) erase_listener(its, listener);
      erase_listener(patterns_, listener);
    } else if (const state::Entity* entity = cache_.find(on_state->question().entity)) {
      erase_listener(route(*entity), listener);
    }
  } else if (const auto* on_event = dynamic_cast<const EventListener*>(&listener)) {
    const auto found = by_type_.find(on_event->question().type);
    if (found == by_type_.end()) return;
    erase_listener(found->second, listener);
    if (found->second.empty()) by_type_.erase(found);
  }
}

void Router::remove_all(const Owner& owner, CancelReason reason) {
  std::vector<std::shared_ptr<Listener>> theirs;
  const auto collect = [&](const auto& listeners) {
    for (const auto& listener : listeners) {
      if (&listener->owner() == &owner) theirs.push_back(listener);
    }
  };
  for (const Route& its : routes_) collect(its);
  collect(patterns_);
  for (const auto& [type, listeners] : by_type_) collect(listeners);
  for (const auto& listener : theirs) listener->cancel(reason);
}

std::size_t Router::count(const Owner& owner) const {
  std::size_t found = 0;
  const auto theirs = [&](const auto& listener) { return &listener->owner() == &owner; };
  for (const Route& its : routes_) {
    found += static_cast<std::size_t>(std::ranges::count_if(
        its, [&](const auto& listener) { return theirs(listener) && !listener->is_pattern(); }));
  }
  found += static_cast<std::size_t>(std::ranges::count_if(patterns_, theirs));
  for (const auto& [type, listeners] : by_type_) {
    found += static_cast<std::size_t>(std::ranges::count_if(listeners, theirs));
  }
  return found;
}

void Router::dispatch(const state::Change& change) {
  if (!change.old_state && !change.entity->state) return;  // what was not there was removed
  const Route& its = route(*change.entity);
  if (its.empty()) return;
  // A predicate may add or cancel listeners: go through a copy, and skip what was cancelled
  // meanwhile.
  const Route listeners = its;
  std::shared_ptr<const StateChange> shared;
  for (const auto& listener : listeners) {
    if (listener->active()) listener->take(change, shared);
  }
}

void Router::dispatch(Event event) {
  const auto found = by_type_.find(event.type);
  if (found == by_type_.end() || found->second.empty()) return;
  const auto listeners = found->second;
  const auto shared = std::make_shared<const Event>(std::move(event));
  for (const auto& listener : listeners) {
    if (listener->active()) listener->take(shared);
  }
}

}  // namespace hassette::bus
