#pragma once
// Who may ask: the credential, and the checks that keep foreign pages in the same browser out.
//
// Every request needs the token: in the link that Hassette prints (which sets a cookie), in that
// cookie, or as a bearer. A `Host` that this server does not go by is refused, because a name that
// somebody else resolves to this machine would make his page ours; so is a foreign `Origin`. Pure
// but for the port, which is set once before the first request; the web thread.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hassette/secret.hpp>

#include "net/http.hpp"

namespace hassette::web {

class Access {
 public:
  /// `hosts` are names that the server goes by, beside `localhost` and every literal address.
  Access(Secret token, std::vector<std::string> hosts);

  void set_port(std::uint16_t port);

  /// The answer to a request that may not pass, or nothing.
  std::optional<net::HttpResponse> refusal(const net::HttpRequest& request) const;
  /// For the link: sets the cookie and leads to the address without the token, if that is right.
  std::optional<net::HttpResponse> admission(const net::HttpRequest& request) const;
  /// A WebSocket is not bound by the browser to its page's origin, so it needs one that is ours, or
  /// a bearer, which no foreign page can make a browser send.
  bool may_open_websocket(const net::HttpRequest& request) const;

 private:
  bool knows_host(std::string_view host_and_port) const;
  bool has_cookie(const net::HttpRequest& request) const;
  bool has_bearer(const net::HttpRequest& request) const;
  bool matches(std::string_view text) const;

  Secret token_;
  std::vector<std::string> hosts_;
  std::string cookie_;
};

/// The path of a request's target, and the value of one key of its query.
std::string_view path_of(std::string_view target);
std::optional<std::string_view> query_value(std::string_view target, std::string_view key);

/// A short answer in plain text.
net::HttpResponse text_answer(int status, std::string sentence);

}  // namespace hassette::web
