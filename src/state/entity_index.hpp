#pragma once
// EntityIndex: from an entity's id to the entity, for homes that fit no processor's cache.
//
// A slot holds hash, text and entity side by side and slots are tried one after the other, so that
// a look-up goes to fewer places of memory than a map of nodes does; docs/performance.md has
// figures. Entries are never removed. Owned by the cache, whose entities and texts it refers to.
// Loop thread.
#include <cstddef>
#include <string_view>
#include <vector>

namespace hassette::state {

struct Entity;

class EntityIndex {
 public:
  /// Null if the id is not known.
  Entity* find(std::string_view id) const;
  /// The id must not be known yet, and its text must live as long as the index.
  void add(std::string_view id, Entity& entity);
  std::size_t size() const { return used_; }

 private:
  struct Slot {
    std::size_t hash = 0;
    std::string_view id;
    Entity* entity = nullptr;  // null: the slot is free
  };
  void grow();
  void place(const Slot& slot);

  std::vector<Slot> slots_;  // a power of two of them, at most half of them used
  std::size_t used_ = 0;
};

}  // namespace hassette::state
