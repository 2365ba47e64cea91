#include "net/url.hpp"

#include <gtest/gtest.h>

namespace hassette::net {
namespace {

TEST(Url, fills_in_the_default_port_and_the_root) {
  const auto plain = parse_url("http://homeassistant.local");
  ASSERT_TRUE(plain) << plain.error();
  EXPECT_EQ(*plain, (Url{"http", "homeassistant.local", 80, "/"}));
  EXPECT_EQ(parse_url("wss://example.org")->port, 443);
  EXPECT_TRUE(parse_url("wss://example.org")->secure());
  EXPECT_FALSE(parse_url("ws://example.org")->secure());
}

TEST(Url, takes_port_path_and_query_and_leaves_the_fragment) {
  const auto url = parse_url("HTTPS://Example.org:8123/api/states?x=1#top");
  ASSERT_TRUE(url) << url.error();
  EXPECT_EQ(*url, (Url{"https", "example.org", 8123, "/api/states?x=1"}));
  EXPECT_EQ(url->origin(), "https://example.org:8123");
  EXPECT_EQ(parse_url("http://h?x=1")->target, "/?x=1");
}

TEST(Url, knows_ipv6_literals) {
  const auto url = parse_url("http://[fe80::1]:8123/");
  ASSERT_TRUE(url) << url.error();
  EXPECT_EQ(url->host, "fe80::1");
  EXPECT_EQ(url->origin(), "http://[fe80::1]:8123");
  EXPECT_EQ(url->authority(), "[fe80::1]:8123");
  EXPECT_EQ(parse_url("https://[::1]")->authority(), "[::1]");
}

TEST(Url, keeps_the_zone_of_an_address_to_itself) {
  const auto url = parse_url("https://[FE80::1%enP2p1s0]:8123/");
  ASSERT_TRUE(url) << url.error();
  EXPECT_EQ(url->host, "fe80::1%enP2p1s0") << "the name of an interface has a case";
  EXPECT_EQ(url->origin(), "https://[fe80::1%enP2p1s0]:8123");
  EXPECT_EQ(url->authority(), "[fe80::1]:8123") << "the zone is no business of the other side's";
  EXPECT_EQ(without_zone("::1%lo"), "::1");
  EXPECT_EQ(without_zone("home.example"), "home.example");
  for (const char* bad : {"http://[%lo]/", "http://[::1%]/", "http://[::1%a/b]/", "http://[home]/",
                          "http://[1.2.3.4]/", "http://[::1%a%b]/", "http://home%lo/"}) {
    EXPECT_FALSE(parse_url(bad)) << bad;
  }
}

TEST(Url, says_what_is_wrong) {
  const auto sentence = [](std::string_view text) {
    const auto url = parse_url(text);
    return url ? std::string("accepted ") + url->origin() : url.error();
  };
  EXPECT_NE(sentence("homeassistant.local:8123").find("begins with its scheme"), std::string::npos);
  EXPECT_NE(sentence("ftp://x").find("'ftp' is no scheme"), std::string::npos);
  EXPECT_NE(sentence("http://x:port").find("'port' is no port"), std::string::npos);
  EXPECT_NE(sentence("http://x:65536").find("no port"), std::string::npos);
  EXPECT_NE(sentence("http://x:0").find("no port"), std::string::npos);
  EXPECT_NE(sentence("http://[::1").find("closing bracket"), std::string::npos);
  EXPECT_NE(sentence("http://[::1]x").find("only a port"), std::string::npos);
  EXPECT_NE(sentence("http://").find("no host name"), std::string::npos);
  EXPECT_NE(sentence("http://a b/").find("no host name"), std::string::npos);
  EXPECT_NE(sentence("http://h/a b").find("%20"), std::string::npos);
}

TEST(Url, never_repeats_a_password) {
  const auto url = parse_url("http://me:sesame@home/");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().find("sesame"), std::string::npos);
}

}  // namespace
}  // namespace hassette::net
