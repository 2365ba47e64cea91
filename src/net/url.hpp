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
  /// Lower case; an IPv6 address stands without its brackets, but with its zone ("fe80::1%eth0").
  std::string host;
  std::uint16_t port = 0;
  std::string target = "/";  ///< path and query, as sent to the server

  /// Whether the scheme asks for TLS.
  bool secure() const;
  /// "scheme://host:port", for messages.
  std::string origin() const;
  /// What the `Host` header says: the port only where it is not the scheme's own, and no zone.
  std::string authority() const;

  friend bool operator==(const Url&, const Url&) = default;
};

std::expected<Url, std::string> parse_url(std::string_view text);

/// A host without the zone of an IPv6 address: which of this machine's networks leads there is no
/// part of the name that the other side goes by.
std::string without_zone(std::string_view host);

}  // namespace hassette::net
