#pragma once
// WebSocket: text messages over TCP or TLS, either end of a connection.
//
// Move-only; the owner is whoever holds it, and destroying it drops the connection. One fiber reads
// at a time, any number may write. Pings are answered while somebody reads. Deadlines follow real
// time. Loop thread only. Errors: NetError. A server checks that what it is sent is UTF-8; at a
// client's end that is left to the parser that reads the message.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <hassette/task.hpp>
#include "net/tls.hpp"
#include "net/url.hpp"

namespace hassette::async {
class Loop;
}

namespace hassette::net {

struct WebSocketLimits {
  std::size_t max_message = 64u << 20;
  /// More than this waiting for the socket, and the connection is dropped; one message always fits.
  std::size_t max_unsent = 64u << 20;
  std::chrono::milliseconds connect_timeout{10'000};
};

class WebSocketState;

class WebSocket {
 public:
  explicit WebSocket(std::shared_ptr<WebSocketState> state);
  WebSocket(WebSocket&& other) noexcept;
  WebSocket& operator=(WebSocket&& other) noexcept;
  ~WebSocket();

  /// The next text message. The view is valid until the next `read`, and at least 64 readable bytes
  /// follow it, as simdjson wants. Throws kClosed with the close code in the message, kTooLarge, or
  /// kProtocol, also for a binary message.
  [[clang::coro_wrapper]] Task<std::string_view> read();
  /// The next message if it has arrived whole already; what `read` would throw is left to `read`.
  /// Views of earlier messages stay valid, too.
  std::optional<std::string_view> try_read();

  /// Returns when the message was handed to the socket. Messages leave in the order in which the
  /// calls began; one that waits in the queue is sent although the task that wrote it is cancelled.
  /// Throws kClosed, also where the peer takes so little that `max_unsent` was passed.
  [[clang::coro_wrapper]] Task<> write(std::string text);
  /// Sends the close code and waits for the peer's, one second at most; the connection is gone
  /// after.
  [[clang::coro_wrapper]] Task<> close(std::uint16_t code, std::string reason);
  /// Drops the connection now; what is pending fails with kClosed.
  void abort() noexcept;
  /// Bytes that wait for the socket.
  std::size_t unsent() const;
  /// Bytes that have come from the peer since the connection was made. It grows while somebody
  /// reads and the peer sends, also in the middle of a long message.
  std::uint64_t received() const;
  /// Whether a message has begun to arrive and is not whole yet.
  bool is_receiving() const;

 private:
  std::shared_ptr<WebSocketState> state_;
};

/// Tries every address of the host in turn. No compression is offered. An HTTP answer other than
/// 101 is a NetError of kind kHttp with its status.
[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<WebSocket> connect_websocket(
    async::Loop& loop, Url url, TlsOptions tls, WebSocketLimits limits);

}  // namespace hassette::net
