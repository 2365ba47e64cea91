// Pages that ask for the live feed and do not take it, and visitors who say nothing.
#include <gmock/gmock.h>

#include "net/test_support.hpp"
#include "web/site.hpp"
#include "web/web_server.hpp"

namespace hassette::web {
namespace {

using namespace std::chrono_literals;

const std::string kToken = "0123456789abcdef0123456789abcdef";

/// The site on the test's own loop, so that its server can be frozen: as for a page that takes
/// nothing.
class SlowPage : public net::NetTest {
 public:
  void SetUp() override {
    run([](SlowPage* test) -> Task<> {
      test->port = co_await test->server.listen("127.0.0.1", 0);
    }(this));
  }
  void TearDown() override { run(server.stop()); }

  telemetry::Board board{clock, "0.1.0"};
  Site site{board, Secret(kToken), {}, 50ms};
  net::Server server{loop, site, {}};
  std::uint16_t port = 0;
};

Task<std::shared_ptr<net::Transport>> visit(SlowPage* test, std::string request) {
  auto peer = co_await net::open_transport(&test->reactor.context(), "test", "127.0.0.1",
                                           test->port, nullptr, false, net::deadline_in(5s));
  co_await net::Transport::write(peer, std::move(request), net::deadline_in(5s));
  co_return peer;
}

TEST_F(SlowPage, that_takes_nothing_of_the_feed_is_dropped) {
  run([](SlowPage* test) -> Task<> {
    const auto page = co_await visit(
        test,
        "GET /api/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        "dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer " +
            kToken + "\r\n\r\n");
    const auto heard = [&] {
      return std::string_view(page->input().data().data(), page->input().size());
    };
    while (heard().find("\"full\"") == std::string_view::npos) {
      co_await net::Transport::fill(page, net::deadline_in(5s));
    }
    EXPECT_EQ(test->server.connections(), 1u);
    test->server.freeze(true);
    // A beat is due each second; the one that is not taken within 50 ms is the last.
    const auto limit = std::chrono::steady_clock::now() + 5s;
    while (test->server.connections() > 0 && std::chrono::steady_clock::now() < limit) {
      co_await yield();
    }
    EXPECT_EQ(test->server.connections(), 0u);
    test->server.freeze(false);
  }(this));
}

class SilentVisitors : public net::NetTest {
 public:
  telemetry::Board board{clock, "0.1.0"};
  WebServer server{board, {.port = 0, .token = Secret(kToken)}};
};

TEST_F(SilentVisitors, shut_nobody_out) {
  const std::uint16_t port = server.start();
  run([](SilentVisitors* test, std::uint16_t to) -> Task<> {
    std::vector<std::shared_ptr<net::Transport>> silent;
    for (int i = 0; i < 100; ++i) {
      silent.push_back(co_await net::open_transport(&test->reactor.context(), "test", "127.0.0.1",
                                                    to, nullptr, false, net::deadline_in(5s)));
    }
    const net::HttpResponse page = co_await net::http_fetch(
        test->loop, net::local_url("http", to, "/"),
        {.target = "/api/health", .headers = {{"Authorization", "Bearer " + kToken}}}, {}, 5s);
    EXPECT_EQ(page.status, 200);
  }(this, port));
  server.stop();
}

}  // namespace
}  // namespace hassette::web
