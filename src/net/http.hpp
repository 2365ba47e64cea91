#pragma once
// HTTP/1.1 requests and answers as values, and a client for single calls.
//
// Bodies are whole strings with a bound. The client follows no redirects and keeps no connection;
// its deadline follows real time. Loop thread only for `http_fetch`. Errors: NetError; any status
// that the server answers is a result and no error.
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <hassette/task.hpp>
#include "net/tls.hpp"
#include "net/url.hpp"

namespace hassette::async {
class Loop;
}

namespace hassette::net {

struct Header {
  std::string name;
  std::string value;
};

/// Whether two words of HTTP are the same, in any case.
bool same_text(std::string_view a, std::string_view b);
/// Whether a header's value, a list with commas, holds this word.
bool has_token(std::string_view list, std::string_view word);

/// The first header of that name, in any case; empty if there is none.
std::string_view find_header(const std::vector<Header>& headers, std::string_view name);

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  ///< path and query
  std::vector<Header> headers;
  std::string body;
  std::string remote;  ///< server side: the peer's address

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
};

struct HttpResponse {
  int status = 200;
  std::vector<Header> headers;
  std::string body;
  std::string content_type;  ///< shortcut for the header of that name; set on answers received, too

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
};

/// The usual words for a status: "Not Found".
std::string_view reason_phrase(int status);

inline constexpr std::size_t kMaxFetchedBody = 64u << 20;

/// One call on a connection of its own. `Host`, `Content-Length` and `Connection` are set here; an
/// empty `request.target` stands for the one in `base`.
[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] Task<HttpResponse> http_fetch(
    async::Loop& loop, Url base, HttpRequest request, TlsOptions tls,
    std::chrono::milliseconds timeout);

}  // namespace hassette::net
