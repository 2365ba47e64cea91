#pragma once
// The little of WebSocket that the blocking ends of the benchmarks need: handshake and frames.
//
// Written apart from src/net on purpose: it is what that is measured against. Every function
// blocks, and throws std::runtime_error where the connection ends.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bench {

/// An open file descriptor, closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// A socket that listens on loopback; port 0 stands for any.
Descriptor listen_on(std::uint16_t port);
std::uint16_t port_of(const Descriptor& socket);
Descriptor connect_to(std::uint16_t port);

void send_all(const Descriptor& socket, std::string_view bytes);
/// Reads up to and including the empty line that ends an HTTP head.
std::string read_head(const Descriptor& socket);
void answer_handshake(const Descriptor& socket);
void send_handshake(const Descriptor& socket);

/// A whole text frame; a client's is masked, with a mask of zeros.
void append_text_frame(std::string& out, std::string_view text, bool masked);

/// The head of a frame, if these bytes hold all of it.
struct FrameExtent {
  std::size_t head;
  std::size_t payload;
  bool masked;
};
inline std::optional<FrameExtent> frame_extent(const char* bytes, std::size_t size) {
  if (size < 2) return std::nullopt;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const bool masked = (byte(1) & 0x80U) != 0;
  std::size_t payload = byte(1) & 0x7FU;
  const std::size_t wide = payload == 127 ? 8 : payload == 126 ? 2 : 0;
  const std::size_t head = 2 + wide + (masked ? 4 : 0);
  if (size < head) return std::nullopt;
  if (wide > 0) {
    payload = 0;
    for (std::size_t at = 2; at < 2 + wide; ++at) payload = payload << 8U | byte(at);
  }
  return FrameExtent{head, payload, masked};
}

/// Reads messages one at a time, for the side that is not measured.
class SlowReader {
 public:
  explicit SlowReader(const Descriptor& socket) : socket_(socket) {}
  std::string next();

 private:
  const Descriptor& socket_;
  std::string received_;
};

}  // namespace bench
