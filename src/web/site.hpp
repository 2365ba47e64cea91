#pragma once
// The site: routes of the page and its API, and the live feed.
//
// Lives on the web server's own loop and reads the board only, so that it answers while the
// engine's loop is held. Everything but what `Access` admits is refused. Errors: none leave it;
// what fails in a request is answered with 500 and logged.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <hassette/json.hpp>

#include "async/clock.hpp"
#include "net/server.hpp"
#include "telemetry/board.hpp"
#include "web/access.hpp"

namespace hassette::web {

class Site final : public net::ServerHandlers {
 public:
  /// A page that does not take a message of the live feed within `write_limit` is dropped.
  Site(const telemetry::Board& board, Secret token, std::vector<std::string> hosts,
       std::chrono::milliseconds write_limit = std::chrono::seconds(10));

  void set_port(std::uint16_t port) { access_.set_port(port); }

  Task<net::HttpResponse> on_request(net::HttpRequest request) override;
  bool accepts_websocket(const net::HttpRequest& request) override;
  Task<> on_websocket(net::HttpRequest request, net::WebSocket socket) override;
  void on_fault(std::string_view target, const std::exception_ptr& error) noexcept override;

 private:
  using Snapshot = std::shared_ptr<const Json>;
  net::HttpResponse route(const net::HttpRequest& request);
  net::HttpResponse asset(std::string_view path) const;
  Json health();
  Snapshot snapshot();
  Json message(const Snapshot& sent, const Snapshot& current) const;
  static Task<> push(Site* site, net::WebSocket* socket);

  const telemetry::Board& board_;
  Access access_;
  std::chrono::milliseconds write_limit_;
  Snapshot latest_;
  async::MonoTime latest_at_{};
};

}  // namespace hassette::web
