#include "net/server.hpp"

#include <boost/asio/ip/tcp.hpp>

#include "net/test_support.hpp"
#include "net/transport.hpp"

namespace hassette::net {
namespace {

using namespace std::chrono_literals;

class Servers : public NetTest {
 public:
  void SetUp() override {
    run([](Server* target) -> Task<> { co_await target->listen("127.0.0.1", 0); }(&server));
  }
  void TearDown() override { run(server.stop()); }

  HttpResponse fetch(HttpRequest request) {
    std::optional<HttpResponse> response;
    run([](Servers* test, HttpRequest asked, std::optional<HttpResponse>* out) -> Task<> {
      *out = co_await http_fetch(test->loop, local_url("http", test->server.port(), "/"),
                                 std::move(asked), {}, 10s);
    }(this, std::move(request), &response));
    return std::move(*response);
  }
  /// Sends bytes as they are and gives what comes back until the server closes or falls silent.
  std::string talk(std::string bytes) {
    std::string answer;
    run([](Servers* test, std::string sent, std::string* out) -> Task<> {
      const auto transport =
          co_await open_transport(&test->reactor.context(), "test", "127.0.0.1",
                                  test->server.port(), nullptr, false, deadline_in(5s));
      co_await Transport::write(transport, std::move(sent), deadline_in(5s));
      try {
        while (co_await Transport::fill(transport, deadline_in(150ms))) {
        }
      } catch (const NetError& error) {
        EXPECT_EQ(error.kind(), NetFault::kTimeout) << error.what();
        out->append("(open) ");
      }
      const auto data = transport->input().data();
      out->append(data.data(), data.size());
    }(this, std::move(bytes), &answer));
    return answer;
  }

  EchoHandlers handlers;
  Server server{loop, handlers, {}};
};

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_F(Servers, answer_requests) {
  const HttpResponse got = fetch({.target = "/a?b=1"});
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "GET /a?b=1 ");
  EXPECT_EQ(got.content_type, "text/plain");
  const HttpResponse posted = fetch({.method = "POST", .target = "/p", .body = "data"});
  EXPECT_EQ(posted.body, "POST /p data");
  EXPECT_EQ(fetch({.target = "/large"}).body.size(), 3u << 20);
}

TEST_F(Servers, answer_head_without_the_body) {
  const HttpResponse got = fetch({.method = "HEAD", .target = "/large"});
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "");
  EXPECT_EQ(got.header("content-length"), std::to_string(3u << 20));
}

TEST_F(Servers, keep_a_connection_for_several_requests) {
  const std::string request = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string last = "GET /y HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  const std::string got = talk(request + request + last);
  EXPECT_FALSE(holds(got, "(open)")) << got;
  EXPECT_NE(got.find("GET /x"), got.rfind("GET /x")) << got;
  EXPECT_TRUE(holds(got, "GET /y"));
  EXPECT_TRUE(holds(talk(request), "(open)"));
  EXPECT_FALSE(holds(talk("GET /x HTTP/1.0\r\n\r\n"), "(open)"));
}

TEST_F(Servers, refuse_what_is_not_http) {
  const std::string got = talk("this is not HTTP\r\n\r\n");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 400 Bad Request\r\n")) << got;
  EXPECT_TRUE(holds(got, "The request cannot be read"));
  EXPECT_TRUE(handlers.faults.empty());
}

