#include "base/block_pool.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace hassette::base {

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kPooled = false;
#elif defined(__has_feature)
constexpr bool kPooled = !__has_feature(address_sanitizer);
#else
constexpr bool kPooled = true;
#endif

constexpr std::size_t kLine = 64;
constexpr std::size_t kSizes = kLargestBlock / kLine;
constexpr std::size_t kKept = 64;  // blocks of a size

static_assert(kSizes * kLine == kLargestBlock);

struct Block {
  Block* next;
};
struct Shelf {
  Block* first;
  std::size_t count;
};

// Trivial types: nothing runs when they are first used, and they can be read to the thread's end.
constinit thread_local std::array<Shelf, kSizes> shelves{};
enum class Shop : unsigned char { kUnused, kOpen, kClosed };
constinit thread_local Shop shop = Shop::kUnused;

constexpr std::size_t shelf_of(std::size_t size) {
  return (std::max(size, std::size_t{1}) - 1) / kLine;
}

void* from_heap(std::size_t size) {
  return ::operator new(size, std::align_val_t(kLine));
}

void to_heap(void* block) noexcept {
  ::operator delete(block, std::align_val_t(kLine));
}

// Gives the thread's blocks back when it ends; what comes after that goes to the heap at once.
struct Closing {
  Closing() { shop = Shop::kOpen; }
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  ~Closing() {
    shop = Shop::kClosed;
    for (Shelf& shelf : shelves) {
      while (Block* const block = shelf.first) {
        shelf.first = block->next;
        to_heap(block);
      }
    }
  }
};

bool opens() noexcept {
  if (shop == Shop::kUnused) static const thread_local Closing closing;
  return shop == Shop::kOpen;
}

}  // namespace

void* take_block(std::size_t size) {
  if (!kPooled || size > kLargestBlock) return from_heap(size);
  const std::size_t number = shelf_of(size);
  Shelf& shelf = shelves[number];
  Block* const block = shelf.first;
  if (!block) return from_heap((number + 1) * kLine);
  shelf.first = block->next;
  --shelf.count;
  return block;
}

void give_block(void* block, std::size_t size) noexcept {
  if (!kPooled || size > kLargestBlock) return to_heap(block);
  Shelf& shelf = shelves[shelf_of(size)];
  if (shelf.count == kKept || (shop != Shop::kOpen && !opens())) return to_heap(block);
  shelf.first = ::new (block) Block{shelf.first};
  ++shelf.count;
}

}  // namespace hassette::base
