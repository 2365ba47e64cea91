#pragma once
// What stands behind Server: the listener and its connections' fibers. Internal; loop thread only.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include <hassette/async.hpp>
#include "async/bucket.hpp"
#include "async/loop.hpp"
#include "net/http_wire.hpp"
#include "net/server.hpp"
#include "net/transport.hpp"

namespace hassette::net {

struct Server::Impl {
  Impl(async::Loop& loop, ServerHandlers& handlers, ServerLimits limits,
       std::string_view app_label);
  ~Impl();

  static Task<std::uint16_t> listen(Impl* self, std::string host, std::uint16_t port,
                                    std::shared_ptr<asio::ssl::context> tls);
  static Task<std::uint16_t> listen_tls(Impl* self, std::string host, std::uint16_t port,
                                        std::string chain_file, std::string key_file);
  static Task<> stop(Impl* self);
  static Task<> accept_all(Impl* self);
  /// One connection from its first byte to its end; in server_connection.cpp.
  static Task<> serve(Impl* self, std::shared_ptr<Transport> transport);
  static Task<> serve_requests(Impl* self, std::shared_ptr<Transport> transport);

  /// A connection, from its admission to its end.
  struct Peer {
    std::weak_ptr<Transport> transport;
    bool granted = false;  ///< it got what it asked for at least once
  };

  void open_listener();
  void admit(std::shared_ptr<Transport> transport);
  /// Closes the oldest connection that has been granted nothing; false if there is none.
  bool evict();
  void grant(const std::shared_ptr<Transport>& transport);
  /// The connections that still exist; a handler may keep a WebSocket beyond its fiber.
  std::vector<std::shared_ptr<Transport>> live();
  void close_all();

  asio::io_context& context;
  ServerHandlers& handlers;
  ServerLimits limits;
  const async::Label& accept_label;
  const async::Label& connection_label;
  std::optional<asio::ip::tcp::endpoint> endpoint;
  std::string host;
  asio::ip::tcp::acceptor acceptor;
  std::shared_ptr<asio::ssl::context> tls;
  std::vector<Peer> peers;  // in the order of their admission
  AsyncEvent reopened;
  bool frozen = false;
  bool stopped = false;
  async::Bucket fibers;  // last: its fibers use everything above
};

}  // namespace hassette::net
