// One connection of a Server: requests in turn, and the WebSocket that one may become.
#include <fmt/format.h>

#include <utility>

#include "async/fiber.hpp"
#include "net/random.hpp"
#include "net/server_impl.hpp"
#include "net/websocket_state.hpp"

namespace hassette::net {

namespace {

constexpr std::chrono::seconds kHandshakeLimit{10};
constexpr std::chrono::seconds kLingerLimit{2};

HttpResponse plain_answer(int status, std::string sentence) {
  return {.status = status,
          .body = std::move(sentence) + '\n',
          .content_type = "text/plain; charset=utf-8"};
}

HttpResponse refusal(const NetError& error) {
  return plain_answer(error.http_status(),
                      fmt::format("The request cannot be read: {}.", error.message()));
}

/// What was read, or the answer that ends the connection; neither if the peer has gone.
struct Reading {
  std::optional<IncomingRequest> incoming;
  std::optional<HttpResponse> refusal;
};

Task<Reading> read_next(std::shared_ptr<Transport> transport, std::size_t max_body,
                        std::chrono::milliseconds limit) {
  Reading reading;
  try {
    reading.incoming = co_await read_request(transport, max_body, deadline_in(limit));
  } catch (const NetError& error) {
    if (error.http_status() != 0) reading.refusal = refusal(error);
  }
  co_return reading;
}

struct Answer {
  std::string bytes;
  bool granted = false;
};

/// The handler's answer, or a 500 if it has none that can be sent.
Task<Answer> answer(ServerHandlers* handlers, HttpRequest request, bool keep_alive) {
  const std::string target = request.target;
  const bool head_only = request.method == "HEAD";
  std::exception_ptr fault;
  try {
    const HttpResponse response = co_await handlers->on_request(std::move(request));
    co_return Answer{format_response(response, keep_alive, head_only), response.status < 400};
  } catch (const std::exception&) {
    fault = std::current_exception();
  }
  handlers->on_fault(target, fault);
  co_return Answer{
      format_response(plain_answer(500, "This request failed inside Hassette; its log says why."),
                      keep_alive, head_only)};
}

/// What a client asks for in the wrong way, or nothing.
std::optional<HttpResponse> check_upgrade(const HttpRequest& request) {
  if (request.method != "GET" || request.header("Sec-WebSocket-Key").empty()) {
    return plain_answer(400, "A WebSocket is opened by GET with a Sec-WebSocket-Key.");
  }
  if (request.header("Sec-WebSocket-Version") != "13") {
    HttpResponse response = plain_answer(426, "Only version 13 of WebSocket is spoken here.");
    response.headers.push_back({"Sec-WebSocket-Version", "13"});
    return response;
  }
  return std::nullopt;
}

Task<> run_websocket(ServerHandlers* handlers, std::shared_ptr<Transport> transport,
                     HttpRequest request, ServerLimits limits) {
  const std::string target = request.target;
  HttpResponse response{.status = 101,
                        .headers = {{"Upgrade", "websocket"},
                                    {"Connection", "Upgrade"},
                                    {"Sec-WebSocket-Accept",
                                     accept_websocket_key(request.header("Sec-WebSocket-Key"))}}};
  co_await Transport::write(transport, format_response(response, true, false),
                            deadline_in(limits.idle));
  WebSocket socket(WebSocketState::open(std::move(transport), Role::kServer,
                                        limits.max_websocket_message, limits.max_websocket_unsent));
  std::exception_ptr fault;
  try {
    co_await handlers->on_websocket(std::move(request), std::move(socket));
  } catch (const NetError& error) {
    // A peer that goes is the usual end of a WebSocket.
    if (error.kind() != NetFault::kClosed) fault = std::current_exception();
  } catch (const std::exception&) {
    fault = std::current_exception();
  }
  if (fault) handlers->on_fault(target, fault);
}

/// Closes the connection when its fiber ends, unless a WebSocket has taken it over or it lingers.
class Closing {
 public:
  explicit Closing(std::shared_ptr<Transport> transport) : transport_(std::move(transport)) {}
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  ~Closing() {
    if (transport_) transport_->close();
  }
  void hand_over() { transport_.reset(); }
  void linger() { std::exchange(transport_, nullptr)->linger(kLingerLimit); }

 private:
  std::shared_ptr<Transport> transport_;
};

}  // namespace

Task<> Server::Impl::serve_requests(Impl* self, std::shared_ptr<Transport> transport) {
  const ServerLimits& limits = self->limits;
  Closing closing(transport);
  for (bool first = true;; first = false) {
    Reading reading =
        co_await read_next(transport, limits.max_body,
                           first ? limits.first_request : std::chrono::milliseconds(limits.idle));
    if (reading.refusal) {
      co_await Transport::write(transport, format_response(*reading.refusal, false, false),
                                deadline_in(kLingerLimit));
      closing.linger();
      co_return;
    }
    if (!reading.incoming) co_return;
    HttpRequest request = std::move(reading.incoming->request);
    request.remote = transport->where();
    const bool keep_alive = reading.incoming->keep_alive;
    std::string bytes;
    if (reading.incoming->wants_websocket && self->handlers.accepts_websocket(request)) {
      const std::optional<HttpResponse> mistake = check_upgrade(request);
      if (!mistake) {
        closing.hand_over();
        self->grant(transport);
        co_await run_websocket(&self->handlers, std::move(transport), std::move(request), limits);
        co_return;
      }
      bytes = format_response(*mistake, keep_alive, false);
    } else {
      Answer given = co_await answer(&self->handlers, std::move(request), keep_alive);
      if (given.granted) self->grant(transport);
      bytes = std::move(given.bytes);
    }
    co_await Transport::write(transport, std::move(bytes), deadline_in(limits.idle));
    if (!keep_alive) {
      closing.linger();
      co_return;
    }
  }
}

Task<> Server::Impl::serve(Impl* self, std::shared_ptr<Transport> transport) {
  try {
    if (self->tls) {
      co_await Transport::secure_server(transport, self->tls, deadline_in(kHandshakeLimit));
    }
    co_await serve_requests(self, std::move(transport));
  } catch (const NetError&) {  // the peer has gone: nobody is left to tell
  }
}

}  // namespace hassette::net
