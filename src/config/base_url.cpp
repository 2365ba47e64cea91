#include "config/base_url.hpp"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/lower_case.hpp"
#include "config/loose_text.hpp"

namespace hassette::config {

namespace {

constexpr std::string_view kExample = "http://homeassistant.local:8123";

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '-' && host.front() != '.' &&
         std::ranges::all_of(host, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

// A zone such as %eth0 is the system's to understand.
bool is_ipv6(std::string_view host) {
  const std::string address(host.substr(0, host.find('%')));
  in6_addr parsed;
  return inet_pton(AF_INET6, address.c_str(), &parsed) == 1;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

// "host", "host:8123" or "[::1]:8123" into the url; the sentence that is wrong with it, if any.
std::string take_authority(std::string_view authority, BaseUrl& url) {
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    const std::string_view address =
        authority.substr(1, close == std::string_view::npos ? close : close - 1);
    if (close == std::string_view::npos || !is_ipv6(address)) {
      return fmt::format("`{}` is not an IPv6 address in brackets, such as [::1]", authority);
    }
    url.host = address;
    const std::string_view rest = authority.substr(close + 1);
    has_port = rest.starts_with(':');
    if (!rest.empty() && !has_port) return "what follows `]` must be a port, such as :8123";
    port = has_port ? rest.substr(1) : rest;
  } else {
    const std::size_t colon = authority.find(':');
    has_port = colon != std::string_view::npos;
    if (has_port && authority.find(':', colon + 1) != std::string_view::npos) {
      return fmt::format("`{}` looks like an IPv6 address, which needs brackets: [{}]", authority,
                         authority);
    }
    url.host = authority.substr(0, colon);
    if (!is_host_name(url.host)) {
      return fmt::format("`{}` is not the name or address of a host", url.host);
    }
    if (has_port) port = authority.substr(colon + 1);
  }
  if (!has_port) {
    url.port = url.tls ? 443 : 80;
    return {};
  }
  const auto number = parse_port(port);
  if (!number) return fmt::format("`{}` is not a port, which is a number from 1 to 65535", port);
  url.port = *number;
  return {};
}

}  // namespace

std::expected<BaseUrl, std::string> parse_base_url(std::string_view text) {
  const std::string_view whole = unquoted(text);
  if (whole.empty()) {
    return std::unexpected(fmt::format("is empty; write an address such as {}", kExample));
  }
  const std::size_t scheme_end = whole.find("://");
  if (scheme_end == std::string_view::npos) {
    return std::unexpected(
        fmt::format("has no scheme; put http:// or https:// in front, as in {}", kExample));
  }
  std::string scheme = base::lower_case(whole.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") {
    return std::unexpected(fmt::format(
        "has the scheme `{}`, but must start with http:// or https:// (the WebSocket's address "
        "follows from it)",
        scheme));
  }
  const std::string_view rest = whole.substr(scheme_end + 3);
  const std::size_t path = rest.find_first_of("/?#");
  const std::string_view authority = rest.substr(0, path);
  if (authority.find('@') != std::string_view::npos) {
    return std::unexpected(
        "holds a user name or a password; Home Assistant takes neither, only the token");
  }
  if (rest.find_first_of("?#") != std::string_view::npos) {
    return std::unexpected(
        fmt::format("has a query or a fragment; write no more than {}", kExample));
  }
  BaseUrl url{.tls = scheme == "https"};
  if (std::string wrong = take_authority(authority, url); !wrong.empty()) {
    return std::unexpected(std::move(wrong));
  }
  if (path != std::string_view::npos) url.path = rest.substr(path);
  while (url.path.ends_with('/')) url.path.pop_back();
  if (url.path == "/api" || url.path.ends_with("/api/websocket")) {
    return std::unexpected(
        fmt::format("ends with {}, which Hassette adds itself; leave it out", url.path));
  }
  if (std::ranges::any_of(url.path,
                          [](char c) { return (c >= '\0' && c <= ' ') || c == '\x7F'; })) {
    return std::unexpected("has a space or a control character in its path");
  }
  return url;
}

std::string BaseUrl::authority() const {
  const bool is_address = host.find(':') != std::string::npos;
  std::string text = is_address ? fmt::format("[{}]", host) : host;
  if (port != (tls ? 443 : 80)) text += fmt::format(":{}", port);
  return text;
}

std::string BaseUrl::str() const {
  return fmt::format("{}://{}{}", tls ? "https" : "http", authority(), path);
}

}  // namespace hassette::config
