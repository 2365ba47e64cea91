#pragma once
// What the tests of this layer, and of those above, share: a Home Assistant that does as it is
// told, a listener that writes down what it hears, and a client between the two on one loop.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ha/client.hpp"
#include "json/parse.hpp"
#include "log/log.hpp"
#include "net/test_support.hpp"

namespace hassette::ha {

inline constexpr const char* kToken = "a-token-that-is-right";

/// The state object of an entity, as Home Assistant sends it.
inline Json state_of(std::string_view entity, std::string_view text,
                     Json attributes = Json::object()) {
  return {{"entity_id", entity},
          {"state", text},
          {"attributes", std::move(attributes)},
          {"last_changed", "2026-11-23T00:00:00+00:00"},
          {"last_updated", "2026-11-23T00:00:00+00:00"},
          {"context", {{"id", "c0"}, {"parent_id", nullptr}, {"user_id", nullptr}}}};
}

/// The event of a change; a null state is a removal.
inline Json change_of(std::string_view entity, Json state) {
  return {
      {"type", "event"},
      {"event",
       {{"event_type", "state_changed"},
        {"data", {{"entity_id", entity}, {"old_state", nullptr}, {"new_state", std::move(state)}}},
        {"origin", "LOCAL"},
        {"time_fired", "2026-11-23T00:00:01+00:00"},
        {"context", {{"id", "c1"}}}}},
      {"id", 2}};
}

inline Json event_of(std::string_view type, Json data) {
  return {{"type", "event"},
          {"event",
           {{"event_type", type},
            {"data", std::move(data)},
            {"origin", "LOCAL"},
            {"time_fired", "2026-11-23T00:00:01+00:00"},
            {"context", {{"id", "c1"}}}}},
          {"id", 3}};
}

inline Json result_of(const Json& command, Json result) {
  return {
      {"id", command["id"]}, {"type", "result"}, {"success", true}, {"result", std::move(result)}};
}

inline Json error_of(const Json& command, std::string_view code, std::string_view message) {
  return {{"id", command["id"]},
          {"type", "result"},
          {"success", false},
          {"error", {{"code", code}, {"message", message}}}};
}

/// Speaks to one client at a time. What a test changes applies from the next message on.
class FakeHome final : public net::ServerHandlers {
 public:
  explicit FakeHome(async::Loop& loop) : server(loop, *this, {}), writes_(loop, nullptr) {}

  Json states = Json::array();
  std::string token = kToken;
  std::string phase = "RUNNING";
  std::string version = "2025.4.4";
  std::string time_zone = "Europe/Berlin";
  std::string greeting = R"({"type":"auth_required","ha_version":"2025.4.4"})";
  std::string refusal = "Invalid access token";
  int status = 0;          ///< answered to every request instead, if it is not 0
  bool has_pages = false;  ///< but there is a page at `/`
  std::set<std::string> refused_events;
  /// Commands of these types get no answer, or are not known.
  std::set<std::string> silent;
  std::set<std::string> unknown;
  /// Answers a command that the above does not; null: it is left to the test.
  std::function<Json(const Json& command)> answer = [](const Json& command) {
    return result_of(command, {{"context", {{"id", "c9"}}}});
  };

  std::vector<Json> commands;  ///< of all connections, in order
  int connections = 0;

  /// How often a command of this type has come, and the last of them.
  std::size_t count(std::string_view type) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        commands, [&](const Json& command) { return command["type"] == Json(type); }));
  }
  const Json& last(std::string_view type) const {
    static const Json none;
    for (auto at = commands.rbegin(); at != commands.rend(); ++at) {
      if ((*at)["type"] == Json(type)) return *at;
    }
    return none;
  }
  std::vector<std::string> subscriptions() const {
    std::vector<std::string> types;
    for (const Json& command : commands) {
      if (const auto type = command["event_type"].get<std::string>()) types.push_back(*type);
    }
    return types;
  }

  Task<> stop() {
    co_await server.stop();
    co_await writes_.close(CancelReason::kShutdown);
  }

  /// Messages leave in the order of the calls.
  void send(const Json& message) { send_text(message.dump()); }
  void send_text(std::string text) {
    writes_.spawn(async::intern_label("test", "write"), write(this, std::move(text)));
  }

  net::Server server;

 private:
  Task<net::HttpResponse> on_request(net::HttpRequest request) override {
    if (has_pages && request.target == "/") co_return net::HttpResponse{.body = "a page"};
    if (status != 0) co_return net::HttpResponse{.status = status};
    const std::string prefix = "/api/states/";
    if (request.target.starts_with(prefix)) {
      for (const Json& state : states.as_array()) {
        if (state["entity_id"] == Json(request.target.substr(prefix.size()))) {
          co_return net::HttpResponse{.body = state.dump()};
        }
      }
      co_return net::HttpResponse{.status = 404, .body = R"({"message":"Entity not found."})"};
    }
    co_return net::HttpResponse{.status = 404};
  }
  bool accepts_websocket(const net::HttpRequest& request) override {
    return status == 0 && request.target == "/api/websocket";
  }
  Task<> on_websocket(net::HttpRequest, net::WebSocket socket) override {
    ++connections;
    socket_ = &socket;
    struct Leave {
      FakeHome& home;
      net::WebSocket* socket;
      ~Leave() {
        if (home.socket_ == socket) home.socket_ = nullptr;
      }
    };
    const Leave leave{*this, &socket};
    co_await socket.write(greeting);
    const Json hello = json::parse(co_await socket.read()).value();
    if (hello["access_token"] != Json(token)) {
      co_await socket.write(Json{{"type", "auth_invalid"}, {"message", refusal}}.dump());
      co_await socket.close(1000, "");
      co_return;
    }
    co_await socket.write(R"({"type":"auth_ok","ha_version":"2025.4.4"})");
    for (;;) {
      commands.push_back(json::parse(co_await socket.read()).value());
      if (const Json reply = reply_to(commands.back()); !reply.is_null()) send(reply);
    }
  }
  void on_fault(std::string_view, const std::exception_ptr&) noexcept override {}

  Json reply_to(const Json& command) {
    const std::string type = command["type"].as_string();
    if (silent.contains(type)) return {};
    if (unknown.contains(type)) return error_of(command, "unknown_command", "Unknown command.");
    if (type == "ping") return {{"id", command["id"]}, {"type", "pong"}};
    if (type == "supported_features") return result_of(command, nullptr);
    if (type == "get_states") return result_of(command, states);
    if (type == "get_config") {
      return result_of(command, {{"location_name", "Test"},
                                 {"time_zone", time_zone},
                                 {"version", version},
                                 {"state", phase}});
    }
    if (type == "subscribe_events") {
      if (refused_events.contains(command["event_type"].as_string())) {
        return error_of(command, "unauthorized", "Unauthorized");
      }
      return result_of(command, nullptr);
    }
    return answer(command);
  }

  static Task<> write(FakeHome* home, std::string text) {
    if (!home->socket_) co_return;
    try {
      co_await home->socket_->write(std::move(text));
    } catch (const net::NetError&) {  // the client has gone
    }
  }

  net::WebSocket* socket_ = nullptr;
  async::Bucket writes_;
};

