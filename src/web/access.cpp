#include "web/access.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/lower_case.hpp"

namespace hassette::web {

using net::HttpRequest;
using net::HttpResponse;

namespace {
constexpr std::string_view kBearer = "Bearer ";
constexpr int kCookieDays = 400;  // as long as browsers keep one

/// The host of "host:port" or "[address]:port", without brackets; empty if it is neither.
std::string host_of(std::string_view authority) {
  const bool bracketed = authority.starts_with('[');
  const std::size_t end = std::min(authority.find(bracketed ? ']' : ':'), authority.size());
  const std::string_view host = authority.substr(bracketed ? 1 : 0, end - (bracketed ? 1 : 0));
  std::string_view rest = authority.substr(end);
  if (bracketed) {
    if (rest.empty()) return {};
    rest.remove_prefix(1);
  }
  const bool is_port = rest.starts_with(':') && std::ranges::all_of(rest.substr(1), [](char c) {
                         return c >= '0' && c <= '9';
                       });
  return rest.empty() || is_port ? base::lower_case(host) : std::string();
}

bool is_address(const std::string& host) {
  in6_addr unused{};
  return inet_pton(AF_INET, host.c_str(), &unused) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &unused) == 1;
}

/// Calls `found` for each part of the text between separators, until it says true.
template <class Found>
bool any_part(std::string_view text, char separator, Found found) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    std::string_view part = text.substr(0, end);
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    if (found(part)) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

/// True if the header is absent or names the host that the request itself is for.
bool is_own_origin(const HttpRequest& request) {
  std::string_view origin = request.header("Origin");
  if (origin.empty()) return true;
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;  // "null" too
  return base::lower_case(origin.substr(scheme + 3)) == base::lower_case(request.header("Host"));
}
}  // namespace

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

std::optional<std::string_view> query_value(std::string_view target, std::string_view key) {
  const std::size_t query = target.find('?');
  if (query == std::string_view::npos) return std::nullopt;
  std::optional<std::string_view> value;
  any_part(target.substr(query + 1), '&', [&](std::string_view part) {
    if (!part.starts_with(key) || part.substr(key.size(), 1) != "=") return false;
    value = part.substr(key.size() + 1);
    return true;
  });
  return value;
}

HttpResponse text_answer(int status, std::string sentence) {
  return {.status = status,
          .body = std::move(sentence) + '\n',
          .content_type = "text/plain; charset=utf-8"};
}

Access::Access(Secret token, std::vector<std::string> hosts)
    : token_(std::move(token)), hosts_(std::move(hosts)), cookie_("hassette") {
  for (std::string& host : hosts_) host = base::lower_case(host);
  hosts_.emplace_back("localhost");
}

void Access::set_port(std::uint16_t port) {
  // Browsers send a host's cookies to all of its ports: two engines on one machine need two names.
  cookie_ = fmt::format("hassette_{}", port);
}

bool Access::matches(std::string_view text) const {
  return Secret(std::string(text)) == token_;
}

bool Access::knows_host(std::string_view host_and_port) const {
  const std::string host = host_of(host_and_port);
  if (host.empty()) return false;
  return is_address(host) || std::ranges::find(hosts_, host) != hosts_.end();
}

bool Access::has_cookie(const HttpRequest& request) const {
  return any_part(request.header("Cookie"), ';', [this](std::string_view part) {
    return part.starts_with(cookie_) && part.substr(cookie_.size(), 1) == "=" &&
           matches(part.substr(cookie_.size() + 1));
  });
}

bool Access::has_bearer(const HttpRequest& request) const {
  const std::string_view value = request.header("Authorization");
  return value.starts_with(kBearer) && matches(value.substr(kBearer.size()));
}

std::optional<HttpResponse> Access::refusal(const HttpRequest& request) const {
  const std::string_view host = request.header("Host");
  if (!knows_host(host)) {
    return text_answer(403,
                       "This host name is not known here. Open the page by the machine's address, "
                       "as in the link that hassette prints when it starts.");
  }
  if (!is_own_origin(request)) {
    return text_answer(403, "This request comes from another site's page.");
  }
  if (has_cookie(request) || has_bearer(request)) return std::nullopt;
  HttpResponse response = text_answer(401,
                                      "This page opens with its link only: the one that hassette "
                                      "prints when it starts, which ends in "
                                      "?token=...\nA program sends `Authorization: Bearer TOKEN` "
                                      "instead; the token stands in the file "
                                      "web_token of the data folder.");
  response.headers.push_back({"WWW-Authenticate", "Bearer realm=\"hassette\""});
  return response;
}

std::optional<HttpResponse> Access::admission(const HttpRequest& request) const {
  const auto token = query_value(request.target, "token");
  if (!token || request.method != "GET" || !knows_host(request.header("Host"))) return std::nullopt;
  const bool right = matches(*token);
  // An old link in a browser that is already admitted is no reason to send it away.
  if (!right && !has_cookie(request)) return std::nullopt;
  HttpResponse response{.status = 303, .headers = {{"Location", "."}}};
  if (right) {
    // Lax, not Strict: with Strict a link that is opened from another page (a dashboard, a mail)
    // leads to a refusal. It is enough since everything here is GET and changes nothing.
    response.headers.push_back(
        {"Set-Cookie", fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax", cookie_,
                                   token_.reveal(), kCookieDays * 24 * 3600)});
  }
  return response;
}

bool Access::may_open_websocket(const HttpRequest& request) const {
  if (refusal(request)) return false;
  return !request.header("Origin").empty() || has_bearer(request);
}

}  // namespace hassette::web
