#include <algorithm>

#include <hassette/error.hpp>
#include <hassette/state.hpp>

#include "json/parse.hpp"
#include "model/state_record.hpp"
#include "time/iso8601.hpp"

namespace hassette {

using model::StateRecord;

State::State(std::shared_ptr<const StateRecord> record) noexcept : record_(std::move(record)) {}
State::State(const State&) noexcept = default;
State::State(State&&) noexcept = default;
State& State::operator=(const State&) noexcept = default;
State& State::operator=(State&&) noexcept = default;
State::~State() = default;

const EntityId& State::entity_id() const noexcept {
  return *record_->id;
}
std::string_view State::domain() const noexcept {
  return record_->id->domain();
}
std::string_view State::text() const noexcept {
  return record_->state;
}
const Json& State::attributes() const {
  return record_->attributes();
}
TimePoint State::last_changed() const noexcept {
  return record_->last_changed;
}
TimePoint State::last_updated() const noexcept {
  return record_->last_updated;
}
Context State::context() const {
  return model::parse_context(record_->context_text);
}

std::string State::friendly_name() const {
  return attribute_as<std::string>("friendly_name").value_or(entity_id().str());
}

bool State::same_value(const State& other) const {
  if (text() != other.text()) return false;
  return record_->attributes_text == other.record_->attributes_text ||
         attributes() == other.attributes();
}

namespace model {

namespace {

/// Gives std::allocate_shared room for texts behind the one object that it makes.
template <class T>
struct WithRoom {
  using value_type = T;
  WithRoom(std::size_t its_room, char*& its_place) : room(its_room), place(&its_place) {}
  template <class U>
  WithRoom(const WithRoom<U>& other) : room(other.room), place(other.place) {}

  T* allocate(std::size_t count) {
    auto* const memory = static_cast<char*>(::operator new(count * sizeof(T) + room));
    *place = memory + count * sizeof(T);
    return reinterpret_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t) { ::operator delete(memory); }
  friend bool operator==(const WithRoom&, const WithRoom&) = default;

  std::size_t room;
  char** place;  // only looked at while allocating
};

/// Copies a text to where `place` points, and moves that behind it.
std::string_view keep(std::string_view text, char*& place) {
  char* const begin = place;
  place = std::ranges::copy(text, begin).out;
  return {begin, text.size()};
}

}  // namespace

StateRecord::StateRecord(std::shared_ptr<const EntityId> its_id, const WireState& wire, char* texts)
    : id(std::move(its_id)),
      state(keep(wire.state, texts)),
      attributes_text(keep(wire.attributes, texts)),
      context_text(keep(wire.context, texts)),
      last_changed(wire.last_changed),
      last_updated(wire.last_updated) {}

StateRecord::~StateRecord() {
  const std::unique_ptr<const Json> owned(parsed_.load(std::memory_order_acquire));
}

const Json& StateRecord::attributes() const {
  if (const Json* parsed = parsed_.load(std::memory_order_acquire)) return *parsed;
  auto value = json::parse(attributes_text);
  auto fresh = std::make_unique<const Json>(value && value->is_object() ? std::move(*value)
                                                                        : Json::object());
  // Two threads may both have parsed: the first one's value stays, since references to it may be
  // out.
  const Json* expected = nullptr;
  if (parsed_.compare_exchange_strong(expected, fresh.get(), std::memory_order_acq_rel)) {
    return *fresh.release();
  }
  return *expected;
}

State make_state(std::shared_ptr<const EntityId> id, const WireState& wire) {
  const std::size_t room = wire.state.size() + wire.attributes.size() + wire.context.size();
  char* place = nullptr;
  const WithRoom<StateRecord> allocator(room, place);
  // `place` is known by the time the record is made, hence by reference.
  return State(std::allocate_shared<const StateRecord>(allocator, std::move(id), wire,
                                                       static_cast<char* const&>(place)));
}

State make_state(const Json& object) {
  const auto id = object["entity_id"].get<std::string>();
  const auto text = object["state"].get<std::string>();
  if (!id || !text) throw Error("state", "not a state object: " + object.dump().substr(0, 200));
  const auto time = [&](const char* key) {
    const auto written = object[key].get<std::string>();
    return written ? time::parse_iso8601(*written).value_or(TimePoint()) : TimePoint();
  };
  const std::string attributes =
      object["attributes"].is_object() ? object["attributes"].dump() : std::string("{}");
  const std::string context = object["context"].dump();
  return make_state(std::make_shared<const EntityId>(*id),
                    WireState{.entity_id = *id,
                              .state = *text,
                              .attributes = attributes,
                              .context = context,
                              .last_changed = time("last_changed"),
                              .last_updated = time("last_updated")});
}

Context parse_context(std::string_view text) {
  const auto value = json::parse(text);
  return value ? parse_context(*value) : Context();
}

Context parse_context(const Json& object) {
  if (const auto id = object.get<std::string>()) return {.id = *id, .parent_id = {}, .user_id = {}};
  const auto part = [&](const char* key) { return object[key].get<std::string>().value_or(""); };
  return {.id = part("id"), .parent_id = part("parent_id"), .user_id = part("user_id")};
}

}  // namespace model
}  // namespace hassette
