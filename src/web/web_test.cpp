// The real server on loopback, asked by the real client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <hassette/error.hpp>
#include "async/bucket.hpp"
#include "async/loop.hpp"

#include "json/parse.hpp"
#include "log/log.hpp"
#include "log/ring_sink.hpp"
#include "net/asio_reactor.hpp"
#include "net/error.hpp"
#include "net/http.hpp"
#include "web/assets.hpp"
#include "web/web_server.hpp"

namespace hassette::web {
namespace {

using namespace std::chrono_literals;
using net::Header;
using net::HttpResponse;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kToken = "0123456789abcdef0123456789abcdef";
const Header kBearer{"Authorization", "Bearer " + kToken};

/// A client's loop beside the server's thread.
class WebTest : public testing::Test {
 protected:
  void SetUp() override { port = server.start(); }

  void run(Task<> task) {
    std::exception_ptr error;
    bool done = false;
    fibers.spawn(async::intern_label("test", "body"), watch(std::move(task), &done, &error));
    while (!done) loop.turn(true);
    loop.run_ready();
    if (error) std::rethrow_exception(error);
  }
  HttpResponse get(std::string target, std::vector<Header> headers = {},
                   std::string method = "GET") {
    HttpResponse response;
    run(fetch(
        this, &response,
        {.method = std::move(method), .target = std::move(target), .headers = std::move(headers)}));
    return response;
  }
  Json json(const HttpResponse& response) const {
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body).value();
  }
  net::Url url(std::string scheme, std::string target) const {
    return {.scheme = std::move(scheme),
            .host = "127.0.0.1",
            .port = port,
            .target = std::move(target)};
  }

  async::RealClock clock;
  telemetry::Board board{clock, "0.1.0"};
  WebServer server{board, {.port = 0, .token = Secret(kToken)}};
  std::uint16_t port = 0;
  net::AsioReactor reactor;
  async::Loop loop{clock, reactor};
  async::Bucket fibers{loop, {}};

