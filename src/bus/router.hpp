#pragma once
// Router: brings each event to the listeners that ask for it.
//
// A listener to one entity hangs on that entity's number; one to globs, a list or a target hangs on
// every entity that it means, found when either of them is new and when the home's registries
// change. So an event costs one look-up and the listeners of its own entity, however many others
// exist. Dispatch only starts runs; it never waits for one, and listeners may be added and
// cancelled while it goes on: who is cancelled is skipped, who comes has its first event after it.
// Loop thread only.
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/event_listener.hpp"
#include "bus/state_listener.hpp"
#include "run/ledger.hpp"

namespace hassette::bus {

/// How the router asks for event types that Home Assistant does not send unasked.
class EventSource {
 public:
  virtual ~EventSource() = default;
  /// Returns when Home Assistant has confirmed (or is away, and will be asked on return).
  virtual Task<> want(std::string event_type) = 0;
};

/// What the home's registries say of areas, floors, devices and labels. Whoever has them tells the
/// router with `targets_changed` when what this gives may have become another.
class Membership {
 public:
  virtual ~Membership() = default;
  /// The entities of the target's areas, floors, devices and labels, in any order.
  virtual std::vector<std::string> members(const Target& target) const = 0;
  /// Whether the registries have been read; until then an area without members proves nothing.
  virtual bool known() const = 0;
};

class Router {
 public:
  Router(state::Cache& cache, run::Observer& observer, EventSource& source);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  void add(StateListener& listener);
  void add(EventListener& listener);
  void remove(StateListener& listener);
  void remove(EventListener& listener);
  void remove_all(const Owner& owner, CancelReason reason);

  void dispatch(const state::Change& change);
  void dispatch(Event event);

  /// Without one, targets by area, floor, device or label are refused. It must outlive the router.
  void set_membership(const Membership* membership);
  bool has_membership() const { return membership_ != nullptr; }
  /// Whether a target that has no entities now is known to have none.
  bool knows_members() const { return !membership_ || membership_->known(); }
  void targets_changed();
  /// Whether it asks for what the home lacks is to be judged when the home is known; until then it
  /// may go.
  void judge_later(StateListener& listener) { unjudged_.emplace(listener.order(), &listener); }
  /// The cache has a whole snapshot, or the registries have been read.
  void home_is_known();
  /// The wall clock has been set, and durable holds end at another time on it.
  void clock_was_set();
  /// By how much Home Assistant's clock is ahead of the engine's.
  void set_clock_offset(std::chrono::nanoseconds offset) {
    clock_offset_ = std::chrono::duration_cast<TimePoint::duration>(offset);
  }
  TimePoint::duration clock_offset() const { return clock_offset_; }
  /// Where the home is, for predicates over the sun's times; it must outlive the router.
  void set_place(const time::Place* place) { place_ = place; }
  Moment moment(const async::Loop& loop) const;
  /// What remembers durable holds; it must outlive the router. Without one they are refused.
  void set_ledger(run::Ledger* ledger) { ledger_ = ledger; }
  run::Ledger* ledger() const { return ledger_; }

  state::Cache& cache() { return cache_; }
  run::Observer& observer() { return observer_; }
  EventSource& source() { return source_; }
  /// For calls that come later, when the router may be gone.
  std::weak_ptr<Router*> self() const { return self_; }
  /// How many listeners an owner has.
  std::size_t count(const Owner& owner) const { return owner.listeners.size(); }
  /// A listener that has ended must outlive the dispatch that may be looking at it.
  void keep_for_now(std::shared_ptr<Listener> listener);

 private:
  /// The listeners of one entity or event type, in the order in which they are told.
  struct Route {
    std::vector<Listener*> listeners;
    bool has_holes = false;
    std::uint32_t followers = 0;  // how many listeners follow this entity as a group
    void add(Listener& listener);
  };
  class Dispatching;
  Route& route(std::uint32_t entity);
  void grow();
  void erase(Route& route, const Listener& listener);
  void tidy();
  void resolve(StateListener& listener);
  void expand(const std::string& group, std::set<std::string>& seen, StateListener& listener);
  void hang(StateListener& listener);
  void hang(EventListener& listener);
  void follow(StateListener& listener);
  bool members_changed(const state::Change& change, const Route& route) const;

  std::shared_ptr<Router*> self_ = std::make_shared<Router*>(this);
  state::Cache& cache_;
  run::Observer& observer_;
  EventSource& source_;
  const Membership* membership_ = nullptr;
  const time::Place* place_ = nullptr;
  run::Ledger* ledger_ = nullptr;
  TimePoint::duration clock_offset_{0};
  std::deque<Route> routes_;  // by entity number; as long as the entities that globs were tried on
  std::vector<bool> silent_;  // routes that were found empty: of a large home, only this is at hand
  std::unordered_map<std::string, Route> by_type_;
  std::vector<StateListener*> patterns_;   // those with globs, in the order of registration
  std::vector<StateListener*> followers_;  // those of targets and groups, likewise
  std::vector<StateListener*> durable_;    // those whose holds are, likewise
  std::map<std::uint64_t, StateListener*> unjudged_;  // by order; since the home is not known yet
  std::uint64_t orders_ = 0;

  // What may not happen in the middle of a dispatch waits for its end.
  int depth_ = 0;
  bool follow_ = false;
  std::vector<Route*> with_holes_;
  std::vector<std::shared_ptr<Listener>> arriving_;
  std::vector<std::shared_ptr<Listener>> kept_;
};

}  // namespace hassette::bus
