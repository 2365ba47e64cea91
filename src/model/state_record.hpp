#pragma once
// The record behind State: one entity's state with its texts, made once and never changed.
//
// Home Assistant's JSON of attributes and context is kept as text and read when first asked for, so
// that a state nobody looks into costs one block of memory, which it takes from those that were
// given back: in a large home, what an event costs is how many places of memory it goes to.
#include <atomic>
#include <cstdint>
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

/// The one EntityId with this text, for the life of the process: a home has so many entities and no
/// more, and a record that points to it need not count references to it. Any thread.
const EntityId& intern_entity(std::string_view id);

/// Begins with what an event looks at (who refers to it, the state), so that the record of an event
/// that nobody listens to costs one cache line to read.
struct StateRecord {
  StateRecord(const StateRecord&) = delete;
  StateRecord& operator=(const StateRecord&) = delete;

  /// Begin to fetch the record, and all of it, from memory. It will be written to: who replaces it
  /// lets it go, and the next record may lie in its place.
  void fetch() const { __builtin_prefetch(this, 1); }
  void fetch_texts() const {
    const char* const begin = reinterpret_cast<const char*>(this);
    for (std::size_t line = 64; line < size(); line += 64) __builtin_prefetch(begin + line, 1);
  }

  const Json& attributes() const;
  std::string_view state() const { return {texts(), state_size_}; }
  /// JSON texts.
  std::string_view context_text() const { return {texts() + state_size_, context_size_}; }
  std::string_view attributes_text() const {
    return {texts() + state_size_ + context_size_, attributes_size_};
  }

  const EntityId* const id;
  const TimePoint last_changed;
  const TimePoint last_updated;

 private:
  friend RecordRef;
  friend State make_state(const EntityId& id, const WireState& wire);
  StateRecord(const EntityId& its_id, const WireState& wire);
  ~StateRecord();
  static RecordRef make(const EntityId& id, const WireState& wire);
  std::size_t size() const {
    return sizeof(StateRecord) + state_size_ + context_size_ + attributes_size_;
  }
  /// They lie right behind the record, in the same block.
  const char* texts() const { return reinterpret_cast<const char*>(this + 1); }

  mutable std::atomic<const Json*> parsed_ = nullptr;
  mutable std::atomic<std::uint32_t> references_ = 1;
  // No message is as long as these can count.
  std::uint32_t state_size_;
  std::uint32_t context_size_;
  std::uint32_t attributes_size_;
};

/// `id` must live as long as the state and its copies; see intern_entity.
State make_state(const EntityId& id, const WireState& wire);
/// From a state object as REST and tests have it; throws Error("state") if it is none.
State make_state(const Json& object);
Context parse_context(std::string_view text);
Context parse_context(const Json& object);

}  // namespace hassette::model
