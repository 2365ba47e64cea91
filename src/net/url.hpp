#pragma once
// A URL of the four schemes that a home speaks: http, https, ws and wss.
//
// A value; any thread. Parsing returns the sentence that says what is wrong with the text, which
// never repeats what stands before an '@', since that may be a password.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace hassette::net {

struct Url {
  std::string scheme;  ///< lower case
  std::string host;    ///< lower case; an IPv6 address stands without its brackets
  std::uint16_t port = 0;
  std::string target = "/";  ///< path and query, as sent to the server

  /// Whether the scheme asks for TLS.
  bool secure() const;
  /// "scheme://host:port", for messages and for the `Origin` header.
  std::string origin() const;
  /// What the `Host` header says: the port only where it is not the scheme's own.
  std::string authority() const;

  friend bool operator==(const Url&, const Url&) = default;
};

std::expected<Url, std::string> parse_url(std::string_view text);

}  // namespace hassette::net
