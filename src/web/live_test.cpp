// The live feed, read as a browser reads it: a bare socket, the upgrade, and text frames.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>

#include <hassette/error.hpp>

#include "json/parse.hpp"
#include "web/web_server.hpp"

namespace hassette::web {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kToken = "0123456789abcdef0123456789abcdef";

class Feed {
 public:
  Feed(std::uint16_t port, std::string_view headers)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{10, 0};
    EXPECT_EQ(setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const std::string request = fmt::format(
        "GET /api/live HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
        port, headers);
    EXPECT_EQ(send(fd_, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    while (head_.find("\r\n\r\n") == std::string::npos && receive(head_)) {
    }
    const std::size_t end = head_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    bytes_ = head_.substr(end + 4);
    head_.resize(end);
  }
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;
  ~Feed() { close(fd_); }

  const std::string& head() const { return head_; }

  Json next() {
    need(2);
    std::size_t length = byte(1);
    std::size_t at = 2;
    if (const std::size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0; extra > 0) {
      need(at + extra);
      length = 0;
      for (std::size_t i = 0; i < extra; ++i) length = length << 8 | byte(at + i);
      at += extra;
    }
    EXPECT_EQ(byte(0), 0x81u) << "a whole text message";
    need(at + length);
    const auto message = json::parse(std::string_view(bytes_).substr(at, length));
    bytes_.erase(0, at + length);
    return message.value();
  }
  /// The next message with a difference.
  Json next_patch() {
    for (;;) {
      if (const Json message = next(); message.contains("patch")) return message["patch"];
    }
  }

 private:
  unsigned byte(std::size_t at) const { return static_cast<unsigned char>(bytes_[at]); }
  void need(std::size_t count) {
    while (bytes_.size() < count) {
      if (!receive(bytes_)) throw Error("feed", "the feed ended");
    }
  }
  bool receive(std::string& into) const {
    std::array<char, 4096> part{};
    const ssize_t got = recv(fd_, part.data(), part.size(), 0);
    if (got > 0) into.append(part.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  int fd_;
  std::string head_;
  std::string bytes_;
};

class LiveTest : public testing::Test {
 protected:
  void SetUp() override { port = server.start(); }
  std::string own_origin() const { return fmt::format("Origin: http://127.0.0.1:{}\r\n", port); }
  std::string cookie() const { return fmt::format("Cookie: hassette_{}={}\r\n", port, kToken); }

  async::RealClock clock;
  telemetry::Board board{clock, "0.1.0"};
  WebServer server{board, {.port = 0, .token = Secret(kToken)}};
  std::uint16_t port = 0;
};

TEST_F(LiveTest, begins_with_everything_and_goes_on_with_differences) {
  board.set_app_state("lights", telemetry::AppState::kRunning);
  Feed feed(port, cookie() + own_origin());
  ASSERT_THAT(feed.head(), StartsWith("HTTP/1.1 101"));
  const Json first = feed.next();
  EXPECT_EQ(first["full"]["apps"]["lights"]["state"], "running");
  EXPECT_TRUE(first["now"].is_int());

  board.set_app_state("lights", telemetry::AppState::kFailed, "no lamp");
  const Json failed = feed.next_patch();
  EXPECT_EQ(failed["apps"]["lights"]["state"], "failed");
  EXPECT_EQ(failed["apps"]["lights"]["message"], "no lamp");
  EXPECT_FALSE(failed.contains("link")) << failed.dump();

  board.record({.time = clock.wall(), .what = "light.hall", .old_text = "on", .new_text = "off"});
  const Json event = feed.next_patch();
  EXPECT_EQ(event["events"]["1"]["what"], "light.hall");
  EXPECT_EQ(event["counts"]["events"], 1);
  board.remove_app("lights");
  const Json removed = feed.next_patch();
  EXPECT_TRUE(removed["apps"].contains("lights"));
  EXPECT_TRUE(removed["apps"]["lights"].is_null());
}

TEST_F(LiveTest, speaks_every_second_also_when_nothing_happens) {
  Feed feed(port, cookie() + own_origin());
  const Json first = feed.next();
  const Json second = feed.next();
  EXPECT_FALSE(second.contains("full"));
  EXPECT_GE(second["now"].as_int() - first["now"].as_int(), 900);
  EXPECT_LT(second["now"].as_int() - first["now"].as_int(), 8000);
}

TEST_F(LiveTest, names_who_holds_the_loop_while_it_is_held) {
  Feed feed(port, cookie() + own_origin());
  feed.next();
  board.set_loop_held(
      {&async::intern_label("lights", "motion"), std::chrono::milliseconds(120), false});
  const Json held = feed.next_patch();
  EXPECT_EQ(held["engine"]["blocked"]["app"], "lights");
  EXPECT_EQ(held["engine"]["blocked"]["task"], "motion");
}

TEST_F(LiveTest, a_flood_of_changes_is_pushed_four_times_a_second_at_most) {
  Feed feed(port, cookie() + own_origin());
  const auto begin = std::chrono::steady_clock::now();
  feed.next();
  for (int message = 0; message < 4; ++message) {
    for (int i = 0; i < 1000; ++i) board.record({.time = clock.wall(), .what = "light.hall"});
    feed.next_patch();
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(700));
}

TEST_F(LiveTest, is_refused_to_foreign_pages_and_without_credential) {
  EXPECT_THAT(Feed(port, own_origin()).head(), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(Feed(port, cookie() + "Origin: https://evil.example\r\n").head(),
              StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(Feed(port, cookie()).head(), StartsWith("HTTP/1.1 426"));
  EXPECT_THAT(Feed(port, fmt::format("Authorization: Bearer {}\r\n", kToken)).head(),
              StartsWith("HTTP/1.1 101"));
}

TEST_F(LiveTest, ends_when_the_server_stops) {
  Feed feed(port, cookie() + own_origin());
  feed.next();
  const auto begin = std::chrono::steady_clock::now();
  server.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_THROW(while (feed.next().is_object()){}, Error);
}

}  // namespace
}  // namespace hassette::web
