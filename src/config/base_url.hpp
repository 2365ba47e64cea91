// The address of Home Assistant, taken apart and checked.
//
// A value; any thread. Nothing is guessed: the scheme must be there, and a missing port is the
// scheme's own (80 or 443), never 8123.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace hassette::config {

struct BaseUrl {
  bool tls = false;
  std::string host;  // a name or an address; an IPv6 address without its brackets
  std::uint16_t port = 0;
  std::string path;  // "" or "/prefix", without a slash at the end

  // As it is shown and put in front of "/api": "http://[::1]:8123/prefix".
  [[nodiscard]] std::string str() const;
  // What a Host header holds: the port only where it is not the scheme's own.
  [[nodiscard]] std::string authority() const;

  friend bool operator==(const BaseUrl&, const BaseUrl&) = default;
};

// Spaces and one pair of quotes around it are dropped. The error is a sentence, without the user
// name and password that the address may hold.
[[nodiscard]] std::expected<BaseUrl, std::string> parse_base_url(std::string_view text);

}  // namespace hassette::config
