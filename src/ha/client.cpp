// The life of the connection: connect, authenticate, synchronise, serve, lose, try again.
#include "ha/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <hassette/duration.hpp>
#include <hassette/logger.hpp>

#include "async/loop.hpp"
#include "ha/reply.hpp"
#include "json/parse.hpp"
#include "net/error.hpp"

namespace hassette::ha {

using std::chrono::milliseconds;

namespace {

/// How long Home Assistant gives a client to authenticate, and so the longest useful wait.
constexpr std::chrono::seconds kAuthenticationLimit{10};
constexpr std::chrono::seconds kRejectedDelay{300};
/// Frames that are read before other fibers get their turn.
constexpr int kFramesPerTurn = 64;

const Logger& logger() {
  static const Logger instance("engine");
  return instance;
}

/// The token was refused, now or at first contact.
class Rejected : public Error {
 public:
  explicit Rejected(std::string message) : Error("auth_invalid", std::move(message)) {}
};

/// What answers is not Home Assistant.
class NotHomeAssistant : public Error {
 public:
  explicit NotHomeAssistant(std::string message)
      : Error("not_home_assistant", std::move(message)) {}
};

net::Url websocket_url(const net::Url& base) {
  net::Url url = base;
  url.scheme = base.secure() ? "wss" : "ws";
  const std::string prefix = base.target.ends_with('/') ? base.target : base.target + "/";
  url.target = prefix + "api/websocket";
  return url;
}

bool ends_first_contact(const net::NetError& error) {
  switch (error.kind()) {
    case net::NetFault::kTls:
    case net::NetFault::kProtocol:
      return true;
    case net::NetFault::kHttp:
      return error.http_status() < 500 && error.http_status() != 403;
    default:
      return false;
  }
}

}  // namespace

std::string_view to_string(LinkState state) {
  switch (state) {
    case LinkState::kConnecting:
      return "connecting";
    case LinkState::kStarting:
      return "starting";
    case LinkState::kConnected:
      return "connected";
    case LinkState::kLost:
      return "lost";
    case LinkState::kRejected:
      return "rejected";
  }
  return "unknown";
}

namespace {

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

Client::Client(async::Loop& loop, ClientOptions options, HomeListener& listener)
    : loop_(loop),
      options_(std::move(options)),
      listener_(listener),
      random_(static_cast<std::minstd_rand::result_type>(options_.seed + 1)) {}

Client::~Client() = default;

Task<> Client::run() {
  for (;;) {
    std::exception_ptr error;
    try {
      co_await session();
    } catch (const Cancelled&) {
      throw;
    } catch (...) {
      error = std::current_exception();
    }
    failed(error);
    co_await io_sleep(link_.retry_in);
    if (!was_connected_) set_link(LinkState::kConnecting, link_.message);
  }
}

Task<> Client::session() {
  net::WebSocket socket = co_await net::connect_websocket(
      loop_, websocket_url(options_.base), options_.tls,
      {.connect_timeout = std::chrono::duration_cast<milliseconds>(kAuthenticationLimit)});
  try {
    co_await io_timeout(authenticate(&socket), kAuthenticationLimit);
  } catch (const TimeoutError&) {
    throw net::NetError(net::NetFault::kTimeout,
                        fmt::format("it took the connection and then said nothing for {}",
                                    format_duration(kAuthenticationLimit)),
                        options_.base.origin());
  }
  struct Connected {  // whatever ends the connection, its callers are told
    Client& client;
    ~Connected() {
      client.socket_ = nullptr;
      client.synchronised_ = false;
      client.config_.reset();
      client.subscribed_.clear();
      for (const auto& [id, reply] : std::exchange(client.pending_, {})) reply->lose();
    }
  } const connected{*this};
  socket_ = &socket;
  last_id_ = 0;
  std::vector<Task<>> tasks;
  tasks.push_back(read_all(&socket));
  tasks.push_back(keep_alive(&socket));
  tasks.push_back(synchronise());
  co_await when_all(std::move(tasks));
}

Task<> Client::authenticate(net::WebSocket* socket) {
  auth_type_.clear();
  reader_.read(co_await socket->read(), *this);
  if (auth_type_ != "auth_required") {
    throw NotHomeAssistant("what answers there does not speak Home Assistant's protocol");
  }
  Json hello = {{"type", "auth"}, {"access_token", options_.token.reveal()}};
  co_await socket->write(hello.dump());
  auth_type_.clear();
  reader_.read(co_await socket->read(), *this);
  if (auth_type_ == "auth_invalid") throw Rejected(auth_message_);
  if (auth_type_ != "auth_ok") {
    throw NotHomeAssistant("what answers there does not finish Home Assistant's authentication");
  }
  was_connected_ = true;
}

Task<> Client::read_all(net::WebSocket* socket) {
  for (;;) {
    reader_.read(co_await socket->read(), *this);
    heard_at_ = loop_.io_now();
    for (int frames = 1; frames < kFramesPerTurn; ++frames) {
      const auto more = socket->try_read();
      if (!more) break;
      reader_.read(*more, *this);
    }
    co_await yield();
  }
}

Task<> Client::keep_alive(net::WebSocket* socket) {
  heard_at_ = loop_.io_now();
  for (;;) {
    const async::MonoTime last = heard_at_;
    co_await io_sleep(last + options_.ping_after - loop_.io_now());
    if (heard_at_ != last) continue;
    const async::MonoTime deadline = loop_.io_now() + options_.ping_after;
    try {
      co_await io_timeout(ping(socket), options_.ping_after);
    } catch (const TimeoutError&) {  // it takes nothing; that it says nothing is what counts
    }
    co_await io_sleep(deadline - loop_.io_now());
    if (heard_at_ != last) continue;
    throw net::NetError(
        net::NetFault::kTimeout,
        fmt::format("it has not answered for {}", format_duration(2 * options_.ping_after)));
  }
}

Task<> Client::ping(net::WebSocket* socket) {
  co_await socket->write(fmt::format(R"({{"id":{},"type":"ping"}})", ++last_id_));
}

Task<> Client::synchronise() {
  const auto limit = options_.answer_limit;
  co_await call({{"type", "supported_features"}, {"features", {{"coalesce_messages", 1}}}},
                "negotiating features", limit);
  co_await subscribe("state_changed");
  co_await subscribe("core_config_updated");
  const std::set<std::string> wanted = wanted_;
  for (const std::string& type : wanted) {
    try {
      co_await subscribe(type);
    } catch (const HomeAssistantError& error) {  // the others are wanted all the same
      if (refused_.insert(type).second) {
        logger().warning("Home Assistant does not send events of type `{}`: {}", type,
                         error.message());
      }
    }
  }
  HomeConfig config = co_await wait_until_running();
  // The snapshot is taken where its frame is read, so that what follows it in the same frame comes
  // after it.
  std::size_t differences = 0;
  Reply reply;
  std::string problem;
  reply.on_result = [&](std::string_view result) {
    const auto states = reader_.read_states(result);
    if (!states) {
      problem = states.error();
      return;
    }
    differences = listener_.on_snapshot(config, *states);
    config_ = config;
    synchronised_ = true;
  };
  co_await exchange({{"type", "get_states"}}, "get_states", limit, &reply);
  if (!synchronised_) throw Error("protocol", problem);
  announce_connected(config, differences);
}

Task<HomeConfig> Client::wait_until_running() {
  for (;;) {
    maybe_running_.clear();
    const Json answer =
        co_await call({{"type", "get_config"}}, "get_config", options_.answer_limit);
    const auto text = [&](const char* key) { return answer[key].get<std::string>().value_or(""); };
    const auto number = [&](const char* key) { return answer[key].get<double>().value_or(0.0); };
    HomeConfig config{.name = text("location_name"),
                      .time_zone = text("time_zone"),
                      .version = text("version"),
                      .state = text("state"),
                      .latitude = number("latitude"),
                      .longitude = number("longitude"),
                      .elevation = number("elevation")};
    link_.ha_version = config.version;
    if (config.state == "RUNNING") co_return config;
    if (link_.state != LinkState::kStarting) {
      set_link(LinkState::kStarting, "Home Assistant is still starting");
    }
    try {
      co_await io_timeout(maybe_running_.wait(), std::chrono::seconds(1));
    } catch (const TimeoutError&) {  // ask again: the event may need rights that the token lacks
    }
  }
}

Task<> Client::subscribe(std::string event_type) {
  if (!subscribed_.insert(event_type).second) co_return;
  try {
    co_await call({{"type", "subscribe_events"}, {"event_type", event_type}},
                  "subscribing to " + event_type, options_.answer_limit);
  } catch (const HomeAssistantError& error) {
    if (error.code() != "unauthorized") throw;
    if (refused_.insert(event_type).second) {
      logger().warning(
          "the token has no administrator rights: events of type `{}` will not come; "
          "make a token as an administrator to get them",
          event_type);
    }
  }
}

Task<> Client::want(std::string event_type) {
  if (event_type == "state_changed" || event_type == "core_config_updated" ||
      !wanted_.insert(event_type).second || !socket_) {
    co_return;
  }
  try {
    co_await subscribe(event_type);
  } catch (const ConnectionLostError&) {  // the next connection asks for all that is wanted
  } catch (const HomeAssistantError&) {
    wanted_.erase(event_type);
    throw;
  }
}

void Client::failed(const std::exception_ptr& error) {
  const bool had_link = link_.state == LinkState::kConnected || link_.state == LinkState::kStarting;
  const bool away = lost_at_.has_value();
  const std::string address = options_.base.origin();
  std::string message = words(error);
  LinkState next = away || had_link ? LinkState::kLost : LinkState::kConnecting;
  const bool first_contact = !was_connected_;
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
      throw FirstContactError(fmt::format("{}: {}. Check base_url", address, other.what()));
    }
  } catch (const net::NetError& net_error) {
    if (first_contact && ends_first_contact(net_error)) {
      // What is wrong with a certificate has its remedy in the message.
      const bool told = net_error.message().find("ca_file") != std::string_view::npos;
      throw FirstContactError(
          fmt::format("{}: {}{}", address, net_error.message(), told ? "" : ". Check base_url"));
    }
  } catch (...) {  // anything else is a reason to try again, with its message
  }
  if (had_link && !away) {
    lost_at_ = loop_.io_now();
    logger().warning("lost Home Assistant: {}; reconnecting", message);
  } else if (attempts_ == 0) {
    logger().warning("waiting for Home Assistant at {}: {}; trying again until it answers", address,
                     message);
  }
  link_.retry_in = next == LinkState::kRejected
                       ? std::chrono::duration_cast<milliseconds>(kRejectedDelay)
                       : next_delay();
  set_link(next, std::move(message));
}

