#include "bus/router.hpp"

#include <algorithm>

#include "async/loop.hpp"
#include "base/glob.hpp"
#include "bus/unknown.hpp"
#include "model/state_record.hpp"

namespace hassette::bus {

namespace {

constexpr auto kInOrder = [](const Listener* a, const Listener* b) { return a->before(*b); };

template <class L>
void erase_from(std::vector<L*>& listeners, const L& listener) {
  // In the order of registration.
  const auto place = std::ranges::lower_bound(listeners, listener.order(), {},
                                              [](const L* entry) { return entry->order(); });
  if (place != listeners.end() && *place == &listener) listeners.erase(place);
}

}  // namespace

/// For the length of a dispatch, routes keep their places and listeners their lives.
class Router::Dispatching {
 public:
  explicit Dispatching(Router& router) : router_(router) { ++router_.depth_; }
  Dispatching(const Dispatching&) = delete;
  Dispatching& operator=(const Dispatching&) = delete;
  ~Dispatching() {
    if (--router_.depth_ == 0) router_.tidy();
  }

 private:
  Router& router_;
};

Router::Router(state::Cache& cache, run::Observer& observer, EventSource& source)
    : cache_(cache), observer_(observer), source_(source) {}

Moment Router::moment(const async::Loop& loop) const {
  return {.now = loop.wall(), .place = place_};
}

void Router::set_membership(const Membership* membership) {
  membership_ = membership;
  targets_changed();
}

// --- Routes

void Router::Route::add(Listener& listener) {
  const auto place = std::ranges::upper_bound(listeners, &listener, kInOrder);
  if (place != listeners.begin() && *std::prev(place) == &listener) return;  // it is there
  listeners.insert(place, &listener);
}

void Router::erase(Route& its, const Listener& listener) {
  if (depth_ == 0) {
    const auto place = std::ranges::lower_bound(its.listeners, &listener, kInOrder);
    if (place != its.listeners.end() && *place == &listener) its.listeners.erase(place);
    return;
  }
  const auto place = std::ranges::find(its.listeners, &listener);
  if (place == its.listeners.end()) return;
  *place = nullptr;
  if (!std::exchange(its.has_holes, true)) with_holes_.push_back(&its);
}

void Router::tidy() {
  for (Route* const its : std::exchange(with_holes_, {})) {
    std::erase(its->listeners, nullptr);
    its->has_holes = false;
  }
  for (const auto& listener : std::exchange(arriving_, {})) {
    if (!listener->active()) continue;
    if (auto* const on_state = dynamic_cast<StateListener*>(listener.get())) {
      resolve(*on_state);  // entities and members may be others by now
      hang(*on_state);
    } else {
      hang(static_cast<EventListener&>(*listener));
    }
  }
  if (std::exchange(follow_, false)) targets_changed();
  // Destroying a listener destroys what an app wrote, which may end other listeners.
  const auto gone = std::exchange(kept_, {});
}

void Router::keep_for_now(std::shared_ptr<Listener> listener) {
  if (depth_ > 0) kept_.push_back(std::move(listener));
}

void Router::grow() {
  while (routes_.size() < cache_.entities().size()) {
    const state::Entity& fresh = cache_.entities()[routes_.size()];
    Route& made = routes_.emplace_back();
    silent_.push_back(false);
    for (StateListener* const pattern : patterns_) {
      if (!pattern->matches_glob(fresh.id->str())) continue;
      if (!pattern->entities.empty() && pattern->entities.back() == fresh.number) continue;
      pattern->entities.push_back(fresh.number);  // ascending, since it is the newest
      made.add(*pattern);
    }
  }
}

Router::Route& Router::route(std::uint32_t entity) {
  if (routes_.size() <= entity) grow();
  silent_[entity] = false;
  return routes_[entity];
}

// --- What a listener listens to

void Router::expand(const std::string& group, std::set<std::string>& seen,
                    StateListener& listener) {
  if (!seen.insert(group).second) return;
  const state::Entity& entity = cache_.entity(group);
  listener.groups.push_back(entity.number);
  if (!entity.state) return;
  const Json& members = entity.state->attribute("entity_id");
  if (!members.is_array()) return;
  for (const Json& member : members.as_array()) {
    if (!member.is_string() || !is_valid_entity_id(member.as_string())) continue;
    if (member.as_string().starts_with("group.")) {
      expand(member.as_string(), seen, listener);
    } else {
      listener.entities.push_back(cache_.entity(member.as_string()).number);
    }
  }
}

void Router::resolve(StateListener& listener) {
  const Entities& asked = listener.question().entities;
  listener.entities.clear();
  listener.groups.clear();
  const auto add_id = [&](const std::string& id) {
    if (!base::is_glob(id)) listener.entities.push_back(cache_.entity(id).number);
  };
  for (const std::string& id : asked.ids()) add_id(id);
  for (const std::string& id : asked.target().entity_id.list()) add_id(id);
  std::set<std::string> seen;
  for (const std::string& group : asked.groups()) expand(group, seen, listener);
  if (asked.is_target() && membership_) {
    for (const std::string& id : membership_->members(asked.target())) {
      if (is_valid_entity_id(id)) add_id(id);
    }
  }
  grow();
  if (listener.has_globs()) {
    for (const state::Entity& entity : cache_.entities()) {
      if (listener.matches_glob(entity.id->str())) listener.entities.push_back(entity.number);
    }
  }
  for (std::vector<std::uint32_t>* numbers : {&listener.entities, &listener.groups}) {
    std::ranges::sort(*numbers);
    const auto rest = std::ranges::unique(*numbers);
    numbers->erase(rest.begin(), rest.end());
  }
}

void Router::hang(StateListener& listener) {
  for (const std::uint32_t entity : listener.entities) route(entity).add(listener);
  for (const std::uint32_t entity : listener.groups) ++route(entity).followers;
  if (listener.has_globs()) patterns_.push_back(&listener);
  const Entities& asked = listener.question().entities;
  if (asked.is_target() || !asked.groups().empty()) followers_.push_back(&listener);
  if (listener.question().durable) durable_.push_back(&listener);
}

void Router::hang(EventListener& listener) {
  by_type_[listener.question().type].add(listener);
}

void Router::add(StateListener& listener) {
  listener.set_order(++orders_);
  resolve(listener);
  if (depth_ > 0) {
    arriving_.push_back(listener.shared_from_this());
  } else {
    hang(listener);
  }
}

void Router::add(EventListener& listener) {
  listener.set_order(++orders_);
  if (depth_ > 0) {
    arriving_.push_back(listener.shared_from_this());
  } else {
    hang(listener);
  }
}

void Router::remove(StateListener& listener) {
  unjudged_.erase(listener.order());
  if (std::erase_if(arriving_, [&](const auto& entry) { return entry.get() == &listener; }) > 0) {
    return;  // it does not hang anywhere yet
  }
  for (const std::uint32_t entity : listener.entities) erase(routes_[entity], listener);
  for (const std::uint32_t entity : listener.groups) --routes_[entity].followers;
  erase_from(patterns_, listener);
  erase_from(followers_, listener);
  erase_from(durable_, listener);
}

void Router::remove(EventListener& listener) {
  if (std::erase_if(arriving_, [&](const auto& entry) { return entry.get() == &listener; }) > 0) {
    return;
  }
  const auto found = by_type_.find(listener.question().type);
  if (found != by_type_.end()) erase(found->second, listener);
}

void Router::remove_all(const Owner& owner, CancelReason reason) {
  std::vector<std::shared_ptr<Listener>> theirs;
  theirs.reserve(owner.listeners.size());
  for (const auto& [key, listener] : owner.listeners) theirs.push_back(listener);
  std::ranges::sort(theirs, {}, [](const auto& listener) { return listener->order(); });
  for (const auto& listener : theirs) listener->cancel(reason);
}

void Router::clock_was_set() {
  for (StateListener* const listener : durable_) listener->clock_was_set();
}

void Router::home_is_known() {
  if (unjudged_.empty()) return;
  grow();  // entities of the first snapshot have not been dispatched
  for (const auto& [order, listener] : std::exchange(unjudged_, {})) warn_of_unknown(*listener);
}

// --- Targets that change

void Router::targets_changed() {
  if (depth_ > 0) {
    follow_ = true;
    return;
  }
  const std::vector<StateListener*> all = followers_;
  for (StateListener* const listener : all) follow(*listener);
}

void Router::follow(StateListener& listener) {
  const std::vector<std::uint32_t> before = listener.entities;
  for (const std::uint32_t entity : listener.groups) --routes_[entity].followers;
  resolve(listener);
  for (const std::uint32_t entity : listener.groups) ++route(entity).followers;
  std::vector<std::uint32_t> changed;
  std::ranges::set_difference(before, listener.entities, std::back_inserter(changed));
  for (const std::uint32_t entity : changed) {
    erase(routes_[entity], listener);
    listener.left(entity);
  }
  changed.clear();
  std::ranges::set_difference(listener.entities, before, std::back_inserter(changed));
  for (const std::uint32_t entity : changed) route(entity).add(listener);
}

bool Router::members_changed(const state::Change& change, const Route& its) const {
  if (its.followers == 0) return false;
  const auto& is = change.entity->state;
  return !change.old_state || !is ||
         change.old_state->record().attributes_text() != is->record().attributes_text();
}

// --- Dispatch

void Router::dispatch(const state::Change& change) {
  if (!change.old_state && !change.entity->state) return;  // what was not there was removed
  const std::uint32_t number = change.entity->number;
  if (number < silent_.size() && silent_[number]) return;
  Route& its = route(number);
  if (its.listeners.empty() && its.followers == 0) {
    silent_[number] = true;
    return;
  }
  const Dispatching here(*this);
  if (members_changed(change, its)) follow_ = true;
  Look look(change);
  // By place: the list keeps its length and order for as long as this goes on.
  for (std::size_t place = 0; place < its.listeners.size(); ++place) {
    if (Listener* const listener = its.listeners[place]) {
      static_cast<StateListener*>(listener)->take(look);
    }
  }
}

void Router::dispatch(Event event) {
  const auto found = by_type_.find(event.type);
  if (found == by_type_.end() || found->second.listeners.empty()) return;
  const Dispatching here(*this);
  const auto shared = std::make_shared<const Event>(std::move(event));
  Route& its = found->second;
  for (std::size_t place = 0; place < its.listeners.size(); ++place) {
    if (Listener* const listener = its.listeners[place]) {
      static_cast<EventListener*>(listener)->take(shared);
    }
  }
}

}  // namespace hassette::bus
