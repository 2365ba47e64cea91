#include "state/entity_table.hpp"

#include <algorithm>
#include <functional>

#include "model/state_record.hpp"

namespace hassette::state {

namespace {
constexpr std::size_t kFirstSlots = 256;
static_assert(sizeof(std::size_t) == 8, "a hash gives a slot and a mark");

std::size_t hash_of(std::string_view id) {
  return std::hash<std::string_view>{}(id);
}

std::uint32_t mark_of(std::size_t hash) {
  return static_cast<std::uint32_t>(hash >> 32U);
}
}  // namespace

Entity::Entity(const EntityId& interned, std::uint32_t its_number)
    : id(&interned), number(its_number) {
  const std::string& id_text = interned.str();
  const bool fits = id_text.size() <= text_.size();
  length_ = fits ? static_cast<std::uint8_t>(id_text.size()) : kNoText;
  if (fits) std::ranges::copy(id_text, text_.begin());
}

template <class F>
const Entity* EntityTable::search(std::size_t hash, F fits) const {
  if (slots_.empty()) return nullptr;
  const std::uint32_t mark = mark_of(hash);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at].number != 0; at = (at + 1) & mask) {
    if (slots_[at].mark != mark) continue;
    const Entity& found = (*this)[slots_[at].number - 1];
    if (fits(found)) return &found;
  }
  return nullptr;
}

const Entity* EntityTable::find(std::string_view id) const {
  return search(hash_of(id), [&](const Entity& entity) { return entity.text() == id; });
}

std::size_t EntityTable::fetch_slot(std::string_view id) const {
  const std::size_t hash = hash_of(id);
  if (!slots_.empty()) __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
  return hash;
}

const Entity* EntityTable::fetch_entity(std::size_t hash) const {
  // Ids are not compared: that would have to wait for the entity.
  const Entity* const found = search(hash, [](const Entity&) { return true; });
  if (found) __builtin_prefetch(found, 1);
  return found;
}

Entity& EntityTable::add(std::string_view id) {
  if (2 * (size_ + 1) > slots_.size()) grow();
  if (size_ == chunks_.size() * kChunk) chunks_.push_back(std::make_unique<Chunk>());
  Entity& made = (*chunks_.back())[size_ % kChunk];
  std::construct_at(&made, model::intern_entity(id), static_cast<std::uint32_t>(size_++));
  put(hash_of(id), made.number);
  return made;
}

void EntityTable::grow() {
  slots_.assign(std::max(kFirstSlots, 2 * slots_.size()), Slot());
  for (std::uint32_t number = 0; number < size_; ++number) {
    put(hash_of((*this)[number].text()), number);
  }
}

void EntityTable::put(std::size_t hash, std::uint32_t number) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].number != 0) at = (at + 1) & mask;
  slots_[at] = {.mark = mark_of(hash), .number = number + 1};
}

}  // namespace hassette::state
