#include "net/input_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hassette::net {

namespace {
/// Fewer bytes than this are not worth a system call of their own.
constexpr std::size_t kLeastRoom = 16u << 10;
}  // namespace

std::span<char> InputBuffer::room() {
  if (size() == 0) begin_ = end_ = 0;
  const std::size_t wanted = std::max({kBase, expected_, size() + kLeastRoom});
  if (capacity_ > kLarge && wanted == kBase) move_to(kBase);
  if (capacity_ < wanted) {
    move_to(std::max(wanted, expected_ > 2 * capacity_ ? expected_ : 2 * capacity_));
  } else if (begin_ > 0 && (capacity_ - begin_ < wanted || size() < kLeastRoom)) {
    std::memmove(storage_.get(), storage_.get() + begin_, size());
    end_ -= begin_;
    begin_ = 0;
  }
  // A buffer that had to hold a large message once still takes no more at a time.
  const std::size_t missing = expected_ > size() ? expected_ - size() : 0;
  return {storage_.get() + end_, std::min(capacity_ - end_, std::max(kBase, missing))};
}

void InputBuffer::consume(std::size_t count) {
  begin_ += count;
  expected_ = 0;
}

void InputBuffer::erase(std::size_t offset, std::size_t count) {
  char* const hole = storage_.get() + begin_ + offset;
  std::memmove(hole, hole + count, size() - offset - count);
  end_ -= count;
}

void InputBuffer::move_to(std::size_t capacity) {
  auto moved = std::make_unique_for_overwrite<char[]>(capacity + kPadding);
  const std::size_t held = size();
  if (held > 0) std::memcpy(moved.get(), storage_.get() + begin_, held);
  storage_ = std::move(moved);
  capacity_ = capacity;
  begin_ = 0;
  end_ = held;
}

}  // namespace hassette::net