 private:
  static Task<> watch(Task<> inner, bool* done, std::exception_ptr* error) {
    try {
      co_await std::move(inner);
    } catch (const std::exception&) {
      *error = std::current_exception();
    }
    *done = true;
  }
  static Task<> fetch(WebTest* test, HttpResponse* into, net::HttpRequest request) {
    *into =
        co_await net::http_fetch(test->loop, test->url("http", request.target), request, {}, 10s);
  }
};

TEST_F(WebTest, every_path_needs_a_credential) {
  for (const char* path :
       {"/", "/api/snapshot", "/api/health", "/api/live", "/nothing", "/favicon.ico"}) {
    const HttpResponse response = get(path);
    EXPECT_EQ(response.status, 401) << path;
    EXPECT_THAT(response.content_type, StartsWith("text/plain"));
    EXPECT_THAT(response.body, Not(HasSubstr(kToken)));
  }
  for (const Asset& asset : assets())
    EXPECT_EQ(get(std::string(asset.path)).status, 401) << asset.path;
}

TEST_F(WebTest, the_link_opens_the_page_with_all_its_files) {
  EXPECT_EQ(server.link(), server.address() + "?token=" + kToken);
  const HttpResponse redirect = get("/?token=" + kToken);
  ASSERT_EQ(redirect.status, 303);
  const std::string set_cookie(redirect.header("Set-Cookie"));
  EXPECT_THAT(set_cookie, HasSubstr("HttpOnly; SameSite=Lax"));
  const Header cookie{"Cookie", set_cookie.substr(0, set_cookie.find(';'))};

  const HttpResponse page = get("/", {cookie});
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.header("Cache-Control"), "no-store");
  std::size_t bytes = page.body.size();
  for (const Asset& asset : assets()) {
    if (asset.path == "/") continue;
    EXPECT_THAT(page.body, HasSubstr(asset.path.substr(1))) << "the page refers to it by its hash";
    const HttpResponse file = get(std::string(asset.path), {cookie});
    EXPECT_EQ(file.body, asset.body);
    EXPECT_EQ(file.content_type, asset.content_type);
    EXPECT_THAT(std::string(file.header("Cache-Control")), HasSubstr("immutable"));
    bytes += file.body.size();
  }
  EXPECT_LT(bytes, 60'000u) << "the first visit stays small";
}

TEST_F(WebTest, every_answer_carries_the_protecting_headers) {
  for (const char* path : {"/", "/api/snapshot", "/nothing"}) {
    for (const std::vector<Header>& headers :
         {std::vector<Header>{}, std::vector<Header>{kBearer}}) {
      const HttpResponse response = get(path, headers);
      EXPECT_THAT(std::string(response.header("Content-Security-Policy")),
                  HasSubstr("frame-ancestors 'none'"));
      EXPECT_THAT(std::string(response.header("Content-Security-Policy")),
                  Not(HasSubstr("unsafe")));
      EXPECT_EQ(response.header("X-Content-Type-Options"), "nosniff");
      EXPECT_EQ(response.header("Cache-Control"), "no-store");
    }
  }
}

TEST_F(WebTest, the_api_gives_the_board_and_a_verdict) {
  board.set_link({.state = telemetry::LinkState::kConnected});
  board.set_app_state("lights", telemetry::AppState::kRunning);
  auto meter = board.add_task({.app = "lights", .name = "motion"});
  const Json snapshot = json(get("/api/snapshot", {kBearer}));
  EXPECT_EQ(snapshot["link"]["state"], "connected");
  EXPECT_EQ(snapshot["apps"]["lights"]["tasks"]["1"]["name"], "motion");
  EXPECT_TRUE(snapshot["now"].is_int());
  EXPECT_EQ(json(get("/api/health", {kBearer}))["status"], "ok");
}

TEST_F(WebTest, health_is_degraded_without_the_link_or_with_a_bad_app) {
  const Json unlinked = json(get("/api/health", {kBearer}));
  EXPECT_EQ(unlinked["status"], "degraded");
  EXPECT_EQ(unlinked["link"], "connecting");
  board.set_link({.state = telemetry::LinkState::kConnected});
  board.set_app_state("lights", telemetry::AppState::kFailed, "no");
  const auto ask = [&] { return json(get("/api/health", {kBearer})); };
  Json health = ask();
  while (health["apps_bad"].empty()) health = ask();  // a snapshot is shared for a moment
  EXPECT_EQ(health["status"], "degraded");
  EXPECT_EQ(health["apps_bad"].at(0), "lights");
}

TEST_F(WebTest, reads_only_and_says_what_is_not_there) {
  EXPECT_EQ(get("/api/snapshot", {kBearer}, "POST").status, 405);
  EXPECT_EQ(get("/nothing", {kBearer}).status, 404);
  EXPECT_EQ(get("/assets/../etc/passwd", {kBearer}).status, 404);
  EXPECT_EQ(get("/api/live", {kBearer}).status, 426);
  EXPECT_EQ(get("/", {kBearer}, "HEAD").body, "");
}

TEST_F(WebTest, a_foreign_page_in_the_same_browser_gets_nothing) {
  EXPECT_EQ(get("/api/snapshot", {kBearer, {"Origin", "https://evil.example"}}).status, 403);
}

TEST_F(WebTest, a_port_in_use_is_one_clear_error) {
  WebServer second(board, {.port = port, .token = Secret(kToken)});
  try {
    second.start();
    ADD_FAILURE() << "two servers on one port";
  } catch (const net::NetError& error) {
    EXPECT_THAT(error.what(), HasSubstr("port " + std::to_string(port) + " is in use"));
  }
}

TEST_F(WebTest, stops_and_starts_again_on_a_free_port) {
  server.stop();
  port = server.start();
  EXPECT_EQ(get("/api/health", {kBearer}).status, 200);
}

TEST(WebServerToken, that_a_link_cannot_carry_is_refused) {
  const async::RealClock clock;
  const telemetry::Board board(clock, "0.1.0");
  EXPECT_THROW(WebServer(board, {.token = Secret("short")}), ConfigError);
  EXPECT_THROW(WebServer(board, {.token = Secret("0123456789abcdef; Path=/")}), ConfigError);
}

}  // namespace
}  // namespace hassette::web
