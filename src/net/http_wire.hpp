#pragma once
// HTTP/1.1 on a Transport: reading and writing requests and answers. Internal; loop thread only.
//
// Beast parses; http_wire.cpp is the one source that includes it. Errors: NetError, whose
// `http_status()` says what a server should answer to a request that cannot be read.
#include <memory>
#include <optional>
#include <string>

#include "net/http.hpp"
#include "net/transport.hpp"

namespace hassette::net {

struct IncomingRequest {
  HttpRequest request;
  bool keep_alive = false;
  bool wants_websocket = false;
};

/// Empty when the peer ended the connection between requests.
Task<std::optional<IncomingRequest>> read_request(std::shared_ptr<Transport> transport,
                                                  std::size_t max_body, Deadline deadline);

enum class AnswerBody : std::uint8_t {
  kWanted,
  kNone,  ///< the request was HEAD, or only the head matters
};
Task<HttpResponse> read_response(std::shared_ptr<Transport> transport, AnswerBody body,
                                 std::size_t max_body, Deadline deadline);

/// The bytes of a message. Throw LogicError for a line break inside a header or a target, which
/// would let a value add headers of its own.
std::string format_request(const HttpRequest& request, const std::string& authority);
std::string format_response(const HttpResponse& response, bool keep_alive, bool head_only);

}  // namespace hassette::net
