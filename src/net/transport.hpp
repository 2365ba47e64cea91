#pragma once
// Transport: one TCP connection, plain or under TLS, and what it has received. Internal.
//
// Held by shared_ptr: operations under way keep it alive, so a frame that awaits one may be
// destroyed at any time. One fiber reads at a time, one write runs at a time. Loop thread only.
// Errors: NetError.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>

#include <hassette/async.hpp>
#include "net/await.hpp"
#include "net/error.hpp"
#include "net/input_buffer.hpp"

namespace hassette::net {

/// What a failed operation means: `doing` completes "…: could not <doing>" where no better words
/// exist.
NetError net_error(error_code error, std::string_view doing, const std::string& where);

class Transport : public std::enable_shared_from_this<Transport> {
 public:
  using Written = std::move_only_function<void(error_code)>;

  /// `where` names the peer in messages.
  Transport(asio::io_context& context, std::string where)
      : context_(context), socket_(context), where_(std::move(where)) {}

  asio::ip::tcp::socket& socket() { return socket_; }
  asio::io_context& context() { return context_; }
  const std::string& where() const { return where_; }
  /// A server names its peer once it has accepted it.
  void accepted(std::string where);
  InputBuffer& input() { return input_; }
  bool open() const { return socket_.is_open(); }
  SSL* tls_handle() { return tls_->native_handle(); }
  /// Bytes that have come from the peer, under TLS also those of a record that is not whole yet: as
  /// long as the number grows, somebody is there.
  std::uint64_t received();

  /// Tries the endpoints in turn, each with its share of the time that is left.
  static Task<> connect(std::shared_ptr<Transport> self,
                        asio::ip::tcp::resolver::results_type endpoints, Deadline deadline);
  /// Puts TLS on the connection. A client passes the host name, which its server's certificate must
  /// carry unless `verify` is off.
  static Task<> secure_client(std::shared_ptr<Transport> self,
                              std::shared_ptr<asio::ssl::context> tls, std::string host,
                              bool verify, Deadline deadline);
  static Task<> secure_server(std::shared_ptr<Transport> self,
                              std::shared_ptr<asio::ssl::context> tls, Deadline deadline);
  /// Receives more into `input`; false at the end of the stream.
  static Task<bool> fill(std::shared_ptr<Transport> self, Deadline deadline);
  static Task<> write(std::shared_ptr<Transport> self, std::string bytes, Deadline deadline);

  /// Starts writing; the caller keeps `bytes` until `written` is called, which happens once.
  void start_write(std::string_view bytes, Written written);

  /// Ends the sending side, drops what still arrives, and closes when the peer has, or at the
  /// limit: closing at once over unread bytes is a reset, which takes our last words from the peer.
  /// Goes on by itself; nobody may receive after.
  void linger(std::chrono::milliseconds limit);
  void close() noexcept;
  /// Closes with a TCP reset: what is in flight is lost.
  void reset() noexcept;

  bool frozen() const { return frozen_; }
  void freeze(bool frozen);
  /// Called when a freeze is lifted.
  void on_thaw(std::function<void()> call) { on_thaw_ = std::move(call); }

 private:
  Task<> thawed();
  void prepare_socket() noexcept;
  void drain(const std::shared_ptr<asio::steady_timer>& timer);

  asio::io_context& context_;
  asio::ip::tcp::socket socket_;
  std::shared_ptr<asio::ssl::context> tls_context_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
  std::string where_;
  InputBuffer input_;
  std::uint64_t received_ = 0;
  std::function<void()> on_thaw_;
  AsyncEvent moved_;  // a freeze was lifted or the connection closed
  bool frozen_ = false;
  bool receiving_ = false;
};

/// Resolves, connects and, for https and wss, secures a connection.
Task<std::shared_ptr<Transport>> open_transport(asio::io_context* context, std::string origin,
                                                std::string host, std::uint16_t port,
                                                std::shared_ptr<asio::ssl::context> tls,
                                                bool verify, Deadline deadline);
/// The addresses of a host; literal addresses need no name server.
Task<asio::ip::tcp::resolver::results_type> resolve(asio::io_context* context, std::string host,
                                                    std::uint16_t port, std::string where,
                                                    Deadline deadline);
/// Waits in real time.
Task<> pause(asio::io_context* context, std::chrono::milliseconds duration);

}  // namespace hassette::net