TEST_F(Servers, refuse_bodies_and_headers_over_the_limit) {
  const std::string said = talk("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 70000\r\n\r\n" +
                                std::string(70'000, 'x'));
  EXPECT_TRUE(said.starts_with("HTTP/1.1 413 ")) << said;
  const std::string chunked =
      talk("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n11170\r\n" +
           std::string(70'000, 'x') + "\r\n0\r\n\r\n");
  EXPECT_TRUE(chunked.starts_with("HTTP/1.1 413 ")) << chunked;
  const std::string head = talk("GET / HTTP/1.1\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 431 ")) << head;
}

TEST_F(Servers, invite_a_body_that_waits_to_be_asked_for) {
  const std::string got =
      talk("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(got, "(open) HTTP/1.1 100 Continue\r\n\r\n");
}

TEST_F(Servers, take_chunked_bodies) {
  const std::string got = talk(
      "POST /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_TRUE(holds(got, "POST /c abcde")) << got;
}

TEST_F(Servers, answer_500_for_a_handler_that_throws) {
  EXPECT_EQ(fetch({.target = "/throw"}).status, 500);
  const HttpResponse split = fetch({.target = "/split"});
  EXPECT_EQ(split.status, 500);
  EXPECT_TRUE(split.header("Y").empty());
  ASSERT_EQ(handlers.faults.size(), 2u);
  EXPECT_EQ(handlers.faults[0], "/throw: the handler is broken");
}

TEST_F(Servers, refuse_a_websocket_that_is_asked_for_wrongly) {
  const std::string upgrade =
      "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  EXPECT_TRUE(holds(talk(upgrade + "Sec-WebSocket-Key: abc\r\nSec-WebSocket-Version: 8\r\n\r\n"),
                    "426 Upgrade Required"));
  const std::string opened = talk(
      upgrade + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  EXPECT_TRUE(holds(opened, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) << opened;
}

TEST_F(Servers, say_that_a_port_is_in_use) {
  run([](Servers* test) -> Task<> {
    Server second(test->loop, test->handlers, {});
    const std::string text =
        co_await expect_fault(NetFault::kOther, second.listen("127.0.0.1", test->server.port()));
    EXPECT_TRUE(holds(text, "is in use by another program")) << text;
    co_await second.stop();
  }(this));
}

TEST_F(Servers, tell_whether_this_machine_has_an_address_whatever_its_port_is_used_for) {
  run([](Servers* test) -> Task<> {
    co_await Server::expect_address(&test->loop, "127.0.0.1", test->server.port());
    const std::string text = co_await expect_fault(
        NetFault::kOther, Server::expect_address(&test->loop, "192.0.2.1", 8126));
    EXPECT_TRUE(holds(text, "192.0.2.1:8126: this machine has no such address")) << text;
  }(this));
}

TEST_F(Servers, turn_away_connections_over_the_limit) {
  run([](Servers* test) -> Task<> {
    Server small(test->loop, test->handlers, {.max_connections = 1});
    const std::uint16_t port = co_await small.listen("127.0.0.1", 0);
    WebSocket first = co_await connect_websocket(test->loop, local_url("ws", port, "/ws"), {}, {});
    const HttpResponse second =
        co_await http_fetch(test->loop, local_url("http", port, "/"), {}, {}, 5s);
    EXPECT_EQ(second.status, 503);
    co_await small.stop();
  }(this));
}

TEST_F(Servers, refuse_a_request_that_names_two_hosts) {
  const std::string got = talk("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 400 ")) << got;
  EXPECT_TRUE(holds(got, "names two hosts")) << got;
}

/// Opens a connection, which says nothing yet.
Task<std::shared_ptr<Transport>> visit(Servers* test, std::uint16_t port) {
  co_return co_await open_transport(&test->reactor.context(), "test", "127.0.0.1", port, nullptr,
                                    false, deadline_in(5s));
}

/// Whether the server answers the request with this status.
Task<bool> answers(std::shared_ptr<Transport> peer, std::string target, std::string status) {
  co_await Transport::write(peer, "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n",
                            deadline_in(5s));
  while (co_await Transport::fill(peer, deadline_in(5s))) {
    const std::string_view got(peer->input().data().data(), peer->input().size());
    if (holds(got, "\r\n\r\n")) co_return got.starts_with("HTTP/1.1 " + status);
  }
  co_return false;
}

TEST_F(Servers, give_the_place_of_the_oldest_that_was_granted_nothing_to_a_new_connection) {
  run([](Servers* test) -> Task<> {
    Server small(test->loop, test->handlers, {.max_connections = 3});
    const std::uint16_t port = co_await small.listen("127.0.0.1", 0);
    WebSocket granted =
        co_await connect_websocket(test->loop, local_url("ws", port, "/ws"), {}, {});
    const auto refused = co_await visit(test, port);
    EXPECT_TRUE(co_await answers(refused, "/throw", "500"));
    std::vector<std::shared_ptr<Transport>> silent;
    for (int i = 0; i < 20; ++i) silent.push_back(co_await visit(test, port));
    // Twenty who say nothing keep nobody out: each took the place of one before it.
    const auto late = co_await visit(test, port);
    EXPECT_TRUE(co_await answers(late, "/", "200"));
    EXPECT_FALSE(co_await Transport::fill(refused, deadline_in(5s)));
    EXPECT_FALSE(co_await Transport::fill(silent.front(), deadline_in(5s)));
    co_await granted.write("still here");
    EXPECT_EQ(co_await granted.read(), "still here");
    EXPECT_LE(small.connections(), 3u);
    co_await small.stop();
  }(this));
}

TEST_F(Servers, wait_longer_for_a_second_request_than_for_the_first) {
  run([](Servers* test) -> Task<> {
    Server hasty(test->loop, test->handlers, {.first_request = 300ms, .idle = 60s});
    const std::uint16_t port = co_await hasty.listen("127.0.0.1", 0);
    const auto busy = co_await visit(test, port);
    EXPECT_TRUE(co_await answers(busy, "/", "200"));
    const auto silent = co_await visit(test, port);
    EXPECT_FALSE(co_await Transport::fill(silent, deadline_in(5s)));
    busy->input().consume(busy->input().size());
    EXPECT_TRUE(co_await answers(busy, "/", "200")) << "its connection is kept";
    co_await hasty.stop();
  }(this));
}

TEST_F(Servers, drop_a_connection_that_stays_idle) {
  run([](Servers* test) -> Task<> {
    Server hasty(test->loop, test->handlers, {.first_request = 0ms});
    const std::uint16_t port = co_await hasty.listen("127.0.0.1", 0);
    const auto silent = co_await open_transport(&test->reactor.context(), "test", "127.0.0.1", port,
                                                nullptr, false, deadline_in(5s));
    EXPECT_FALSE(co_await Transport::fill(silent, deadline_in(5s)));
    co_await hasty.stop();
  }(this));
}

TEST_F(Servers, stop_with_requests_under_way) {
  run([](Servers* test) -> Task<> {
    const auto stop = [](Servers* target) -> Task<> {
      while (target->server.connections() == 0) co_await yield();
      co_await yield();
      co_await target->server.stop();
    };
    co_await when_all(
        expect_fault(NetFault::kClosed,
                     http_fetch(test->loop, local_url("http", test->server.port(), "/wait"),
                                {.target = "/wait"}, {}, 10s)),
        stop(test));
  }(this));
}

TEST_F(Servers, may_be_destroyed_without_being_stopped_at_any_step) {
  for (int steps = 1; steps < 40; ++steps) {
    {
      Server doomed(loop, handlers, {});
      std::uint16_t port = 0;
      run([](Server* target, std::uint16_t* out) -> Task<> {
        *out = co_await target->listen("127.0.0.1", 0);
      }(&doomed, &port));
      async::Bucket clients(loop, nullptr);
      clients.spawn(label, [](Servers* test, std::uint16_t to) -> Task<> {
        co_await http_fetch(test->loop, local_url("http", to, "/wait"), {.target = "/wait"}, {},
                            5s);
      }(this, port));
      for (int i = 0; i < steps; ++i) loop.turn(false);
    }
    settle();
  }
}

TEST_F(Servers, time_out_a_fetch_in_real_time) {
  run([](Servers* test) -> Task<> {
    co_await expect_fault(NetFault::kTimeout,
                          http_fetch(test->loop, local_url("http", test->server.port(), "/wait"),
                                     {.target = "/wait"}, {}, 50ms));
  }(this));
}

}  // namespace
}  // namespace hassette::net
