#include "sim/server.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "async/bucket.hpp"
#include "base/repository_testing.hpp"
#include "json/parse.hpp"
#include "net/asio_reactor.hpp"
#include "net/error.hpp"
#include "net/http.hpp"
#include "net/websocket.hpp"
#include "sim/load.hpp"
#include "sim/replay.hpp"

namespace hassette::sim {
namespace {

using namespace std::chrono_literals;

std::string recording() {
  return base::repository() + "/tests/data/ha-2025.4.4/ws.jsonl";
}

// A client on a real socket.
class Client {
 public:
  explicit Client(net::WebSocket socket) : socket_(std::move(socket)) {}

  Task<Json> next() {
    while (messages_.empty()) {
      const std::string_view text = co_await socket_.read();
      const Json frame = json::parse(text).value();
      if (!frame.is_array()) {
        messages_.push_back(frame);
        continue;
      }
      for (const Json& message : frame.as_array()) messages_.push_back(message);
    }
    Json message = std::move(messages_.front());
    messages_.pop_front();
    co_return message;
  }
  Task<Json> ask(std::string text) {
    const Json id = json::parse(text).value()["id"];
    co_await socket_.write(std::move(text));
    for (;;) {
      Json message = co_await next();
      if (message["id"] == id && message["type"] == Json("result")) co_return message;
    }
  }
  Task<Json> authenticate(std::string token) {
    co_await next();
    co_await socket_.write(R"({"type":"auth","access_token":")" + token + "\"}");
    co_return co_await next();
  }
  // Until the connection ends; what it ended with.
  Task<std::string> end() {
    try {
      for (;;) co_await next();
    } catch (const net::NetError& error) {
      co_return std::string(to_string(error.kind()));
    }
  }
  net::WebSocket& socket() { return socket_; }

 private:
  net::WebSocket socket_;
  std::deque<Json> messages_;
};

class OnSocket : public ::testing::Test {
 public:
  // Runs the test's body, then stops the server whatever happened. The body's lambda lives until
  // then.
  void run(Task<> body) {
    bool done = false;
    std::exception_ptr error;
    const auto whole = [](OnSocket* self, Task<> inner, bool* finished,
                          std::exception_ptr* thrown) -> Task<> {
      try {
        self->port = co_await self->sim.start("127.0.0.1", 0);
        co_await std::move(inner);
      } catch (const std::exception&) {
        *thrown = std::current_exception();
      }
      co_await self->sim.stop();
      *finished = true;
    };
    fibers.spawn(async::intern_label("test", "body"), whole(this, std::move(body), &done, &error));
    while (!done) {
      if (!loop.turn(false) && !done) reactor.wait(1ms);
    }
    loop.run_ready();
    if (error) std::rethrow_exception(error);
  }
  Task<net::WebSocket> connect() {
    const auto url = net::parse_url(fmt::format("ws://127.0.0.1:{}/api/websocket", port));
    co_return co_await net::connect_websocket(loop, url.value(), {}, {});
  }
  Task<net::HttpResponse> fetch(std::string target, std::string token) {
    const auto url = net::parse_url(fmt::format("http://127.0.0.1:{}", port));
    net::HttpRequest request;
    request.target = std::move(target);
    request.headers.push_back({"Authorization", "Bearer " + token});
    co_return co_await net::http_fetch(loop, url.value(), std::move(request), {}, 5s);
  }

