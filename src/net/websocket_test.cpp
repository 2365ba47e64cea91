#include "net/websocket.hpp"

#include "net/random.hpp"
#include "net/test_support.hpp"

namespace hassette::net {
namespace {

using namespace std::chrono_literals;

class WebSockets : public NetTest {
 public:
  void SetUp() override {
    run([](Server* server) -> Task<> { co_await server->listen("127.0.0.1", 0); }(&server));
  }
  void TearDown() override {
    run(server.stop());
    EXPECT_EQ(handlers.open, 0);
    EXPECT_EQ(server.connections(), 0u);
  }
  Url url(std::string target = "/ws") { return local_url("ws", server.port(), std::move(target)); }
  [[clang::coro_wrapper]] Task<WebSocket> connect(WebSocketLimits limits = {}) {
    return connect_websocket(loop, url(), {}, limits);
  }

  std::vector<std::shared_ptr<Transport>> peers;  // of servers that a test plays
  EchoHandlers handlers;
  Server server{loop, handlers, {}};
};

TEST_F(WebSockets, carry_messages_both_ways) {
  run([](WebSockets* test) -> Task<> {
    WebSocket socket = co_await test->connect();
    for (const std::size_t size : {0u, 1u, 125u, 126u, 65'535u, 65'536u, 4u << 20}) {
      co_await socket.write(std::string(size, 'm'));
      EXPECT_EQ(co_await socket.read(), std::string(size, 'm'));
    }
    EXPECT_EQ(socket.unsent(), 0u);
  }(this));
}

TEST_F(WebSockets, keep_the_order_of_the_calls_that_write) {
  constexpr int kWriters = 300;
  run([](WebSockets* test) -> Task<> {
    WebSocket socket = co_await test->connect();
    std::vector<Task<>> writes;
    for (int i = 0; i < kWriters; ++i) {
      writes.push_back(socket.write(std::to_string(i) + std::string(i % 7 == 0 ? 20'000 : 3, '.')));
    }
    std::vector<Task<>> both;
    both.push_back(when_all(std::move(writes)));
    both.push_back([](WebSocket* from) -> Task<> {
      for (int i = 0; i < kWriters; ++i) {
        const std::string text(co_await from->read());
        EXPECT_EQ(text.substr(0, text.find('.')), std::to_string(i));
      }
    }(&socket));
    co_await when_all(std::move(both));
  }(this));
}

TEST_F(WebSockets, give_whole_messages_that_have_arrived_without_awaiting) {
  run([](WebSockets* test) -> Task<> {
    WebSocket socket = co_await test->connect();
    EXPECT_FALSE(socket.try_read());
    co_await socket.write("one");
    EXPECT_EQ(co_await socket.read(), "one");
    EXPECT_FALSE(socket.try_read());
  }(this));
}

TEST_F(WebSockets, refuse_a_message_over_the_limit_and_tell_the_peer) {
  run([](WebSockets* test) -> Task<> {
    WebSocket small = co_await test->connect({.max_message = 1000});
    co_await small.write(std::string(1001, 'x'));
    const std::string text = co_await expect_fault(NetFault::kTooLarge, small.read());
    EXPECT_NE(text.find("larger"), std::string::npos);

    WebSocket large = co_await test->connect();
    co_await large.write(std::string((4u << 20) + 1, 'x'));  // the server's own limit
    const std::string reason = co_await expect_fault(NetFault::kClosed, large.read());
    EXPECT_NE(reason.find("1009"), std::string::npos) << reason;
  }(this));
}

TEST_F(WebSockets, close_politely) {
  run([](WebSockets* test) -> Task<> {
    WebSocket socket = co_await test->connect();
    co_await socket.write("unread");
    co_await socket.close(1000, "done");
    co_await expect_fault(NetFault::kClosed, socket.read());
    co_await expect_fault(NetFault::kClosed, socket.write("late"));
  }(this));
  run_while([&] { return handlers.open > 0; });
}

TEST_F(WebSockets, close_while_another_task_reads) {
  run([](WebSockets* test) -> Task<> {
    WebSocket socket = co_await test->connect();
    co_await when_all(expect_fault(NetFault::kClosed, socket.read()), socket.close(1001, "bye"));
  }(this));
}

TEST_F(WebSockets, end_every_pending_call_when_aborted) {
  run([](WebSockets* test) -> Task<> {
    WebSocket socket = co_await test->connect();
    test->server.freeze(true);
    const auto abort = [](WebSocket* target) -> Task<> {
      co_await yield();
      target->abort();
    };
    co_await when_all(expect_fault(NetFault::kClosed, socket.read()),
                      expect_fault(NetFault::kClosed, socket.write(std::string(32u << 20, 'x'))),
                      abort(&socket));
    EXPECT_EQ(socket.unsent() > 0, true);
    test->server.freeze(false);
  }(this));
}

TEST_F(WebSockets, leave_nothing_behind_when_a_read_is_cancelled_and_can_be_read_again) {
  run([](WebSockets* test) -> Task<> {
    WebSocket socket = co_await test->connect();
    for (int i = 0; i < 20; ++i) {
      const auto raced = co_await when_any(socket.read(), yield());
      EXPECT_EQ(raced.index(), 1u);
    }
    co_await socket.write("still here");
    EXPECT_EQ(co_await socket.read(), "still here");
  }(this));
}

TEST_F(WebSockets, can_be_cancelled_at_every_step_of_connecting) {
  for (int steps = 1; steps < 30; ++steps) {
    const std::uint64_t number = spawn([](WebSockets* test) -> Task<> {
      WebSocket socket = co_await test->connect();
      co_await socket.read();
    }(this));
    for (int i = 0; i < steps; ++i) loop.turn(false);
    fibers.cancel(number, CancelReason::kRequested);
    run_while([&] { return fibers.contains(number); });
  }
}

TEST_F(WebSockets, may_lose_the_frame_that_reads_or_connects_at_any_step) {
  for (int steps = 1; steps < 40; ++steps) {
    {
      async::Bucket doomed(loop, nullptr);
      doomed.spawn(label, [](WebSockets* test) -> Task<> {
        WebSocket socket = co_await test->connect();
        co_await socket.write("hello");
        for (;;) co_await socket.read();
      }(this));
      for (int i = 0; i < steps; ++i) loop.turn(false);
    }
    settle();
  }
}

TEST_F(WebSockets, fail_with_the_status_of_an_answer_that_opens_none) {
  const std::string text = [&] {
    std::string said;
    run([](WebSockets* test, std::string* out) -> Task<> {
      try {
        co_await connect_websocket(test->loop, test->url("/elsewhere"), {}, {});
      } catch (const NetError& error) {
        EXPECT_EQ(error.kind(), NetFault::kHttp);
        EXPECT_EQ(error.http_status(), 200);
        *out = error.what();
      }
    }(this, &said));
    return said;
  }();
  EXPECT_NE(text.find("instead of opening a WebSocket"), std::string::npos) << text;
}

TEST_F(WebSockets, are_refused_where_nothing_listens) {
  run([](WebSockets* test) -> Task<> {
    WebSocket before = co_await test->connect();
    test->server.set_accepting(false);
    co_await expect_fault(NetFault::kRefused, test->connect());
    co_await before.write("kept");
    EXPECT_EQ(co_await before.read(), "kept");
    test->server.set_accepting(true);
    WebSocket after = co_await test->connect();
    co_await after.write("back");
    EXPECT_EQ(co_await after.read(), "back");
  }(this));
}

TEST_F(WebSockets, time_out_against_a_server_that_is_silent) {
  run([](WebSockets* test) -> Task<> {
    test->server.freeze(true);
    co_await expect_fault(NetFault::kTimeout, test->connect({.connect_timeout = 30ms}));
    test->server.freeze(false);
  }(this));
}

TEST_F(WebSockets, stand_still_while_the_server_is_frozen) {
  run([](WebSockets* test) -> Task<> {
    WebSocket socket = co_await test->connect();
    co_await socket.write("warm");
    co_await socket.read();
    test->server.freeze(true);
    co_await socket.write("cold");
    const auto raced = co_await when_any(socket.read(), sleep(30ms));
    EXPECT_EQ(raced.index(), 1u);
    test->server.freeze(false);
    EXPECT_EQ(co_await socket.read(), "cold");
  }(this));
}

TEST_F(WebSockets, are_dropped_when_the_peer_takes_too_little) {
  run([](WebSockets* test) -> Task<> {
    WebSocket socket = co_await test->connect({.max_unsent = 40u << 20});
    test->server.freeze(true);
    // One message always fits, however large; what it leaves waiting is what counts.
    const auto overflow = [](WebSocket* to) -> Task<> {
      co_await yield();
      EXPECT_GT(to->unsent(), 32u << 20);
      const std::string said =
          co_await expect_fault(NetFault::kClosed, to->write(std::string(16u << 20, 'y')));
      EXPECT_NE(said.find("the peer takes too little"), std::string::npos) << said;
    };
    co_await when_all(expect_fault(NetFault::kClosed, socket.write(std::string(50u << 20, 'x'))),
                      overflow(&socket));
    co_await expect_fault(NetFault::kClosed, socket.read());
    test->server.freeze(false);
  }(this));
}

/// Opens a WebSocket to a server that a test plays: `answer` is what it says, where KEY stands for
/// the right answer to the client's key.
Task<WebSocket> connect_to(WebSockets* test, std::string answer) {
  Listener listener(test->reactor.context());
  const auto play = [](WebSockets* from, Listener* at, std::string said) -> Task<> {
    const auto peer = co_await at->accept();
    from->peers.push_back(peer);
    const auto heard = [&] {
      return std::string(peer->input().data().data(), peer->input().size());
    };
    while (!heard().ends_with("\r\n\r\n")) co_await Transport::fill(peer, deadline_in(5s));
    const std::string head = heard();
    const std::string_view name = "Sec-WebSocket-Key: ";
    const std::string key = head.substr(head.find(name) + name.size(), 24);
    said.replace(said.find("KEY"), 3, accept_websocket_key(key));
    co_await Transport::write(peer, std::move(said), deadline_in(5s));
  };
  std::optional<WebSocket> opened;
  std::exception_ptr error;
  const auto open = [](WebSockets* from, std::uint16_t port, std::optional<WebSocket>* into,
                       std::exception_ptr* why) -> Task<> {
    try {
      into->emplace(co_await connect_websocket(from->loop, local_url("ws", port, "/ws"), {}, {}));
    } catch (const NetError&) {
      *why = std::current_exception();
    }
  };
  std::vector<Task<>> both;
  both.push_back(play(test, &listener, std::move(answer)));
  both.push_back(open(test, listener.port(), &opened, &error));
  co_await when_all(std::move(both));
  if (error) std::rethrow_exception(error);
  co_return std::move(*opened);
}

const std::string kSwitch = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: KEY\r\n";

TEST_F(WebSockets, count_what_they_receive_also_of_half_a_message) {
  run([](WebSockets* test) -> Task<> {
    WebSocket socket = co_await connect_to(test, kSwitch +
                                                     "upgrade: WebSocket\r\n"
                                                     "connection: keep-alive, Upgrade\r\n\r\n"
                                                     "\x81\x05he");
    while (!socket.is_receiving()) {
      EXPECT_EQ((co_await when_any(socket.read(), yield())).index(), 1u);
    }
    EXPECT_GE(socket.received(), 100u);
  }(this));
}

TEST_F(WebSockets, are_not_opened_by_an_answer_that_switches_to_something_else) {
  run([](WebSockets* test) -> Task<> {
    for (const char* wrong :
         {"", "Upgrade: h2c\r\nConnection: Upgrade\r\n", "Upgrade: websocket\r\n",
          "Upgrade: websocket\r\nConnection: close\r\n"}) {
      const std::string said =
          co_await expect_fault(NetFault::kProtocol, connect_to(test, kSwitch + wrong + "\r\n"));
      EXPECT_NE(said.find("is a proxy between?"), std::string::npos) << said;
    }
  }(this));
}

TEST_F(WebSockets, see_that_the_server_dropped_them) {
  run([](WebSockets* test) -> Task<> {
    WebSocket socket = co_await test->connect();
    const auto drop = [](Server* target) -> Task<> {
      co_await yield();
      target->drop_all();
    };
    co_await when_all(expect_fault(NetFault::kClosed, socket.read()), drop(&test->server));
    co_await expect_fault(NetFault::kClosed, socket.write("x"));
  }(this));
}

TEST_F(WebSockets, are_cancelled_when_the_server_stops) {
  run([](WebSockets* test) -> Task<> {
    WebSocket socket = co_await test->connect();
    co_await socket.write("x");
    co_await socket.read();
    EXPECT_EQ(test->handlers.open, 1);
    co_await test->server.stop();
    EXPECT_EQ(test->handlers.open, 0);
    co_await expect_fault(NetFault::kClosed, socket.read());
    co_await expect_fault(NetFault::kRefused, test->connect());
  }(this));
}

TEST_F(WebSockets, say_which_name_has_no_address) {
  run([](WebSockets* test) -> Task<> {
    const std::string text = co_await expect_fault(
        NetFault::kResolve,
        connect_websocket(test->loop, {"ws", "no-such-host.invalid", 8123, "/"}, {}, {}));
    EXPECT_NE(text.find("ws://no-such-host.invalid:8123"), std::string::npos) << text;
  }(this));
}

}  // namespace
}  // namespace hassette::net
