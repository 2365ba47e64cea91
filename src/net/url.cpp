#include "net/url.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/lower_case.hpp"

namespace hassette::net {

namespace {

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "https" || scheme == "wss" ? 443 : 80;
}

/// A host name or an IPv4 address.
bool is_name(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](unsigned char c) {
    return c > ' ' && c < 0x7F &&
           std::string_view("\"<>[]\\^`{|}%:").find(char(c)) == std::string_view::npos;
  });
}

/// What stands between the brackets of an IPv6 address.
bool is_ipv6(std::string_view host) {
  const std::size_t percent = host.find('%');
  const std::string address(host.substr(0, percent));
  in6_addr unused{};
  if (inet_pton(AF_INET6, address.c_str(), &unused) != 1) return false;
  if (percent == std::string_view::npos) return true;
  const std::string_view zone = host.substr(percent + 1);
  return !zone.empty() && std::ranges::all_of(zone, [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~").find(char(c)) != std::string_view::npos;
  });
}

std::expected<std::uint16_t, std::string> parse_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0 || value > 65535) {
    return std::unexpected(fmt::format("'{}' is no port; use a number from 1 to 65535", text));
  }
  return static_cast<std::uint16_t>(value);
}

}  // namespace

bool Url::secure() const {
  return scheme == "https" || scheme == "wss";
}

std::string Url::origin() const {
  return host.find(':') == std::string::npos ? fmt::format("{}://{}:{}", scheme, host, port)
                                             : fmt::format("{}://[{}]:{}", scheme, host, port);
}

std::string Url::authority() const {
  const std::string name =
      host.find(':') == std::string::npos ? host : fmt::format("[{}]", without_zone(host));
  return port == default_port(scheme) ? name : fmt::format("{}:{}", name, port);
}

std::expected<Url, std::string> parse_url(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) {
    return std::unexpected("a URL begins with its scheme, as in http://homeassistant.local:8123");
  }
  Url url;
  url.scheme = base::lower_case(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https" && url.scheme != "ws" && url.scheme != "wss") {
    return std::unexpected(
        fmt::format("'{}' is no scheme known here; use http, https, ws or wss", url.scheme));
  }
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t path = rest.find_first_of("/?");
  std::string_view authority = rest.substr(0, path);
  if (path != std::string_view::npos) {
    url.target = (rest[path] == '?' ? "/" : "") + std::string(rest.substr(path));
  }
  if (std::ranges::any_of(url.target, [](unsigned char c) { return c <= ' ' || c == 0x7F; })) {
    return std::unexpected("the path holds a blank or a control character; write %20 for a blank");
  }
  if (authority.find('@') != std::string_view::npos) {
    return std::unexpected("user name and password do not belong into the URL; use a token");
  }
  const bool bracketed = authority.starts_with('[');
  std::size_t host_end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && host_end == std::string_view::npos) {
    return std::unexpected("the IPv6 address lacks its closing bracket");
  }
  const std::string_view host = authority.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0));
  url.host = base::lower_case(without_zone(host));
  url.host += host.substr(url.host.size());  // a zone is the system's word, in the system's case
  if (bracketed ? !is_ipv6(url.host) : !is_name(url.host)) {
    return std::unexpected(fmt::format("'{}' is no host name", authority));
  }
  authority.remove_prefix(std::min(authority.size(), bracketed ? host_end + 1 : host_end));
  if (authority.empty()) {
    url.port = default_port(url.scheme);
    return url;
  }
  if (!authority.starts_with(':')) {
    return std::unexpected("only a port may follow the closing bracket of an address");
  }
  const auto port = parse_port(authority.substr(1));
  if (!port) return std::unexpected(port.error());
  url.port = *port;
  return url;
}

std::string without_zone(std::string_view host) {
  return std::string(host.substr(0, host.find('%')));
}

}  // namespace hassette::net
