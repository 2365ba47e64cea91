#include "state/entity_index.hpp"

#include <algorithm>
#include <functional>

namespace hassette::state {

namespace {
constexpr std::size_t kFirstSlots = 256;

std::size_t hash_of(std::string_view id) {
  return std::hash<std::string_view>{}(id);
}
}  // namespace

Entity* EntityIndex::find(std::string_view id) const {
  if (slots_.empty()) return nullptr;
  const std::size_t hash = hash_of(id);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at].entity; at = (at + 1) & mask) {
    if (slots_[at].hash != hash) continue;
    __builtin_prefetch(slots_[at].entity);  // arrives while the texts are compared
    if (slots_[at].id == id) return slots_[at].entity;
  }
  return nullptr;
}

void EntityIndex::add(std::string_view id, Entity& entity) {
  if (2 * (used_ + 1) > slots_.size()) grow();
  place({hash_of(id), id, &entity});
  ++used_;
}

void EntityIndex::grow() {
  std::vector<Slot> before(std::max(kFirstSlots, 2 * slots_.size()));
  before.swap(slots_);
  for (const Slot& slot : before) {
    if (slot.entity) place(slot);
  }
}

void EntityIndex::place(const Slot& slot) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = slot.hash & mask;
  while (slots_[at].entity) at = (at + 1) & mask;
  slots_[at] = slot;
}

}  // namespace hassette::state
