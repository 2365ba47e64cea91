#include "websocket_wire.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace bench {

namespace {

[[noreturn]] void fail(const char* doing) {
  throw std::runtime_error(fmt::format("could not {}: {}", doing, std::strerror(errno)));
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::string accept_key(std::string key) {
  key += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, 20> digest{};
  EVP_Digest(key.data(), key.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  std::array<unsigned char, 29> text{};
  EVP_EncodeBlock(text.data(), digest.data(), digest.size());
  return {text.begin(), text.end() - 1};
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Descriptor listen_on(std::uint16_t port) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(port);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 ||
      ::listen(socket.get(), 4) < 0) {
    fail("listen");
  }
  return socket;
}

std::uint16_t port_of(const Descriptor& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

Descriptor connect_to(std::uint16_t port) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    fail("connect");
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

void send_all(const Descriptor& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string read_head(const Descriptor& socket) {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    char byte = 0;
    if (::read(socket.get(), &byte, 1) != 1) fail("read the handshake");
    head.push_back(byte);
  }
  return head;
}

void answer_handshake(const Descriptor& socket) {
  const std::string head = read_head(socket);
  constexpr std::string_view kField = "\r\nSec-WebSocket-Key: ";
  const std::size_t at = head.find(kField);
  if (at == std::string::npos) throw std::runtime_error("the client sends no Sec-WebSocket-Key");
  const std::size_t begin = at + kField.size();
  send_all(socket, fmt::format("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                               "Connection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
                               accept_key(head.substr(begin, head.find("\r\n", begin) - begin))));
}

void send_handshake(const Descriptor& socket) {
  send_all(socket,
           "GET /api/websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
           "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  if (!read_head(socket).starts_with("HTTP/1.1 101 ")) {
    throw std::runtime_error("the home refuses the WebSocket");
  }
}

void append_text_frame(std::string& out, std::string_view text, bool masked) {
  const unsigned mask_bit = masked ? 0x80U : 0U;
  const auto append = [&](std::uint64_t number, int bytes) {
    while (bytes-- > 0)
      out.push_back(static_cast<char>(number >> (8U * static_cast<unsigned>(bytes))));
  };
  append(0x81U, 1);
  if (text.size() < 126) {
    append(mask_bit | text.size(), 1);
  } else if (text.size() <= 0xFFFF) {
    append(mask_bit | 126U, 1);
    append(text.size(), 2);
  } else {
    append(mask_bit | 127U, 1);
    append(text.size(), 8);
  }
  if (masked) append(0, 4);
  out.append(text);
}

std::string SlowReader::next() {
  for (;;) {
    if (const auto frame = frame_extent(received_.data(), received_.size());
        frame && received_.size() >= frame->head + frame->payload) {
      std::string payload = received_.substr(frame->head, frame->payload);
      for (std::size_t i = 0; frame->masked && i < payload.size(); ++i) {
        const char mask = received_[frame->head - 4 + i % 4];
        payload[i] = static_cast<char>(payload[i] ^ mask);
      }
      received_.erase(0, frame->head + frame->payload);
      return payload;
    }
    std::array<char, 64 << 10> part{};
    const ssize_t got = ::read(socket_.get(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw std::runtime_error("the connection ended");
    received_.append(part.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace bench
