#pragma once
// EntityTable: every entity of a home, found by its id, for homes that fit no
// processor's cache.
//
// What an event costs is how many places of memory it goes to, one after the
// other. A look-up goes to two: a slot of eight bytes, which holds enough of
// the hash to tell nearly all ids apart, and the entity's own cache line, which
// holds the id's text where it fits; docs/performance.md has figures. Entities
// are never removed and never move. Owned by the cache. Loop thread.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <hassette/state.hpp>

namespace hassette::state {

/// Exactly a cache line, with as much of what an event needs as fits.
class alignas(64) Entity {
 public:
  Entity() = default;
  Entity(const EntityId& interned, std::uint32_t its_number);

  const EntityId* id = nullptr;  // interned
  std::optional<State> state;
  std::uint32_t number = 0;
  bool missing = false;  ///< absent from the last snapshot; not yet removed

  /// The same as `id->str()`, from nearer by.
  std::string_view text() const {
    if (length_ == kNoText) return id->str();
    return {text_.data(), length_};
  }

 private:
  static constexpr std::uint8_t kNoText = 0xFF;
  std::uint8_t length_ = 0;  // kNoText: it does not fit
  std::array<char, 34> text_{};
};
static_assert(sizeof(Entity) == 64);

class EntityTable {
 public:
  class Iterator {
   public:
    using value_type = Entity;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(const EntityTable* table, std::size_t number) : table_(table), number_(number) {}
    const Entity& operator*() const { return (*table_)[number_]; }
    Iterator& operator++() {
      ++number_;
      return *this;
    }
    Iterator operator++(int) { return {table_, number_++}; }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const EntityTable* table_ = nullptr;
    std::size_t number_ = 0;
  };

  /// Null if the id is not known.
  const Entity* find(std::string_view id) const;
  Entity* find(std::string_view id) {
    return const_cast<Entity*>(static_cast<const EntityTable*>(this)->find(id));
  }
  /// The id must not be known yet. Numbers count from 0.
  Entity& add(std::string_view id);

  /// The first half of a look-up, done beforehand: begins to fetch the slot;
  /// gives the hash.
  std::size_t fetch_slot(std::string_view id) const;
  /// The second half: begins to fetch the entity; null if there is none with
  /// this hash.
  const Entity* fetch_entity(std::size_t hash) const;

  std::size_t size() const { return size_; }
  /// By number; nothing may be added meanwhile.
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size_}; }
  const Entity& operator[](std::size_t number) const {
    return (*chunks_[number / kChunk])[number % kChunk];
  }
  Entity& operator[](std::size_t number) {
    return const_cast<Entity&>(static_cast<const EntityTable&>(*this)[number]);
  }

 private:
  static constexpr std::size_t kChunk = 256;
  using Chunk = std::array<Entity, kChunk>;
  struct Slot {
    std::uint32_t mark = 0;    // the part of the hash that does not choose the slot
    std::uint32_t number = 0;  // one more than the entity's; 0: the slot is free
  };

  /// The first entity of this hash for which `fits(entity)` is true; null if
  /// there is none.
  template <class F>
  const Entity* search(std::size_t hash, F fits) const;
  void grow();
  void put(std::size_t hash, std::uint32_t number);

  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<Slot> slots_;  // a power of two of them, at most half of them used
  std::size_t size_ = 0;
};

}  // namespace hassette::state
