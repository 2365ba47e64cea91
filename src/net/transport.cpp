#include "net/transport.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "net/tls_context.hpp"

namespace hassette::net {

using asio::ip::tcp;

NetError net_error(error_code error, std::string_view doing, const std::string& where) {
  using asio::error::get_netdb_category;
  using asio::error::get_ssl_category;
  const auto is = [&](auto... codes) { return ((error == codes) || ...); };
  namespace failure = asio::error;
  if (error.category() == get_netdb_category() || is(failure::service_not_found)) {
    return {NetFault::kResolve,
            "the host name has no address; check its spelling, and that a name server answers",
            where};
  }
  if (is(failure::connection_refused)) {
    return {NetFault::kRefused,
            "the connection was refused; check that the server runs and that the port is right",
            where};
  }
  if (is(failure::network_unreachable, failure::host_unreachable, failure::network_down)) {
    return {NetFault::kRefused, "the host cannot be reached from this machine's network", where};
  }
  if (is(failure::timed_out)) {
    return {NetFault::kTimeout, fmt::format("no answer in time; could not {}", doing), where};
  }
  if (is(failure::operation_aborted, failure::bad_descriptor, failure::not_connected)) {
    return {NetFault::kClosed, "the connection was dropped on this side", where};
  }
  if (is(failure::eof, failure::connection_reset, failure::connection_aborted, failure::broken_pipe,
         asio::ssl::error::stream_truncated)) {
    return {NetFault::kClosed, "the peer dropped the connection", where};
  }
  const NetFault kind = error.category() == get_ssl_category() ? NetFault::kTls : NetFault::kOther;
  return {kind, fmt::format("could not {}: {}", doing, error.message()), where};
}

Task<> Transport::connect(std::shared_ptr<Transport> self, tcp::resolver::results_type endpoints,
                          Deadline deadline) {
  error_code error = asio::error::host_not_found;
  std::size_t left = endpoints.size();
  for (const auto& endpoint : endpoints) {
    // An address that swallows packets must not use up the time of those after it.
    const auto now = std::chrono::steady_clock::now();
    const Deadline share = now + (deadline - now) / static_cast<int>(left--);
    const auto result = co_await operation<Nothing>(
        self->context_, share, OnCancel::kWait,
        [&](const auto& callback, asio::cancellation_slot slot) {
          self->socket_.async_connect(
              endpoint.endpoint(),
              asio::bind_cancellation_slot(
                  slot, [self, callback](error_code failed) { callback(failed); }));
        });
    error = result.error;
    if (!error) {
      self->prepare_socket();
      co_return;
    }
    self->close();
  }
  throw net_error(error, "connect", self->where_);
}

Task<> Transport::secure_client(std::shared_ptr<Transport> self,
                                std::shared_ptr<asio::ssl::context> tls, std::string host,
                                bool verify, Deadline deadline) {
  self->tls_context_ = std::move(tls);
  self->tls_.emplace(self->socket_, *self->tls_context_);
  expect_host(self->tls_->native_handle(), host, verify, self->where_);
  const auto result = co_await operation<Nothing>(
      self->context_, deadline, OnCancel::kWait,
      [&](const auto& callback, asio::cancellation_slot slot) {
        self->tls_->async_handshake(
            asio::ssl::stream_base::client,
            asio::bind_cancellation_slot(
                slot, [self, callback](error_code failed) { callback(failed); }));
      });
  if (result.error) throw handshake_error(result.error, *self, host, verify);
}

Task<> Transport::secure_server(std::shared_ptr<Transport> self,
                                std::shared_ptr<asio::ssl::context> tls, Deadline deadline) {
  self->tls_context_ = std::move(tls);
  self->tls_.emplace(self->socket_, *self->tls_context_);
  const auto result = co_await operation<Nothing>(
      self->context_, deadline, OnCancel::kWait,
      [&](const auto& callback, asio::cancellation_slot slot) {
        self->tls_->async_handshake(
            asio::ssl::stream_base::server,
            asio::bind_cancellation_slot(
                slot, [self, callback](error_code failed) { callback(failed); }));
      });
  if (result.error) throw net_error(result.error, "agree on encryption", self->where_);
}

Task<bool> Transport::fill(std::shared_ptr<Transport> self, Deadline deadline) {
  if (self->frozen_) co_await self->thawed();
  // The operation owns the buffer's free space until its handler has run.
  HASSETTE_ASSERT(!self->receiving_, "only one task may receive on a connection at a time");
  const auto result = co_await operation<std::size_t>(
      self->context_, deadline, OnCancel::kWait,
      [&](const auto& callback, asio::cancellation_slot slot) {
        self->receiving_ = true;
        const std::span<char> room = self->input_.room();
        const asio::mutable_buffer space(room.data(), room.size());
        // What arrives counts as received also when nobody waits for it any more.
        auto received = asio::bind_cancellation_slot(
            slot, [self, callback](error_code failed, std::size_t count) {
              self->receiving_ = false;
              self->received_ += count;
              self->input_.commit(count);
              callback(failed, count);
            });
        if (self->tls_) {
          self->tls_->async_read_some(space, std::move(received));
        } else {
          self->socket_.async_read_some(space, std::move(received));
        }
      });
  if (self->frozen_) co_await self->thawed();
  if (result.error == asio::error::eof || result.error == asio::ssl::error::stream_truncated) {
    co_return false;
  }
  if (result.error) throw net_error(result.error, "receive", self->where_);
  co_return true;
}

Task<> Transport::write(std::shared_ptr<Transport> self, std::string bytes, Deadline deadline) {
  if (self->frozen_) co_await self->thawed();
  const auto owned = std::make_shared<const std::string>(std::move(bytes));
  const auto result = co_await operation<Nothing>(
      self->context_, deadline, OnCancel::kAbandon,
      [&](const auto& callback, asio::cancellation_slot) {
        // The analyzer does not follow std::move_only_function's storage.
        self->start_write(*owned, [owned, callback](error_code failed) { callback(failed); });
      });  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)
  // Half a request or answer is on its way: nothing can follow it on this connection.
  if (result.error) self->close();
  if (result.error) throw net_error(result.error, "send", self->where_);
}

