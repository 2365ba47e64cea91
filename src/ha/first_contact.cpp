// The way to a connection, and what an attempt that failed means: to wait, or to end.
#include "ha/first_contact.hpp"

#include <fmt/format.h>

#include <hassette/duration.hpp>
#include <hassette/logger.hpp>

#include "async/loop.hpp"
#include "ha/client.hpp"
#include "net/error.hpp"
#include "net/http.hpp"

namespace hassette::ha {

using std::chrono::milliseconds;

namespace {

constexpr std::chrono::seconds kRejectedDelay{300};

const Logger& logger() {
  static const Logger instance("engine");
  return instance;
}

net::Url websocket_url(const net::Url& base) {
  net::Url url = base;
  url.scheme = base.secure() ? "wss" : "ws";
  const std::string prefix = base.target.ends_with('/') ? base.target : base.target + "/";
  url.target = prefix + "api/websocket";
  return url;
}

/// Statuses that pass: of a ban (403), of a proxy or a Home Assistant that is busy or still starts.
bool may_pass(int status) {
  return status >= 500 || status == 403 || status == 404 || status == 408 || status == 425 ||
         status == 429;
}

bool ends_first_contact(const net::NetError& error) {
  switch (error.kind()) {
    case net::NetFault::kTls:
    case net::NetFault::kProtocol:
      return true;
    case net::NetFault::kHttp:
      return !may_pass(error.http_status());
    default:
      return false;
  }
}

/// "…. Check base_url", also behind a question.
std::string with_remedy(std::string_view message) {
  return fmt::format("{}{} Check base_url", message, message.ends_with('?') ? "" : ".");
}

/// What went wrong, without the address in front: messages here begin with the user's own words for
/// it.
std::string words(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const net::NetError& net_error) {
    return std::string(net_error.message());
  } catch (...) {
    return async::describe(error);
  }
}

}  // namespace

Task<net::WebSocket> Client::open() {
  std::string missing;
  std::exception_ptr error;
  try {
    co_return co_await net::connect_websocket(
        loop_, websocket_url(options_.base), options_.tls,
        {.connect_timeout = std::chrono::duration_cast<milliseconds>(kAuthenticationLimit)});
  } catch (const net::NetError& refused) {
    if (was_connected_) throw;
    // So ends what speaks TLS, but also what just restarts.
    if (refused.kind() == net::NetFault::kClosed && !options_.base.secure()) {
      throw net::NetError(refused.kind(),
                          fmt::format("{}. If it speaks TLS on this port, base_url begins with "
                                      "https://",
                                      refused.message()));
    }
    if (refused.http_status() != 404) throw;
    missing = refused.message();
    error = std::current_exception();
  }
  if (co_await has_pages()) throw NotHomeAssistant(std::move(missing));
  std::rethrow_exception(error);
}

/// After a 404: a reverse proxy knows no page at all until what stands behind it has registered,
/// whereas a server that has some, and no WebSocket of Home Assistant's, is another one.
Task<bool> Client::has_pages() {
  try {
    const net::HttpResponse root =
        co_await net::http_fetch(loop_, options_.base, {.target = "/"}, options_.tls,
                                 std::chrono::duration_cast<milliseconds>(kAuthenticationLimit));
    co_return !may_pass(root.status);
  } catch (const net::NetError&) {
    co_return false;
  }
}

void Client::failed(const std::exception_ptr& error) {
  const bool had_link = link_.state == LinkState::kConnected || link_.state == LinkState::kStarting;
  const bool away = lost_at_.has_value();
  const std::string address = options_.base.origin();
  std::string message = words(error);
  LinkState next = away || had_link ? LinkState::kLost : LinkState::kConnecting;
  const bool first_contact = !was_connected_;
  bool silent = false;  // it went away unseen, and that is noticed late
  try {
    std::rethrow_exception(error);
  } catch (const Rejected& rejected) {
    if (first_contact) {
      throw FirstContactError(fmt::format(
          "Home Assistant at {} rejects the token ({}). Make a long-lived access token on your "
          "profile's security page and put it into HASSETTE__TOKEN or .env",
          address, rejected.what()));
    }
    next = LinkState::kRejected;
    message = fmt::format("it rejects the token ({})", rejected.what());
    if (link_.state != LinkState::kRejected) {
      logger().error(
          "Home Assistant at {} does not accept the token any more ({}). Make a new "
          "long-lived access token on your profile's security page, put it into "
          "HASSETTE__TOKEN or .env, and start again; until then it is tried every {}",
          address, rejected.what(), format_duration(kRejectedDelay));
    }
  } catch (const NotHomeAssistant& other) {
    if (first_contact) {
      throw FirstContactError(fmt::format("{}: {}", address, with_remedy(other.what())));
    }
  } catch (const net::NetError& net_error) {
    silent = net_error.kind() == net::NetFault::kTimeout;
    if (first_contact && ends_first_contact(net_error)) {
      // What is wrong with a certificate has its remedy in the message.
      const bool told = net_error.message().find("ca_file") != std::string_view::npos;
      throw FirstContactError(
          fmt::format("{}: {}", address, told ? message : with_remedy(message)));
    }
    if (first_contact && net_error.http_status() == 404) {
      message += ". If no proxy is starting there, check base_url";
    }
  } catch (...) {  // anything else is a reason to try again, with its message
  }
  if (had_link && !away) {
    lost_at_ = silent ? last_heard_ : loop_.io_now();
    // Numbered, so that each is a line of its own and none passes for the repetition of another.
    logger().warning(
        "lost Home Assistant{}: {}; reconnecting",
        link_.reconnects == 0 ? std::string() : fmt::format(" (outage {})", link_.reconnects + 1),
        message);
  } else if (attempts_ == 0) {
    logger().warning("waiting for Home Assistant at {}: {}; trying again until it answers", address,
                     message);
  }
  link_.retry_in = next == LinkState::kRejected
                       ? std::chrono::duration_cast<milliseconds>(kRejectedDelay)
                       : next_delay();
  set_link(next, std::move(message));
}

}  // namespace hassette::ha
