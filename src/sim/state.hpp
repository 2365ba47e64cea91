// One entity's state in the simulated home, and all of them: Home Assistant's state machine.
//
// A State is immutable but for its time of last report, as Home Assistant's is; its JSON is written
// once and shared by every reply and event. The machine keeps the order of first appearance. Owned
// by the Home, used on its loop's thread. No errors: what may be written is checked by the Home.
#pragma once

#include <cstddef>
#include <functional>
#include <hassette/json.hpp>
#include <hassette/time.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/context.hpp"

namespace hassette::sim {

// Shared by all states of an entity for as long as no attribute changes.
struct Attributes {
  explicit Attributes(Json value_) : value(std::move(value_)), text(value.dump()) {}
  Json value;
  std::string text;
};
using AttributesPtr = std::shared_ptr<const Attributes>;

class State {
 public:
  State(std::string entity_id, std::string state, AttributesPtr attributes, Context context,
        TimePoint changed, TimePoint updated);
  // Another state of the same entity, from this time on, with the same attributes.
  State(const State& before, std::string state, Context context, TimePoint time);

  [[nodiscard]] const std::string& entity_id() const { return *entity_id_; }
  [[nodiscard]] std::string_view domain() const;
  [[nodiscard]] const std::string& state() const { return state_; }
  [[nodiscard]] const Json& attributes() const { return attributes_->value; }
  [[nodiscard]] const AttributesPtr& shared_attributes() const { return attributes_; }
  [[nodiscard]] const Context& context() const { return context_; }
  [[nodiscard]] TimePoint last_changed() const { return last_changed_; }
  [[nodiscard]] TimePoint last_updated() const { return last_updated_; }
  [[nodiscard]] TimePoint last_reported() const { return last_reported_; }

  // A write that changed nothing: only this moves, and text that was already made stays stale.
  void report(TimePoint time) const { last_reported_ = time; }
  // The state as get_states and events carry it.
  [[nodiscard]] const std::string& text() const;
  // The state as the first message of subscribe_entities carries it.
  [[nodiscard]] std::string compressed_text() const;

 private:
  std::shared_ptr<const std::string> entity_id_;  // shared by the entity's states
  std::string state_;
  AttributesPtr attributes_;
  Context context_;
  TimePoint last_changed_;
  TimePoint last_updated_;
  mutable TimePoint last_reported_;
  mutable std::string text_;
};
using StatePtr = std::shared_ptr<const State>;

[[nodiscard]] StatePtr state_from_json(const Json& value);
// What subscribe_entities says about a change: the object behind the entity id.
[[nodiscard]] std::string compressed_difference(const State& before, const State& after);

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};

class StateMachine {
 public:
  // Null where there is none.
  [[nodiscard]] const StatePtr& find(std::string_view entity_id) const;
  // Where its state stands, until another one appears or is removed; null where there is none.
  [[nodiscard]] StatePtr* slot(std::string_view entity_id);
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  // Puts it in its entity's place and gives what stood there.
  StatePtr put(StatePtr state);
  StatePtr remove(std::string_view entity_id);
  void clear();

  template <class Visit>
  void for_each(Visit visit) const {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i]) visit(slots_[i]);
    }
  }
  [[nodiscard]] std::vector<StatePtr> all() const;

 private:
  std::vector<StatePtr> slots_;  // in order of first appearance; null where one was removed
  std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> places_;
};

}  // namespace hassette::sim
