// The client's side: one HTTP call, and the handshake that opens a WebSocket.
#include <fmt/format.h>

#include <utility>

#include "net/asio_reactor.hpp"
#include "net/http_wire.hpp"
#include "net/random.hpp"
#include "net/tls_context.hpp"
#include "net/websocket.hpp"
#include "net/websocket_state.hpp"

namespace hassette::net {

namespace {

[[clang::coro_wrapper]] Task<std::shared_ptr<Transport>> open_to(asio::io_context* context,
                                                                 const Url& url,
                                                                 const TlsOptions& tls,
                                                                 Deadline deadline) {
  return open_transport(context, url.origin(), url.host, url.port,
                        url.secure() ? client_tls(tls) : nullptr, tls.verify, deadline);
}

Task<HttpResponse> fetch(asio::io_context* context, Url base, HttpRequest request, TlsOptions tls,
                         std::chrono::milliseconds timeout) {
  const Deadline deadline = deadline_in(timeout);
  if (request.target.empty()) request.target = base.target;
  request.headers.push_back({"Connection", "close"});
  const auto body = request.method == "HEAD" ? AnswerBody::kNone : AnswerBody::kWanted;
  std::string bytes = format_request(request, base.authority());
  const auto transport = co_await open_to(context, base, tls, deadline);
  struct Close {
    Transport& transport;
    ~Close() { transport.close(); }
  };
  const Close close{*transport};
  co_await Transport::write(transport, std::move(bytes), deadline);
  co_return co_await read_response(transport, body, kMaxFetchedBody, deadline);
}

void check_upgrade(const HttpResponse& response, const Url& url, const std::string& key) {
  if (response.status != 101) {
    throw NetError(NetFault::kHttp,
                   fmt::format("the server answered with HTTP status {} ({}) at {} instead of "
                               "opening a WebSocket",
                               response.status, reason_phrase(response.status), url.target),
                   url.origin(), response.status);
  }
  if (!same_text(response.header("Upgrade"), "websocket") ||
      !has_token(response.header("Connection"), "upgrade") ||
      response.header("Sec-WebSocket-Accept") != accept_websocket_key(key)) {
    throw NetError(NetFault::kProtocol,
                   "the server's WebSocket handshake does not answer ours; is a proxy between?",
                   url.origin());
  }
  if (!response.header("Sec-WebSocket-Extensions").empty()) {
    throw NetError(NetFault::kProtocol, "the server uses a WebSocket extension that nobody offered",
                   url.origin());
  }
}

Task<WebSocket> connect(asio::io_context* context, Url url, TlsOptions tls,
                        WebSocketLimits limits) {
  const Deadline deadline = deadline_in(limits.connect_timeout);
  const std::string key = make_websocket_key();
  HttpRequest request{.target = url.target,
                      .headers = {{"Upgrade", "websocket"},
                                  {"Connection", "Upgrade"},
                                  {"Sec-WebSocket-Key", key},
                                  {"Sec-WebSocket-Version", "13"}}};
  std::string bytes = format_request(request, url.authority());
  const auto transport = co_await open_to(context, url, tls, deadline);
  co_await Transport::write(transport, std::move(bytes), deadline);
  const HttpResponse response = co_await read_response(transport, AnswerBody::kNone, 0, deadline);
  check_upgrade(response, url, key);
  co_return WebSocket(
      WebSocketState::open(transport, Role::kClient, limits.max_message, limits.max_unsent));
}

}  // namespace

Task<HttpResponse> http_fetch(async::Loop& loop, Url base, HttpRequest request, TlsOptions tls,
                              std::chrono::milliseconds timeout) {
  return fetch(&context_of(loop), std::move(base), std::move(request), std::move(tls), timeout);
}

Task<WebSocket> connect_websocket(async::Loop& loop, Url url, TlsOptions tls,
                                  WebSocketLimits limits) {
  return connect(&context_of(loop), std::move(url), std::move(tls), limits);
}

}  // namespace hassette::net