/// Writes down what the client tells, one line each.
class Heard final : public HomeListener {
 public:
  std::vector<std::string> lines;
  std::vector<Link> links;
  std::map<Garbage, int> garbage;

  void on_link(const Link& link) override {
    links.push_back(link);
    lines.emplace_back(to_string(link.state));
  }
  Differences on_snapshot(const HomeConfig& config,
                          std::span<const model::WireState> states) override {
    std::string line = "snapshot of " + config.state;
    Differences differences;
    for (const model::WireState& state : states) {
      differences.add(state.entity_id);
      line += fmt::format(" {}={}", state.entity_id, state.state);
    }
    lines.push_back(std::move(line));
    return differences;
  }
  void on_config(const HomeConfig& config) override {
    lines.push_back("config " + config.time_zone);
  }
  void on_change(const WireChange& change) override {
    lines.push_back(change.state ? fmt::format("{}={}", change.entity_id, change.state->state)
                                 : fmt::format("{} removed", change.entity_id));
  }
  void on_event(Event event) override {
    lines.push_back(fmt::format("event {} {}", event.type, event.data.dump()));
  }
  void on_garbage(Garbage kind) override { ++garbage[kind]; }

  int count(std::string_view line) const {
    return static_cast<int>(std::ranges::count(lines, line));
  }
};

/// Log lines of warnings and above, and of the engine's information.
class LogTap final : public log::Sink {
 public:
  void write(const log::LogRecord& record) override { lines.push_back(record.message); }
  int count(std::string_view part) const {
    return static_cast<int>(std::ranges::count_if(
        lines, [&](const std::string& line) { return line.find(part) != std::string::npos; }));
  }
  std::vector<std::string> lines;
};

class HaTest : public net::NetTest {
 public:
  void SetUp() override {
    log::add_sink(tap);
    run([](FakeHome* served) -> Task<> { co_await served->server.listen("127.0.0.1", 0); }(&home));
  }
  void TearDown() override {
    run(background.close(CancelReason::kShutdown));
    run(home.stop());
    log::remove_sink(*tap);
  }
  /// Short times, so that what is noticed is noticed soon.
  ClientOptions options() const {
    return {.base = net::local_url("http", home.server.port(), "/"),
            .token = Secret(kToken),
            .retry_first = std::chrono::milliseconds(4),
            .retry_longest = std::chrono::milliseconds(20)};
  }
  /// Lets the loop run until the condition holds.
  template <class Condition>
  void run_until(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    run_while([&] { return !condition() && std::chrono::steady_clock::now() < limit; });
    ASSERT_TRUE(condition()) << "it did not come about within 20 s";
  }

  std::shared_ptr<LogTap> tap = std::make_shared<LogTap>();
  FakeHome home{loop};
  /// What runs beside the test, and what the last of it that failed said.
  std::string failure;
  async::Bucket background{loop, [this](const async::Label&, const std::exception_ptr& error) {
                             failure = async::describe(error);
                           }};
};

class ClientTest : public HaTest {
 public:
  void TearDown() override {
    HaTest::TearDown();
    client.reset();
  }
  void start(ClientOptions given) {
    client = std::make_unique<Client>(loop, std::move(given), heard);
    background.spawn(label, client->run());
  }
  void connect(ClientOptions given) {
    start(std::move(given));
    run_until([&] { return client->link().state == LinkState::kConnected; });
  }
  void connect() { connect(options()); }

  Heard heard;
  std::unique_ptr<Client> client;
};

/// The text of the error that a task ends with, which has to be of this type.
template <class E, class T>
Task<std::string> expect_error(Task<T> task) {
  try {
    co_await std::move(task);
  } catch (const E& error) {
    co_return error.what();
  }
  ADD_FAILURE() << "expected an error";
  co_return std::string();
}

}  // namespace hassette::ha
