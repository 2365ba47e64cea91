// Blocks of memory that are taken and given back for every event: state records, coroutine frames,
// runs.
// layer: base
//
// Each thread keeps the blocks that it was given back, a bounded number of each size, and hands out
// the last one first: it still lies in the processor's caches. Any thread may give back what
// another one took. Larger blocks, and all of them under AddressSanitizer, which has to see every
// block come and go, are the heap's. Throws std::bad_alloc.
#pragma once

#include <cstddef>

namespace hassette::base {

// A block begins where a cache line begins. `size` is what it was taken with.
[[nodiscard]] void* take_block(std::size_t size);
void give_block(void* block, std::size_t size) noexcept;

inline constexpr std::size_t kLargestBlock = 2048;

// For containers and std::allocate_shared.
template <class T>
struct BlockAllocator {
  using value_type = T;
  BlockAllocator() = default;
  template <class U>
  BlockAllocator(const BlockAllocator<U>&) noexcept {}
  [[nodiscard]] T* allocate(std::size_t count) {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    return static_cast<T*>(take_block(count * sizeof(T)));
  }
  void deallocate(T* place, std::size_t count) noexcept { give_block(place, count * sizeof(T)); }
  friend bool operator==(const BlockAllocator&, const BlockAllocator&) = default;
};

// A base for what is made with std::make_unique: its objects come from here, those of derived
// classes too, where the destructor is virtual.
struct InBlock {
  static void* operator new(std::size_t size) { return take_block(size); }
  static void operator delete(void* place, std::size_t size) noexcept { give_block(place, size); }
};

}  // namespace hassette::base
