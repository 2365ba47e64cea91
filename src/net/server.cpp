#include "net/server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/asio_reactor.hpp"
#include "net/server_impl.hpp"
#include "net/tls_context.hpp"

namespace hassette::net {

using asio::ip::tcp;

namespace {

std::string address_of(const tcp::socket& socket) {
  error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  return error ? std::string("a peer that has gone") : peer.address().to_string();
}

NetError listen_error(error_code error, const std::string& host, std::uint16_t port) {
  const std::string where = fmt::format("{}:{}", host, port);
  if (error == asio::error::address_in_use) {
    return {NetFault::kOther,
            fmt::format("port {} is in use by another program; stop that program, or set another "
                        "port",
                        port),
            where};
  }
  if (error == asio::error::access_denied) {
    return {NetFault::kOther,
            fmt::format("port {} may not be opened by this user; use one above 1023", port), where};
  }
  if (error == boost::system::errc::address_not_available) {
    return {NetFault::kOther, "this machine has no such address to listen on", where};
  }
  return {NetFault::kOther, fmt::format("cannot listen: {}", error.message()), where};
}

}  // namespace

ServerHandlers::~ServerHandlers() = default;
bool ServerHandlers::accepts_websocket(const HttpRequest&) {
  return false;
}
void ServerHandlers::on_fault(std::string_view, const std::exception_ptr&) noexcept {}

// --- Impl

Server::Impl::Impl(async::Loop& loop, ServerHandlers& its_handlers, ServerLimits its_limits,
                   std::string_view app_label)
    : context(context_of(loop)),
      handlers(its_handlers),
      limits(its_limits),
      accept_label(async::intern_label(app_label, "listener")),
      connection_label(async::intern_label(app_label, "connection")),
      acceptor(context),
      fibers(loop, [this](const async::Label&, const std::exception_ptr& error) {
        handlers.on_fault({}, error);
      }) {}

Server::Impl::~Impl() {
  close_all();
}

Task<std::uint16_t> Server::Impl::listen(Impl* self, std::string host, std::uint16_t port,
                                         std::shared_ptr<asio::ssl::context> tls) {
  const auto found = co_await resolve(&self->context, host, port, fmt::format("{}:{}", host, port),
                                      deadline_in(std::chrono::seconds(10)));
  self->endpoint = found.begin()->endpoint();
  self->host = std::move(host);
  self->tls = std::move(tls);
  self->open_listener();
  self->endpoint = self->acceptor.local_endpoint();
  self->fibers.spawn(self->accept_label, accept_all(self));
  co_return self->endpoint->port();
}

Task<std::uint16_t> Server::Impl::listen_tls(Impl* self, std::string host, std::uint16_t port,
                                             std::string chain_file, std::string key_file) {
  co_return co_await listen(self, std::move(host), port, server_tls(chain_file, key_file));
}

void Server::Impl::open_listener() {
  error_code error;
  const auto step = [&](auto&& action) {
    if (!error) action();
  };
  acceptor.open(endpoint->protocol(), error);
  step([&] { acceptor.set_option(asio::socket_base::reuse_address(true), error); });
  step([&] { acceptor.bind(*endpoint, error); });
  step([&] { acceptor.listen(asio::socket_base::max_listen_connections, error); });
  if (!error) return;
  error_code ignored;
  acceptor.close(ignored);
  throw listen_error(error, host, endpoint->port());
}

Task<> Server::Impl::accept_all(Impl* self) {
  for (;;) {
    if (!self->acceptor.is_open()) {
      self->reopened.clear();
      co_await self->reopened.wait();
      continue;
    }
    const auto transport = std::make_shared<Transport>(self->context, std::string());
    const auto result = co_await operation<Nothing>(
        self->context, kNoDeadline, OnCancel::kWait,
        [&](const auto& callback, asio::cancellation_slot slot) {
          self->acceptor.async_accept(
              transport->socket(),
              asio::bind_cancellation_slot(
                  slot, [transport, callback](error_code failed) { callback(failed); }));
        });
    if (!result.error) {
      self->admit(transport);
    } else if (self->acceptor.is_open()) {
      // Out of descriptors, most likely: others must close before accepting makes sense again.
      co_await pause(&self->context, std::chrono::milliseconds(100));
    }
  }
}

void Server::Impl::admit(std::shared_ptr<Transport> transport) {
  std::erase_if(peers, [](const Peer& peer) { return peer.transport.expired(); });
  transport->accepted(address_of(transport->socket()));
  if (peers.size() >= limits.max_connections && !evict()) {
    if (!tls) {
      constexpr std::string_view kBusy =
          "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      error_code ignored;
      transport->socket().non_blocking(true, ignored);
      transport->socket().write_some(asio::const_buffer(kBusy.data(), kBusy.size()), ignored);
    }
    return;
  }
  transport->freeze(frozen);
  peers.push_back({.transport = transport});
  fibers.spawn(connection_label, serve(this, std::move(transport)));
}

bool Server::Impl::evict() {
  const auto oldest = std::ranges::find(peers, false, &Peer::granted);
  if (oldest == peers.end()) return false;
  if (const auto transport = oldest->transport.lock()) transport->close();
  peers.erase(oldest);
  return true;
}

void Server::Impl::grant(const std::shared_ptr<Transport>& transport) {
  const auto same = [&](const Peer& peer) {
    return !peer.transport.owner_before(transport) && !transport.owner_before(peer.transport);
  };
  if (const auto found = std::ranges::find_if(peers, same); found != peers.end()) {
    found->granted = true;
  }
}

std::vector<std::shared_ptr<Transport>> Server::Impl::live() {
  std::vector<std::shared_ptr<Transport>> found;
  for (const Peer& peer : peers) {
    if (auto transport = peer.transport.lock(); transport && transport->open()) {
      found.push_back(std::move(transport));
    }
  }
  return found;
}

void Server::Impl::close_all() {
  for (const auto& transport : live()) transport->close();
}

Task<> Server::Impl::stop(Impl* self) {
  if (std::exchange(self->stopped, true)) co_return;
  error_code ignored;
  self->acceptor.close(ignored);
  co_await self->fibers.close(CancelReason::kShutdown);
  self->close_all();
}

// --- Server

Server::Server(async::Loop& loop, ServerHandlers& handlers, ServerLimits limits,
               std::string_view app_label)
    : impl_(std::make_unique<Impl>(loop, handlers, limits, app_label)) {}

Server::~Server() = default;

Task<std::uint16_t> Server::listen(std::string host, std::uint16_t port) {
  return Impl::listen(impl_.get(), std::move(host), port, nullptr);
}

Task<std::uint16_t> Server::listen_tls(std::string host, std::uint16_t port, std::string chain_file,
                                       std::string key_file) {
  return Impl::listen_tls(impl_.get(), std::move(host), port, std::move(chain_file),
                          std::move(key_file));
}

Task<> Server::expect_address(async::Loop* loop, std::string host, std::uint16_t port) {
  asio::io_context& context = context_of(*loop);
  const auto found = co_await resolve(&context, host, port, fmt::format("{}:{}", host, port),
                                      deadline_in(std::chrono::seconds(10)));
  tcp::endpoint endpoint = found.begin()->endpoint();
  endpoint.port(0);
  tcp::acceptor probe(context);
  error_code error;
  probe.open(endpoint.protocol(), error);
  if (!error) probe.bind(endpoint, error);
  if (error) throw listen_error(error, host, port);
}

Task<> Server::stop() {
  return Impl::stop(impl_.get());
}

std::uint16_t Server::port() const {
  return impl_->endpoint ? impl_->endpoint->port() : 0;
}

std::size_t Server::connections() const {
  return impl_->live().size();
}

void Server::drop_all() {
  for (const auto& transport : impl_->live()) transport->reset();
}

void Server::set_accepting(bool accepting) {
  if (accepting == impl_->acceptor.is_open() || !impl_->endpoint || impl_->stopped) return;
  if (accepting) {
    impl_->open_listener();
    impl_->reopened.set();
  } else {
    error_code ignored;
    impl_->acceptor.close(ignored);
  }
}

void Server::freeze(bool frozen) {
  impl_->frozen = frozen;
  for (const auto& transport : impl_->live()) transport->freeze(frozen);
}

}  // namespace hassette::net