milliseconds Client::next_delay() {
  const auto doubled = options_.retry_first * (1LL << std::min<std::size_t>(attempts_++, 16));
  const auto limit = std::min<milliseconds>(doubled, options_.retry_longest);
  return std::uniform_int_distribution<std::int64_t>(limit.count() / 2, limit.count())(random_) *
         milliseconds(1);
}

void Client::set_link(LinkState state, std::string message) {
  link_.state = state;
  link_.message = std::move(message);
  listener_.on_link(link_);
}

void Client::announce_connected(const HomeConfig& config, std::size_t differences) {
  attempts_ = 0;
  link_.retry_in = milliseconds(0);
  if (lost_at_) {
    ++link_.reconnects;
    const auto away = loop_.io_now() - *std::exchange(lost_at_, std::nullopt);
    logger().info("Home Assistant is back after {}: {} {} changed meanwhile", format_duration(away),
                  differences, differences == 1 ? "entity has" : "entities have");
  } else {
    logger().info("connected to Home Assistant {} at {}", config.version, options_.base.origin());
  }
  set_link(LinkState::kConnected, {});
}

Connector over_websocket(async::Loop& loop, ClientOptions options) {
  return [&loop, options = std::move(options)](HomeListener& listener) {
    return std::make_unique<Client>(loop, options, listener);
  };
}

}  // namespace hassette::ha
