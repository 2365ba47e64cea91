#pragma once
// A small HTTP/1.1 and WebSocket server, for the web page and for the simulated home.
//
// Owned by whoever serves; `stop` before destroying it. Every connection is one fiber in the
// server's bucket and runs the handlers there; cancelling it (stop) cancels them. What comes in is
// bounded: see ServerLimits. At `max_connections` a new one takes the place of the oldest that has
// not yet been granted anything (an answer below 400, a WebSocket), so that silent ones shut nobody
// out; where all have been, it is answered with 503 and closed. Loop thread only. Errors: `listen`
// throws NetError; what a handler throws is answered with 500 and told to `on_fault`.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include <hassette/task.hpp>
#include "net/http.hpp"
#include "net/websocket.hpp"

namespace hassette::net {

struct ServerLimits {
  std::size_t max_body = 64u << 10;
  std::size_t max_websocket_message = 4u << 20;
  std::size_t max_websocket_unsent = 64u << 20;  ///< see WebSocketLimits
  std::size_t max_connections = 256;
  /// For the first request of a connection to arrive whole; who connects has something to ask.
  std::chrono::milliseconds first_request{10'000};
  std::chrono::seconds idle{60};  ///< the same for later ones, and for an answer to be taken
};

/// What the server's owner implements. It outlives the server.
class ServerHandlers {
 public:
  virtual Task<HttpResponse> on_request(HttpRequest request) = 0;
  /// Whether a request to open a WebSocket is granted; if not, it goes to `on_request`.
  virtual bool accepts_websocket(const HttpRequest& request);
  /// Runs as long as the connection is wanted; the socket is dropped when it goes.
  virtual Task<> on_websocket(HttpRequest request, WebSocket socket) = 0;
  /// A handler threw; `target` is the request's path and query. For the log.
  virtual void on_fault(std::string_view target, const std::exception_ptr& error) noexcept;

 protected:
  virtual ~ServerHandlers();
};

class Server {
 public:
  /// `app_label` names the connections' fibers in logs and for the watchdog: "engine", "web".
  Server(async::Loop& loop, ServerHandlers& handlers, ServerLimits limits,
         std::string_view app_label = "engine");
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// Opens the listener and serves from then on; port 0 takes any free one. Gives the port.
  [[clang::coro_wrapper]] Task<std::uint16_t> listen(std::string host, std::uint16_t port);
  /// The same over TLS, with a certificate chain and its key in PEM files.
  [[clang::coro_wrapper]] Task<std::uint16_t> listen_tls(std::string host, std::uint16_t port,
                                                         std::string chain_file,
                                                         std::string key_file);
  /// Throws the NetError of `listen` where this machine cannot listen on that host; opens nothing
  /// to others. The port is only named: it may well be in use.
  static Task<> expect_address(async::Loop* loop, std::string host, std::uint16_t port);
  /// Closes the listener, cancels every handler, waits for them, and closes all connections.
  [[clang::coro_wrapper]] Task<> stop();

  std::uint16_t port() const;
  std::size_t connections() const;

  // Faults on demand, for the simulated home.

  /// Drops every connection without a word (TCP reset).
  void drop_all();
  /// False closes the listener, so that connections are refused; true opens it on the same port
  /// and throws NetError if that is taken by now.
  void set_accepting(bool accepting);
  /// Half-open: connections stay, but nothing is read or written until it is lifted.
  void freeze(bool frozen);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hassette::net
