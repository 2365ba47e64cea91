#pragma once
// InputBuffer: what a connection has received and nobody has consumed yet, in one piece.
//
// Owned by the connection. Messages are decoded and handed out in place, so kPadding readable bytes
// follow every byte it holds. It grows to what the message at hand needs and gives the memory of
// very large ones back. Loop thread only.
#include <cstddef>
#include <memory>
#include <span>

namespace hassette::net {

class InputBuffer {
 public:
  static constexpr std::size_t kPadding = 64;
  /// Enough for the system calls to cost little beside what they bring, and small enough to stay in
  /// the processor's caches until it is read.
  static constexpr std::size_t kBase = 512u << 10;
  static constexpr std::size_t kLarge = 4u << 20;

  InputBuffer() = default;
  InputBuffer(const InputBuffer&) = delete;
  InputBuffer& operator=(const InputBuffer&) = delete;

  std::span<char> data() { return {storage_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  std::size_t capacity() const { return capacity_; }

  /// Space to receive into; moves or grows what is held, so views into it end here.
  std::span<char> room();
  void commit(std::size_t count) { end_ += count; }
  /// What was consumed stays where it is until `room` is called.
  void consume(std::size_t count);
  /// Removes bytes behind others that stay.
  void erase(std::size_t offset, std::size_t count);
  /// The next message is complete with that many bytes; a hint for `room`.
  void expect(std::size_t total) { expected_ = total; }

 private:
  void move_to(std::size_t capacity);

  std::unique_ptr<char[]> storage_;
  std::size_t capacity_ = 0;  // without the padding
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t expected_ = 0;
};

}  // namespace hassette::net
