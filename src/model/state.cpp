#include <algorithm>
#include <memory>
#include <mutex>
#include <new>
#include <unordered_set>

#include <hassette/error.hpp>
#include <hassette/state.hpp>

#include "base/block_pool.hpp"
#include "json/parse.hpp"
#include "model/state_record.hpp"
#include "time/iso8601.hpp"

namespace hassette {

using model::StateRecord;

const EntityId& State::entity_id() const noexcept {
  return *record_->id;
}
std::string_view State::domain() const noexcept {
  return record_->id->domain();
}
std::string_view State::text() const noexcept {
  return record_->state();
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
  return model::parse_context(record_->context_text());
}

std::string State::friendly_name() const {
  return attribute_as<std::string>("friendly_name").value_or(entity_id().str());
}

bool State::same_value(const State& other) const {
  if (text() != other.text()) return false;
  return record_->attributes_text() == other.record_->attributes_text() ||
         attributes() == other.attributes();
}

namespace model {

namespace {

/// Copies a text to where `place` points; gives the place behind it.
char* keep(std::string_view text, char* place) {
  return std::ranges::copy(text, place).out;
}

}  // namespace

const EntityId& intern_entity(std::string_view id) {
  static std::mutex mutex;
  static std::unordered_set<EntityId> entities;
  const std::scoped_lock lock(mutex);
  return *entities.emplace(id).first;
}

// --- RecordRef

void RecordRef::share(const StateRecord& record) noexcept {
  record.references_.fetch_add(1, std::memory_order_relaxed);
}

void RecordRef::drop(const StateRecord& record) noexcept {
  // Whoever holds the only reference is alone with the record: nobody can make another one.
  if (record.references_.load(std::memory_order_acquire) != 1 &&
      record.references_.fetch_sub(1, std::memory_order_acq_rel) != 1) {
    return;
  }
  const std::size_t size = record.size();
  record.~StateRecord();
  base::give_block(const_cast<StateRecord*>(&record), size);
}

// --- StateRecord

StateRecord::StateRecord(const EntityId& its_id, const WireState& wire)
    : id(&its_id),
      last_changed(wire.last_changed),
      last_updated(wire.last_updated),
      state_size_(static_cast<std::uint32_t>(wire.state.size())),
      context_size_(static_cast<std::uint32_t>(wire.context.size())),
      attributes_size_(static_cast<std::uint32_t>(wire.attributes.size())) {
  char* const place = reinterpret_cast<char*>(this + 1);
  keep(wire.attributes, keep(wire.context, keep(wire.state, place)));
}

RecordRef StateRecord::make(const EntityId& id, const WireState& wire) {
  const std::size_t room = wire.state.size() + wire.context.size() + wire.attributes.size();
  void* const block = base::take_block(sizeof(StateRecord) + room);
  return RecordRef(::new (block) StateRecord(id, wire));
}

StateRecord::~StateRecord() {
  const std::unique_ptr<const Json> owned(parsed_.load(std::memory_order_acquire));
}

const Json& StateRecord::attributes() const {
  if (const Json* parsed = parsed_.load(std::memory_order_acquire)) return *parsed;
  auto value = json::parse(attributes_text());
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

State make_state(const EntityId& id, const WireState& wire) {
  return State(StateRecord::make(id, wire));
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
  return make_state(intern_entity(*id), WireState{.entity_id = *id,
                                                  .state = *text,
                                                  .attributes = attributes,
                                                  .context = context,
                                                  .last_changed = time("last_changed"),
                                                  .last_updated = time("last_updated")});
}

namespace {

/// Reads the context as Home Assistant writes it, an object of texts and nulls, without making a
/// Json of it; nothing if it is anything else.
std::optional<Context> read_plain_context(std::string_view text) {
  const auto take = [&](std::string_view expected) {
    const bool fits = text.starts_with(expected);
    if (fits) text.remove_prefix(expected.size());
    return fits;
  };
  const auto take_text = [&](std::string_view& out) {
    const std::size_t end = text.find_first_of("\"\\", 1);
    if (!text.starts_with('"') || end == text.npos || text[end] != '"') return false;
    out = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return true;
  };
  Context context;
  if (!take("{")) return std::nullopt;
  do {
    std::string_view key;
    std::string_view value;
    if (!take_text(key) || !take(":") || (!take_text(value) && !take("null"))) return std::nullopt;
    if (key == "id") {
      context.id = value;
    } else if (key == "parent_id") {
      context.parent_id = value;
    } else if (key == "user_id") {
      context.user_id = value;
    }
  } while (take(","));
  if (text != "}") return std::nullopt;
  return context;
}

}  // namespace

Context parse_context(std::string_view text) {
  if (auto plain = read_plain_context(text)) return *std::move(plain);
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
