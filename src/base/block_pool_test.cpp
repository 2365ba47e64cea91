#include "base/block_pool.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

namespace hassette::base {
namespace {

// Under AddressSanitizer every block is the heap's.
#if defined(__has_feature)
constexpr bool kKept = !__has_feature(address_sanitizer);
#else
constexpr bool kKept = true;
#endif

TEST(BlockPool, gives_blocks_that_begin_with_a_cache_line_and_do_not_overlap) {
  struct Taken {
    unsigned char* block;
    std::size_t size;
  };
  std::vector<Taken> taken;
  for (std::size_t size = 1; size < kLargestBlock + 200; size += 7) {
    auto* const block = static_cast<unsigned char*>(take_block(size));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 64, 0u);
    std::memset(block, static_cast<int>(size % 251), size);
    taken.push_back({block, size});
  }
  for (const auto& [block, size] : taken) {
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(block[i], size % 251);
    give_block(block, size);
  }
}

TEST(BlockPool, hands_out_again_what_was_given_back_last) {
  void* const first = take_block(500);
  void* const second = take_block(490);
  give_block(first, 500);
  give_block(second, 490);
  void* const again = take_block(480);
  if (kKept) EXPECT_EQ(again, second);
  give_block(again, 480);
}

TEST(BlockPool, takes_back_what_another_thread_took) {
  std::vector<void*> blocks;
  std::jthread([&] {
    for (int i = 0; i < 500; ++i) blocks.push_back(take_block(100));
  }).join();
  for (void* const block : blocks) give_block(block, 100);
}

TEST(BlockPool, serves_objects_of_derived_classes_and_containers) {
  struct Base : InBlock {
    virtual ~Base() = default;
  };
  struct Large final : Base {
    char room[1000] = {};
  };
  const std::unique_ptr<Base> object = std::make_unique<Large>();
  std::deque<int, BlockAllocator<int>> numbers;
  for (int i = 0; i < 10'000; ++i) {
    numbers.push_back(i);
    if (i % 3 == 0) numbers.pop_front();
  }
  EXPECT_EQ(numbers.back(), 9'999);
  EXPECT_EQ(*std::allocate_shared<int>(BlockAllocator<int>(), 7), 7);
}

/// Lives until after the thread's blocks have gone back.
struct Late {
  void* block = nullptr;
  ~Late() { give_block(block, 64); }
};

TEST(BlockPool, takes_blocks_back_when_the_thread_has_ended) {
  std::jthread([] {
    static thread_local Late late;
    late.block = take_block(64);
    give_block(take_block(64), 64);
  }).join();
}

}  // namespace
}  // namespace hassette::base
