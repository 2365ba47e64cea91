#include "config/base_url.hpp"

#include <gtest/gtest.h>

namespace hassette::config {
namespace {

std::string text(std::string_view url) {
  return parse_base_url(url).value().str();
}
std::string wrong(std::string_view url) {
  const auto result = parse_base_url(url);
  return result ? "accepted: " + result->str() : result.error();
}

TEST(BaseUrl, is_taken_apart) {
  EXPECT_EQ(parse_base_url("https://ha.example.org:8443/prefix/"),
            (BaseUrl{.tls = true, .host = "ha.example.org", .port = 8443, .path = "/prefix"}));
  EXPECT_EQ(parse_base_url("http://192.168.1.5:8123"),
            (BaseUrl{.host = "192.168.1.5", .port = 8123}));
}

TEST(BaseUrl, takes_the_port_of_its_scheme_and_guesses_none) {
  EXPECT_EQ(parse_base_url("http://ha")->port, 80);
  EXPECT_EQ(parse_base_url("https://ha")->port, 443);
}

TEST(BaseUrl, understands_ipv6_in_brackets) {
  EXPECT_EQ(parse_base_url("http://[fe80::1%eth0]:8123")->host, "fe80::1%eth0");
  EXPECT_EQ(parse_base_url("http://[::1]:8123")->authority(), "[::1]:8123");
  EXPECT_EQ(wrong("http://::1:8123"),
            "`::1:8123` looks like an IPv6 address, which needs brackets: [::1:8123]");
  EXPECT_EQ(wrong("http://[::g]"), "`[::g]` is not an IPv6 address in brackets, such as [::1]");
  EXPECT_EQ(wrong("http://[::1"), "`[::1` is not an IPv6 address in brackets, such as [::1]");
  EXPECT_EQ(wrong("http://[::1]8123"), "what follows `]` must be a port, such as :8123");
}

TEST(BaseUrl, drops_quotes_spaces_and_slashes) {
  EXPECT_EQ(text(" \"http://ha:8123/\" "), "http://ha:8123");
  EXPECT_EQ(text("'HTTPS://ha:443//'"), "https://ha");
}

TEST(BaseUrl, refuses_with_a_sentence) {
  EXPECT_EQ(wrong(""), "is empty; write an address such as http://homeassistant.local:8123");
  EXPECT_EQ(wrong("ha.local:8123"),
            "has no scheme; put http:// or https:// in front, as in "
            "http://homeassistant.local:8123");
  EXPECT_EQ(wrong("ws://ha.local"),
            "has the scheme `ws`, but must start with http:// or https:// (the WebSocket's address "
            "follows from it)");
  EXPECT_EQ(wrong("http://"), "`` is not the name or address of a host");
  EXPECT_EQ(wrong("http://a b"), "`a b` is not the name or address of a host");
  EXPECT_EQ(wrong("http://ha:"), "`` is not a port, which is a number from 1 to 65535");
  EXPECT_EQ(wrong("http://ha:70000"), "`70000` is not a port, which is a number from 1 to 65535");
  EXPECT_EQ(wrong("http://ha:0"), "`0` is not a port, which is a number from 1 to 65535");
  EXPECT_EQ(wrong("http://ha/?a=b"),
            "has a query or a fragment; write no more than http://homeassistant.local:8123");
  EXPECT_EQ(wrong("http://ha:8123/api"),
            "ends with /api, which Hassette adds itself; leave it out");
}

TEST(BaseUrl, does_not_repeat_a_password) {
  EXPECT_EQ(wrong("http://me:hunter2@ha:8123"),
            "holds a user name or a password; Home Assistant takes neither, only the token");
}

}  // namespace
}  // namespace hassette::config