void Transport::start_write(std::string_view bytes, Written written) {
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  auto done = [self = shared_from_this(), written = std::move(written)](
                  error_code error, std::size_t) mutable { written(error); };
  if (tls_) {
    asio::async_write(*tls_, buffer, std::move(done));
  } else {
    asio::async_write(socket_, buffer, std::move(done));
  }
}

std::uint64_t Transport::received() {
  return tls_ ? BIO_number_read(SSL_get_rbio(tls_handle())) : received_;
}

void Transport::linger(std::chrono::milliseconds limit) {
  if (receiving_ || !open()) {
    close();
    return;
  }
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  input_.consume(input_.size());
  receiving_ = true;
  const auto timer = std::make_shared<asio::steady_timer>(context_, limit);
  timer->async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled) self->close();
  });
  drain(timer);
}

void Transport::drain(const std::shared_ptr<asio::steady_timer>& timer) {
  const std::span<char> room = input_.room();
  socket_.async_read_some(asio::mutable_buffer(room.data(), room.size()),
                          [self = shared_from_this(), timer](error_code ended, std::size_t) {
                            if (!ended && self->open()) {
                              self->drain(timer);
                              return;
                            }
                            timer->cancel();
                            self->close();
                          });
}

void Transport::accepted(std::string where) {
  where_ = std::move(where);
  prepare_socket();
}

void Transport::close() noexcept {
  error_code ignored;
  socket_.close(ignored);
  moved_.set();
}

void Transport::reset() noexcept {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

void Transport::freeze(bool frozen) {
  frozen_ = frozen;
  if (frozen) return;
  moved_.set();
  if (on_thaw_) on_thaw_();
}

Task<> Transport::thawed() {
  while (frozen_ && open()) {
    moved_.clear();
    co_await moved_.wait();
  }
}

void Transport::prepare_socket() noexcept {
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
}

Task<tcp::resolver::results_type> resolve(asio::io_context* context, std::string host,
                                          std::uint16_t port, std::string where,
                                          Deadline deadline) {
  error_code no_address;
  if (const auto address = asio::ip::make_address(host, no_address); !no_address) {
    co_return tcp::resolver::results_type::create(tcp::endpoint(address, port), host,
                                                  std::to_string(port));
  }
  const auto resolver = std::make_shared<tcp::resolver>(*context);
  // A look-up cannot be interrupted; it shares nothing, so it is left behind when time is up.
  auto result = co_await operation<tcp::resolver::results_type>(
      *context, deadline, OnCancel::kAbandon, [&](const auto& callback, asio::cancellation_slot) {
        resolver->async_resolve(
            host, std::to_string(port),
            [resolver, callback](error_code failed, tcp::resolver::results_type found) {
              callback(failed, std::move(found));
            });
      });
  if (result.error == asio::error::timed_out) {
    throw NetError(NetFault::kResolve, "no name server answered in time", where);
  }
  if (result.error) throw net_error(result.error, "resolve the host name", where);
  co_return std::move(result.value);
}

Task<std::shared_ptr<Transport>> open_transport(asio::io_context* context, std::string origin,
                                                std::string host, std::uint16_t port,
                                                std::shared_ptr<asio::ssl::context> tls,
                                                bool verify, Deadline deadline) {
  auto endpoints = co_await resolve(context, host, port, origin, deadline);
  auto transport = std::make_shared<Transport>(*context, std::move(origin));
  co_await Transport::connect(transport, std::move(endpoints), deadline);
  if (tls) {
    co_await Transport::secure_client(transport, std::move(tls), std::move(host), verify, deadline);
  }
  co_return transport;
}

Task<> pause(asio::io_context* context, std::chrono::milliseconds duration) {
  const auto timer = std::make_shared<asio::steady_timer>(*context, duration);
  co_await operation<Nothing>(
      *context, kNoDeadline, OnCancel::kWait,
      [&](const auto& callback, asio::cancellation_slot slot) {
        timer->async_wait(asio::bind_cancellation_slot(
            slot, [timer, callback](error_code failed) { callback(failed); }));
      });
}

}  // namespace hassette::net
