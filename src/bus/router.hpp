#pragma once
// Router: brings each event to the listeners that ask for it.
//
// A listener to one entity hangs on that entity's number; one to a glob hangs on every entity that
// it matches, found when either of them is new. So an event costs one look-up and the listeners of
// its own entity, however many others exist. Dispatch only starts runs; it never waits for one, and
// listeners may be added and cancelled while it goes on. Loop thread only.
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/listener.hpp"

namespace hassette::bus {

/// How the router asks for event types that Home Assistant does not send unasked.
class EventSource {
 public:
  virtual ~EventSource() = default;
  /// Returns when Home Assistant has confirmed (or is away, and will be asked on return).
  virtual Task<> want(std::string event_type) = 0;
};

class Router {
 public:
  Router(state::Cache& cache, run::Observer& observer, EventSource& source);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  void add(std::shared_ptr<StateListener> listener);
  void add(std::shared_ptr<EventListener> listener);
  void remove(const Listener& listener);
  void remove_all(const Owner& owner, CancelReason reason);

  void dispatch(const state::Change& change);
  void dispatch(Event event);

  state::Cache& cache() { return cache_; }
  run::Observer& observer() { return observer_; }
  EventSource& source() { return source_; }
  /// For calls that come later, when the router may be gone.
  std::weak_ptr<Router*> self() const { return self_; }
  /// How many listeners an owner has.
  std::size_t count(const Owner& owner) const;

 private:
  using Route = std::vector<std::shared_ptr<StateListener>>;
  Route& route(const state::Entity& entity);

  std::shared_ptr<Router*> self_ = std::make_shared<Router*>(this);
  state::Cache& cache_;
  run::Observer& observer_;
  EventSource& source_;
  std::vector<Route>
      routes_;  // by entity number; as long as the entities that patterns were tried on
  std::vector<std::shared_ptr<StateListener>> patterns_;
  std::unordered_map<std::string, std::vector<std::shared_ptr<EventListener>>> by_type_;
};

}  // namespace hassette::bus
