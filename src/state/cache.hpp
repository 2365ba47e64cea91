#pragma once
// The local mirror of the home: every entity with its last known state.
//
// It takes what Home Assistant sends in wire order and gives each entity a small number for as long
// as the process lives, so that routing needs one look-up an event. After a lost connection,
// `reconcile` compares the remembered states with a new snapshot: what differs is a change, what is
// equal is none, and what is absent is only removed once a grace period has passed, because
// integrations may still be loading. Loop thread only.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hassette/event.hpp>
#include "model/state_record.hpp"
#include "state/entity_table.hpp"

namespace hassette::async {
class Loop;
}

namespace hassette::state {

/// One change as it is applied: the entity has its new state, `old_state` is what it had.
struct Change {
  const Entity* entity;
  std::optional<State> old_state;
  TimePoint time_fired;
  std::string_view context;  ///< JSON text; empty: that of the new state
  bool recovered = false;
  bool returned = false;  ///< the same text as before, but it was another meanwhile
  bool is_news = true;    ///< false: it has only returned to what it was
};

class Cache {
 public:
  /// `loop` is asserted by the facades that read here; none in tests without a loop.
  explicit Cache(const async::Loop* loop = nullptr) : loop_(loop) {}
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  /// The entity of this id, made if it is not known; stable for the life of the cache.
  Entity& entity(std::string_view id);
  const Entity* find(std::string_view id) const;
  /// All known entities, those without a state included, by number.
  const EntityTable& entities() const { return entities_; }
  std::size_t size() const { return present_; }
  const async::Loop* loop() const { return loop_; }

  /// A change of this entity is a few calls away: fetches what it will need from memory, one
  /// step each call for those that were announced last. Only a hint, for homes that fit no
  /// processor's cache.
  void expect(std::string_view id);
  Change apply(const model::WireState& state, TimePoint time_fired, std::string_view context);
  Change remove(std::string_view id, TimePoint time_fired, std::string_view context);

  /// Takes a whole snapshot and gives what differs from what was remembered, marked as recovered;
  /// also what has only returned to what it was, where Home Assistant ran through and so can tell.
  std::vector<Change> reconcile(std::span<const model::WireState> snapshot, TimePoint now);
  /// Ends the grace period: removes what the snapshot lacked and no event has brought since.
  std::vector<Change> remove_missing(TimePoint now);

 private:
  /// Entities found when they were announced, in that order: their change need not look again.
  class Announced {
   public:
    void push(const Entity* entity) {
      if (pushed_ - popped_ == kMost) ++popped_;
      ring_[pushed_++ % kMost] = entity;
    }
    const Entity* pop() { return popped_ == pushed_ ? nullptr : ring_[popped_++ % kMost]; }
    void clear() { popped_ = pushed_; }

   private:
    static constexpr std::size_t kMost = 16;
    std::array<const Entity*, kMost> ring_{};
    std::size_t pushed_ = 0;
    std::size_t popped_ = 0;
  };

  /// The same as `entity`, which it nearly always saves.
  Entity& announced(std::string_view id);
  Change put(Entity& entity, std::optional<State> state, TimePoint time_fired);
  TimePoint told(const Entity& entity) const;
  bool ran_through(std::span<const model::WireState> snapshot) const;

  const async::Loop* loop_;
  EntityTable entities_;
  std::size_t present_ = 0;
  /// `last_changed` in the last snapshot, for the record with this one.
  struct Told {
    TimePoint own;
    TimePoint told;
  };
  std::vector<Told> told_;  // by number

  // What was announced, by how far it has come.
  std::size_t expected_hash_ = 0;
  const Entity* expected_entity_ = nullptr;
  const Entity* expected_record_ = nullptr;
  Announced announced_;
};

/// The change as handlers get it.
StateChange to_state_change(const Change& change);

}  // namespace hassette::state
