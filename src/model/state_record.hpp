#pragma once
// The record behind State: one entity's state with its texts, made once and never changed.
//
// Home Assistant's JSON of attributes and context is kept as text and read when first asked for, so
// that a state nobody looks into costs one allocation: in a large home, what an event costs is how
// many places of memory it goes to.
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <hassette/state.hpp>

namespace hassette::model {

/// A state as it lies in a received message; views into that message.
struct WireState {
  std::string_view entity_id;
  std::string_view state;       // unescaped
  std::string_view attributes;  // JSON text of an object
  std::string_view context;     // JSON text
  TimePoint last_changed;
  TimePoint last_updated;
};

struct StateRecord {
  /// `texts` has room for the texts of `wire`, right behind the record; see make_state.
  StateRecord(std::shared_ptr<const EntityId> its_id, const WireState& wire, char* texts);
  StateRecord(const StateRecord&) = delete;
  StateRecord& operator=(const StateRecord&) = delete;
  ~StateRecord();

  const Json& attributes() const;

  std::shared_ptr<const EntityId> id;
  // JSON texts and the state, all in the memory behind the record.
  std::string_view state;
  std::string_view attributes_text;
  std::string_view context_text;
  TimePoint last_changed;
  TimePoint last_updated;

 private:
  mutable std::atomic<const Json*> parsed_ = nullptr;
};

State make_state(std::shared_ptr<const EntityId> id, const WireState& wire);
/// From a state object as REST and tests have it; throws Error("state") if it is none.
State make_state(const Json& object);
Context parse_context(std::string_view text);
Context parse_context(const Json& object);

}  // namespace hassette::model
