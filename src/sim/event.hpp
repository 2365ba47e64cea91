// Events of the simulated home and the bus that carries them, in Home Assistant's order.
//
// An event's JSON is written once, when the first subscriber needs it, and shared. Listeners of the
// event's own type run before those of all events, each in order of registration, and an event
// fired by a listener is delivered before the rest of the first one is: Home Assistant does so too.
// Owned by the Home, used on its loop's thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "sim/state.hpp"

namespace hassette::sim {

using TextPtr = std::shared_ptr<const std::string>;

class Event {
 public:
  Event(std::string type, Json data, bool remote, TimePoint time, Context context);
  // state_changed; either state may be null. Without a new state, `context` says what removed it.
  Event(StatePtr before, StatePtr after, TimePoint time, const Context& context);

  [[nodiscard]] const std::string& type() const { return type_; }
  // Empty for state_changed, whose data are the two states.
  [[nodiscard]] const Json& data() const { return data_; }
  [[nodiscard]] const StatePtr& before() const { return before_; }
  [[nodiscard]] const StatePtr& after() const { return after_; }
  [[nodiscard]] const std::string& entity_id() const;
  [[nodiscard]] TimePoint time() const { return time_; }
  [[nodiscard]] const Context& context() const { return after_ ? after_->context() : context_; }

  // The event object as subscribe_events carries it.
  [[nodiscard]] const TextPtr& text() const;
  // The event object as subscribe_entities carries it; state_changed only.
  [[nodiscard]] const TextPtr& compressed_text() const;

 private:
  std::string type_;
  Json data_;
  StatePtr before_;
  StatePtr after_;
  bool remote_ = false;
  TimePoint time_;
  Context context_;
  mutable TextPtr text_;
  mutable TextPtr compressed_;
};
using EventPtr = std::shared_ptr<const Event>;

class EventBus {
 public:
  using Listener = std::function<void(const EventPtr&)>;
  static constexpr std::string_view kAll = "*";

  // `type` may be kAll, which leaves out state_reported and homeassistant_close.
  std::uint64_t listen(std::string_view type, Listener listener);
  void forget(std::uint64_t number);
  void fire(const EventPtr& event);
  [[nodiscard]] bool has_listener(std::string_view type) const;
  // [{"event": "state_changed", "listener_count": 3}]
  [[nodiscard]] Json listener_counts() const;

 private:
  struct Entry {
    std::uint64_t number;
    Listener listener;
    bool alive = true;
  };
  using List = std::deque<Entry>;  // references stay while listeners are added
  void run(List& list, const EventPtr& event);
  void sweep();

  std::map<std::string, List, std::less<>> lists_;
  std::map<std::uint64_t, std::string> types_;
  std::uint64_t listened_ = 0;
  int depth_ = 0;
  bool dirty_ = false;
};

}  // namespace hassette::sim