  async::RealClock clock;
  net::AsioReactor reactor;
  async::Loop loop{clock, reactor};
  SimulatedHome sim{loop, {.token = "right", .authentication_limit = 10s}};
  async::Bucket fibers{loop, nullptr};
  std::uint16_t port = 0;
};

TEST_F(OnSocket, speaks_the_recorded_home_over_websocket_and_rest) {
  load_recording(sim.home(), recording());
  run([this]() -> Task<> {
    Client client(co_await connect());
    EXPECT_EQ((co_await client.authenticate("right"))["type"], Json("auth_ok"));
    const Json states = co_await client.ask(R"({"id":1,"type":"get_states"})");
    EXPECT_EQ(states["result"].size(), 125u);
    const auto answer = co_await fetch("/api/states/light.ceiling_lights", "right");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(json::parse(answer.body).value()["state"], Json("on"));
    EXPECT_EQ((co_await fetch("/api/states", "wrong")).status, 401);
    EXPECT_EQ(sim.clients(), 1u);
  }());
}

// The longest conversation only: the others end with a close, which the tests below look at.
TEST_F(OnSocket, gives_the_recorded_messages_in_their_order) {
  load_recording(sim.home(), recording());
  const replay::Conversation recorded = replay::load(recording()).at(0);
  const auto differences =
      replay::load_differences(base::repository() + "/tests/contract/differences.txt", "ws");
  run([&]() -> Task<> {
    Client client(co_await connect());
    co_await client.authenticate("right");
    replay::Matcher matcher;
    std::string together;
    for (const replay::Sent& turn : recorded.turns) {
      if (turn.text.find("access_token") != std::string::npos) continue;
      // What the client sent in one go reaches the server in one frame, and so in one turn.
      together += (together.empty() ? "" : ",") + turn.text;
      if (turn.answers.empty() && turn.text.find("call_service") != std::string::npos) continue;
      const std::string frame = std::exchange(together, "");
      co_await client.socket().write(frame == turn.text ? frame : '[' + frame + ']');
      for (const replay::Received& expected : turn.answers) {
        const Json message = co_await timeout(client.next(), 5s);
        if (matcher.matches(expected.message, message) || differences.contains(expected.line))
          continue;
        ADD_FAILURE() << "line " << expected.line << ": "
                      << replay::first_difference(expected.message, message);
      }
    }
  }());
}

TEST_F(OnSocket, rejects_a_wrong_token_with_a_word_and_a_close) {
  run([this]() -> Task<> {
    Client client(co_await connect());
    EXPECT_EQ((co_await client.authenticate("wrong"))["type"], Json("auth_invalid"));
    EXPECT_EQ(co_await client.end(), "net_closed");
  }());
}

TEST_F(OnSocket, restart_closes_refuses_and_comes_back_empty_before_it_is_running) {
  load_recording(sim.home(), recording());
  run([this]() -> Task<> {
    Client before(co_await connect());
    co_await before.authenticate("right");
    bool restarted = false;
    const RestartTimes times{.refused = 60ms, .empty = 120ms, .loading = 100ms, .starting = 5ms};
    sim.faults().changes_at_restart().come_back_as("switch.ac", "on");
    sim.faults().changes_at_restart().leave_out("light.bed_light");
    fibers.spawn(async::intern_label("test", "restart"),
                 [](SimulatedHome* home, RestartTimes its_times, bool* done) -> Task<> {
                   co_await home->faults().restart(its_times);
                   *done = true;
                 }(&sim, times, &restarted));
    EXPECT_EQ(co_await before.end(), "net_closed");
    std::string refused;
    try {
      const net::WebSocket socket = co_await connect();
    } catch (const net::NetError& error) {
      refused = to_string(error.kind());
    }
    EXPECT_EQ(refused, "net_refused");
    co_await sleep(70ms);
    Client after(co_await connect());
    EXPECT_EQ((co_await after.authenticate("right"))["type"], Json("auth_ok"));
    Json config = co_await after.ask(R"({"id":1,"type":"get_config"})");
    EXPECT_EQ(config["result"]["state"], Json("NOT_RUNNING"));
    EXPECT_EQ((co_await after.ask(R"({"id":2,"type":"get_states"})"))["result"].size(), 0u);
    EXPECT_EQ(
        (co_await after.ask(
            R"({"id":3,"type":"history/history_during_period","start_time":"2025-01-01T00:00:00Z","entity_ids":["a.b"]})"))
            ["error"]["code"],
        Json("unknown_command"));
    EXPECT_EQ(
        (co_await after.ask(
            R"({"id":4,"type":"call_service","domain":"light","service":"turn_on","target":{"entity_id":"all"}})"))
            ["error"]["code"],
        Json("not_found"));
    co_await after.ask(R"({"id":5,"type":"subscribe_events"})");
    std::vector<std::string> kinds;
    std::size_t appeared = 0;
    while (kinds.empty() || kinds.back() != "homeassistant_started") {
      const Json event = (co_await after.next())["event"];
      const std::string type = event["event_type"].as_string();
      if (type == "state_changed" && event["data"]["old_state"].is_null()) ++appeared;
      if (type.starts_with("homeassistant") || type.starts_with("core")) kinds.push_back(type);
    }
    EXPECT_EQ(kinds, (std::vector<std::string>{"core_config_updated", "homeassistant_start",
                                               "core_config_updated", "homeassistant_started"}));
    EXPECT_EQ(appeared, 124u);
    config = co_await after.ask(R"({"id":6,"type":"get_config"})");
    EXPECT_EQ(config["result"]["state"], Json("RUNNING"));
    EXPECT_EQ(sim.home().state_text("switch.ac"), "on");
    EXPECT_EQ(sim.home().state_text("sensor.doubled_level"), "0.0");
    EXPECT_TRUE(restarted);
  }());
}

TEST_F(OnSocket, drops_connections_and_takes_new_ones) {
  run([this]() -> Task<> {
    Client client(co_await connect());
    co_await client.authenticate("right");
    sim.faults().drop();
    EXPECT_EQ(co_await client.end(), "net_closed");
    Client again(co_await connect());
    EXPECT_EQ((co_await again.authenticate("right"))["type"], Json("auth_ok"));
    sim.faults().refuse_token(true);
    Client refused(co_await connect());
    EXPECT_EQ((co_await refused.authenticate("right"))["type"], Json("auth_invalid"));
    sim.faults().unavailable(true);
    EXPECT_EQ((co_await fetch("/api/", "right")).status, 503);
  }());
}

TEST_F(OnSocket, half_open_is_silent_until_it_is_lifted_and_delays_are_kept) {
  run([this]() -> Task<> {
    Client client(co_await connect());
    co_await client.authenticate("right");
    sim.faults().half_open(true);
    bool silent = false;
    try {
      co_await timeout(client.ask(R"({"id":1,"type":"get_config"})"), 50ms);
    } catch (const TimeoutError&) {
      silent = true;
    }
    EXPECT_TRUE(silent);
    sim.faults().half_open(false);
    EXPECT_EQ((co_await client.next())["id"], Json(1));
    sim.faults().delay(40ms);
    const auto begin = loop.now();
    co_await client.ask(R"({"id":2,"type":"get_config"})");
    EXPECT_GE(loop.now() - begin, 40ms);
  }());
}

TEST_F(OnSocket, floods_no_faster_than_its_clients_read_and_loses_nothing) {
  for (int i = 0; i < 1000; ++i) sim.home().write(fmt::format("sensor.s{}", i), "0", {});
  run([this]() -> Task<> {
    Client client(co_await connect());
    co_await client.authenticate("right");
    co_await client.ask(
        R"({"id":1,"type":"supported_features","features":{"coalesce_messages":1}})");
    co_await client.ask(R"({"id":2,"type":"subscribe_events","event_type":"state_changed"})");
    std::uint64_t made = 0;
    fibers.spawn(async::intern_label("test", "flood"),
                 [](SimulatedHome* home, std::uint64_t* count) -> Task<> {
                   *count = co_await home->faults().flood({.events = 20'000});
                 }(&sim, &made));
    for (int i = 0; i < 20'000; ++i) {
      const Json message = co_await client.next();
      if (message["id"] != Json(2)) ADD_FAILURE() << message.dump();
    }
    EXPECT_EQ(made, 20'000u);
    EXPECT_EQ(sim.clients(), 1u);
  }());
}

TEST_F(OnSocket, sends_garbage_and_goes_on) {
  run([this]() -> Task<> {
    Client client(co_await connect());
    co_await client.authenticate("right");
    sim.faults().send_garbage(Garbage::kUnknownId);
    EXPECT_EQ((co_await client.next())["id"], Json(987654321));
    co_await client.next();
    sim.faults().send_garbage(Garbage::kTruncated);
    EXPECT_FALSE(json::parse(co_await client.socket().read()).has_value());
    EXPECT_EQ((co_await client.ask(R"({"id":1,"type":"get_config"})"))["success"], Json(true));
  }());
}

}  // namespace
}  // namespace hassette::sim
