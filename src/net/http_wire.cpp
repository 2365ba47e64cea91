#include "net/http_wire.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include <hassette/error.hpp>

namespace hassette::net {

namespace http = boost::beast::http;

namespace {

constexpr std::uint32_t kMaxHead = 16u << 10;

NetError parse_error(error_code error, const std::string& where) {
  if (error == http::error::body_limit) {
    return {NetFault::kTooLarge, "the body is larger than this side accepts", where, 413};
  }
  if (error == http::error::header_limit) {
    return {NetFault::kTooLarge, "the headers are larger than this side accepts", where, 431};
  }
  if (error == http::error::partial_message) {
    return {NetFault::kClosed, "the connection ended in the middle of an HTTP message", where};
  }
  return {NetFault::kProtocol, fmt::format("what arrived is not HTTP ({})", error.message()), where,
          400};
}

/// Feeds the parser from what the transport holds; true once the message, or its head, is complete.
template <class Parser>
bool parse_some(Parser& parser, Transport& transport, bool head_only) {
  InputBuffer& input = transport.input();
  const auto complete = [&] { return head_only ? parser.is_header_done() : parser.is_done(); };
  while (!complete() && input.size() > 0) {
    error_code error;
    const std::size_t used =
        parser.put(asio::const_buffer(input.data().data(), input.size()), error);
    input.consume(used);
    if (error == http::error::need_more) break;
    if (error) throw parse_error(error, transport.where());
    if (used == 0) break;
  }
  return complete();
}

template <class Fields>
std::vector<Header> take_headers(const Fields& fields) {
  std::vector<Header> headers;
  for (const auto& field : fields) {
    const auto name = field.name_string();
    const auto value = field.value();
    headers.push_back(
        {std::string(name.data(), name.size()), std::string(value.data(), value.size())});
  }
  return headers;
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  if (name.find_first_of(kBreaks) != std::string_view::npos || name.empty() ||
      value.find_first_of(kBreaks) != std::string_view::npos) {
    throw LogicError(fmt::format("the HTTP header '{}' has no name, or holds a line break",
                                 name.substr(0, name.find_first_of(kBreaks))));
  }
  fmt::format_to(std::back_inserter(out), "{}: {}\r\n", name, value);
}

void append_length(std::string& out, std::size_t length) {
  fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", length);
}

}  // namespace

Task<std::optional<IncomingRequest>> read_request(std::shared_ptr<Transport> transport,
                                                  std::size_t max_body, Deadline deadline) {
  http::request_parser<http::string_body> parser;
  parser.eager(true);
  parser.header_limit(kMaxHead);
  parser.body_limit(max_body);
  bool invited = false;
  while (!parse_some(parser, *transport, false)) {
    if (parser.is_header_done() && !invited) {
      invited = true;
      const auto expect = parser.get()[http::field::expect];
      if (boost::beast::iequals(expect, "100-continue")) {
        co_await Transport::write(transport, "HTTP/1.1 100 Continue\r\n\r\n", deadline);
      }
    }
    if (co_await Transport::fill(transport, deadline)) continue;
    if (!parser.got_some()) co_return std::nullopt;
    throw parse_error(http::error::partial_message, transport->where());
  }
  auto& message = parser.get();
  if (message.count(http::field::host) > 1) {
    // Whoever checks the one might serve the other.
    throw NetError(NetFault::kProtocol, "the request names two hosts", transport->where(), 400);
  }
  IncomingRequest incoming;
  const auto method = message.method_string();
  const auto target = message.target();
  incoming.request.method.assign(method.data(), method.size());
  incoming.request.target.assign(target.data(), target.size());
  incoming.request.headers = take_headers(message);
  incoming.keep_alive = message.keep_alive();
  incoming.wants_websocket = boost::beast::websocket::is_upgrade(message);
  incoming.request.body = std::move(message.body());
  co_return incoming;
}

Task<HttpResponse> read_response(std::shared_ptr<Transport> transport, AnswerBody body,
                                 std::size_t max_body, Deadline deadline) {
  for (;;) {
    http::response_parser<http::string_body> parser;
    const bool head_only = body == AnswerBody::kNone;
    parser.eager(!head_only);
    parser.skip(head_only);
    parser.header_limit(kMaxHead);
    parser.body_limit(max_body);
    while (!parse_some(parser, *transport, head_only)) {
      if (co_await Transport::fill(transport, deadline)) continue;
      error_code error;
      if (parser.got_some()) parser.put_eof(error);  // an answer without a length ends like this
      if (error || !parser.is_done()) {
        throw NetError(NetFault::kClosed, "the server ended the connection before its answer",
                       transport->where());
      }
      break;
    }
    auto& message = parser.get();
    HttpResponse response;
    response.status = static_cast<int>(message.result_int());
    if (response.status < 200 && response.status != 101) continue;  // the answer is yet to come
    response.headers = take_headers(message);
    response.content_type = response.header("Content-Type");
    response.body = std::move(message.body());
    co_return response;
  }
}

std::string format_request(const HttpRequest& request, const std::string& authority) {
  const auto is_blank = [](unsigned char c) { return c <= ' ' || c == 0x7F; };
  if (std::ranges::any_of(request.method, is_blank) ||
      std::ranges::any_of(request.target, is_blank)) {
    throw LogicError("the method or the target of an HTTP request holds a blank or a line break");
  }
  std::string out = fmt::format("{} {} HTTP/1.1\r\n", request.method, request.target);
  append_header(out, "Host", authority);
  for (const Header& header : request.headers) append_header(out, header.name, header.value);
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    append_length(out, request.body.size());
  }
  return out.append("\r\n").append(request.body);
}

std::string format_response(const HttpResponse& response, bool keep_alive, bool head_only) {
  std::string out =
      fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  for (const Header& header : response.headers) append_header(out, header.name, header.value);
  if (!response.content_type.empty() && find_header(response.headers, "Content-Type").empty()) {
    append_header(out, "Content-Type", response.content_type);
  }
  const bool no_body = response.status < 200 || response.status == 204 || response.status == 304;
  if (!no_body) append_length(out, response.body.size());
  if (response.status != 101) {
    append_header(out, "Connection", keep_alive ? "keep-alive" : "close");
  }
  out.append("\r\n");
  if (!no_body && !head_only) out.append(response.body);
  return out;
}

}  // namespace hassette::net
