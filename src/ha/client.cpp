// The life of the connection: connect, authenticate, synchronise, serve, lose, try again.
#include "ha/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <hassette/duration.hpp>
#include <hassette/logger.hpp>

#include "async/loop.hpp"
#include "base/first_few.hpp"
#include "ha/first_contact.hpp"
#include "ha/reply.hpp"
#include "json/parse.hpp"
#include "json/token_index.hpp"
#include "log/log.hpp"
#include "net/error.hpp"
#include "net/input_buffer.hpp"

namespace hassette::ha {

using std::chrono::milliseconds;

namespace {

/// How often the silence of the peer is looked at, for each `ping_after`.
constexpr int kLooks = 4;
static_assert(net::InputBuffer::kPadding >= json::TokenIndex::kPadding,
              "messages are read where the connection has received them");
/// Frames that are read before other fibers get their turn.
constexpr std::size_t kFramesPerTurn = 256;

const Logger& logger() {
  static const Logger instance("engine");
  return instance;
}

/// "5 entities have changed meanwhile: light.hall, lock.door, sensor.x, and 2 more".
std::string tell(const Differences& differences) {
  std::string text = fmt::format("{} {} changed meanwhile", differences.count,
                                 differences.count == 1 ? "entity has" : "entities have");
  if (differences.count == 0) return text;
  return text + ": " + base::first_few(differences.named, differences.count);
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

Client::Client(async::Loop& loop, ClientOptions options, HomeListener& listener)
    : loop_(loop),
      options_(std::move(options)),
      listener_(listener),
      random_(static_cast<std::minstd_rand::result_type>(options_.seed + 1)),
      asking_(loop, nullptr) {}

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
  net::WebSocket socket = co_await open();
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
  last_heard_ = loop_.io_now();
  last_id_ = 0;
  std::vector<Task<>> tasks;
  tasks.push_back(read_all(&socket));
  tasks.push_back(keep_alive(&socket));
  tasks.push_back(synchronise());
  try {
    co_await when_all(std::move(tasks));
  } catch (const net::NetError& error) {
    if (error.kind() == net::NetFault::kTooLarge) count_too_large();
    throw;
  }
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
    // Each message is looked into when it is found, and read once a few more have been found.
    std::array<std::string_view, FrameReader::kAhead> found;
    found[0] = co_await socket->read();
    last_heard_ = loop_.io_now();
    FrameReader::look_ahead(found[0], *this);
    std::size_t count = 1;
    std::size_t read = 0;
    const auto read_next = [&] { reader_.read(found[read++ % found.size()], *this); };
    while (count < kFramesPerTurn) {
      const auto more = socket->try_read();
      if (!more) break;
      if (count - read == found.size()) read_next();
      FrameReader::look_ahead(*more, *this);
      found[count++ % found.size()] = *more;
    }
    while (read < count) {
      on_expected({});
      read_next();
    }
    co_await yield();
  }
}

Task<> Client::keep_alive(net::WebSocket* socket) {
  for (;;) {
    co_await silence(socket, options_.ping_after);
    const std::uint64_t heard = socket->received();
    const async::MonoTime deadline = loop_.io_now() + options_.ping_after;
    try {
      co_await io_timeout(ping(socket), options_.ping_after);
    } catch (const TimeoutError&) {  // it takes nothing; that it says nothing is what counts
    }
    co_await io_sleep(deadline - loop_.io_now());
    // A loop that was held meets the deadline before it has looked at the socket, where the answer
    // may lie.
    co_await yield();
    if (socket->received() != heard) continue;
    throw net::NetError(
        net::NetFault::kTimeout,
        fmt::format("it has not answered for {}", format_duration(2 * options_.ping_after)));
  }
}

/// Returns when not a byte has come for that long. Bytes count, not messages: all states of a home
/// are one message, which takes its time over a slow link.
Task<> Client::silence(net::WebSocket* socket, std::chrono::nanoseconds length) {
  std::uint64_t heard = socket->received();
  async::MonoTime since = loop_.io_now();
  while (loop_.io_now() - since < length) {
    co_await io_sleep(length / kLooks);
    if (const std::uint64_t now = socket->received(); now != heard) {
      heard = now;
      since = loop_.io_now();
      if (socket->is_receiving()) last_heard_ = since;
    }
  }
}

Task<> Client::ping(net::WebSocket* socket) {
  co_await socket->write(fmt::format(R"({{"id":{},"type":"ping"}})", ++last_id_));
}

Task<> Client::synchronise() {
  co_await negotiate();
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
  Differences differences;
  Reply reply;
  std::string problem;
  reply.on_result = [&](std::string_view result) {
    json::TokenIndex index;
    const auto states = reader_.read_states(result, index);
    if (!states) {
      problem = states.error();
      return;
    }
    differences = listener_.on_snapshot(config, *states);
    config_ = config;
    synchronised_ = true;
  };
  co_await exchange({{"type", "get_states"}}, "get_states", options_.answer_limit, &reply,
                    Patience::kWhileArriving);
  if (!synchronised_) throw Error("protocol", problem);
  announce_connected(config, differences);
  co_await follow_config();
}

/// Many messages in one frame, where Home Assistant knows how; an older one sends each by itself.
Task<> Client::negotiate() {
  try {
    co_await call({{"type", "supported_features"}, {"features", {{"coalesce_messages", 1}}}},
                  "negotiating features", options_.answer_limit);
  } catch (const HomeAssistantError& error) {
    logger().debug("Home Assistant does not coalesce its messages: {}", error.message());
  }
}

Task<HomeConfig> Client::ask_config() {
  config_changed_.clear();  // what changes from here on may not be in the answer
  const Json answer = co_await call({{"type", "get_config"}}, "get_config", options_.answer_limit);
  const auto text = [&](const char* key) { return answer[key].get<std::string>().value_or(""); };
  const auto number = [&](const char* key) { return answer[key].get<double>().value_or(0.0); };
  co_return HomeConfig{.name = text("location_name"),
                       .time_zone = text("time_zone"),
                       .version = text("version"),
                       .state = text("state"),
                       .latitude = number("latitude"),
                       .longitude = number("longitude"),
                       .elevation = number("elevation")};
}

/// Somebody may change the home's place, zone or name while it runs, or just before it was
/// connected.
Task<> Client::follow_config() {
  bool was_answered = true;
  for (;;) {
    co_await config_changed_.wait();
    std::string fault;
    try {
      const HomeConfig config = co_await ask_config();
      if (config.state == "RUNNING" && config != config_) {
        config_ = config;
        listener_.on_config(config);
      }
    } catch (const Error& error) {  // a lost connection is noticed where it is read
      fault = error.message();
    }
    if (std::exchange(was_answered, fault.empty()) && !fault.empty()) {
      logger().warning("what has changed of the home could not be asked, and is asked again: {}",
                       fault);
    }
    if (fault.empty()) continue;
    co_await io_sleep(options_.retry_longest);
    config_changed_.set();
  }
}

Task<HomeConfig> Client::wait_until_running() {
  for (;;) {
    maybe_running_.clear();
    HomeConfig config = co_await ask_config();
    link_.ha_version = log::masked(config.version);
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

milliseconds Client::next_delay() {
  const auto doubled = options_.retry_first * (1LL << std::min<std::size_t>(attempts_++, 16));
  const auto limit = std::min<milliseconds>(doubled, options_.retry_longest);
  return std::uniform_int_distribution<std::int64_t>(limit.count() / 2, limit.count())(random_) *
         milliseconds(1);
}

void Client::set_link(LinkState state, std::string message) {
  link_.state = state;
  // What the link says is also shown where nothing masks it, and Home Assistant may have said it.
  link_.message = log::masked(std::move(message));
  link_is(state);
  listener_.on_link(link_);
}

void Client::announce_connected(const HomeConfig& config, const Differences& differences) {
  attempts_ = 0;
  link_.retry_in = milliseconds(0);
  if (lost_at_) {
    ++link_.reconnects;
    const auto away = loop_.io_now() - *std::exchange(lost_at_, std::nullopt);
    logger().info("Home Assistant is back after {}: {}", format_duration(away), tell(differences));
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
