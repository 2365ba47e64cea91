#include "web/access.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "web/patch.hpp"
#include "web/token.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hassette::web {
namespace {

using net::HttpRequest;
using testing::HasSubstr;
using testing::Not;

const std::string kToken = "0123456789abcdef0123456789abcdef";

class AccessTest : public testing::Test {
 protected:
  AccessTest() { access.set_port(8126); }
  static HttpRequest request(std::vector<net::Header> headers, std::string target = "/") {
    headers.push_back({"Host", "127.0.0.1:8126"});
    return {.target = std::move(target), .headers = std::move(headers)};
  }
  int status(const HttpRequest& asked) const {
    const auto refused = access.refusal(asked);
    return refused ? refused->status : 200;
  }
  Access access{Secret(kToken), {"Pi.local"}};
  const net::Header cookie{"Cookie", "a=b; hassette_8126=" + kToken + "; c=d"};
  const net::Header bearer{"Authorization", "Bearer " + kToken};
};

TEST_F(AccessTest, nothing_passes_without_the_token_and_the_refusal_says_how_to_get_it) {
  EXPECT_EQ(status(request({})), 401);
  EXPECT_EQ(status(request({{"Cookie", "hassette_8126="}})), 401);
  EXPECT_EQ(status(request({{"Cookie", "hassette_8126=" + kToken + "0"}})), 401);
  EXPECT_EQ(status(request({{"Cookie", "hassette_8127=" + kToken}})), 401);
  EXPECT_EQ(status(request({{"Cookie", "xhassette_8126=" + kToken}})), 401);
  EXPECT_EQ(status(request({{"Authorization", "Bearer "}})), 401);
  EXPECT_EQ(status(request({{"Authorization", "Basic " + kToken}})), 401);
  EXPECT_EQ(status(request({}, "/api/snapshot?token=" + kToken)), 401)
      << "only the page has a link";
  const auto refused = access.refusal(request({}));
  EXPECT_THAT(refused->body, HasSubstr("?token="));
  EXPECT_THAT(refused->body, Not(HasSubstr(kToken)));
}

TEST_F(AccessTest, the_cookie_and_the_bearer_pass) {
  EXPECT_EQ(status(request({cookie})), 200);
  EXPECT_EQ(status(request({bearer})), 200);
}

TEST_F(AccessTest, the_link_sets_a_cookie_and_leads_to_the_clean_address) {
  const auto admitted = access.admission(request({}, "/?x=1&token=" + kToken));
  ASSERT_TRUE(admitted);
  EXPECT_EQ(admitted->status, 303);
  EXPECT_EQ(admitted->header("Location"), ".");
  EXPECT_EQ(admitted->header("Set-Cookie"),
            "hassette_8126=" + kToken + "; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax");
}

TEST_F(AccessTest, a_wrong_link_admits_nobody_but_sends_nobody_away) {
  EXPECT_FALSE(access.admission(request({}, "/?token=wrong")));
  EXPECT_FALSE(access.admission(request({}, "/?token=")));
  EXPECT_FALSE(access.admission(request({}, "/")));
  const auto known = access.admission(request({cookie}, "/?token=old"));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->status, 303);
  EXPECT_EQ(known->header("Set-Cookie"), "");
}

TEST_F(AccessTest, a_name_that_somebody_else_may_resolve_is_refused) {
  for (const char* good : {"localhost", "localhost:8126", "127.0.0.1", "192.168.1.5:80",
                           "[::1]:8126", "[fd00::5]", "pi.LOCAL:8126"}) {
    HttpRequest asked{.headers = {cookie, {"Host", good}}};
    EXPECT_EQ(status(asked), 200) << good;
  }
  for (const char* bad :
       {"evil.example", "evil.example:8126", "127.0.0.1.evil.example", "", "[", "[]",
        "localhost.evil.example", "1.2.3", "[::1].evil.example", "[::1]:80.evil.example",
        "127.0.0.1:evil.example", "localhost:80:evil.example", "[::1", "[::1]x"}) {
    HttpRequest asked{.headers = {cookie, {"Host", bad}}, .target = "/?token=" + kToken};
    EXPECT_EQ(status(asked), 403) << bad;
    EXPECT_FALSE(access.admission(asked)) << bad;
  }
}

TEST_F(AccessTest, a_foreign_page_is_refused_with_and_without_credential) {
  EXPECT_EQ(status(request({cookie, {"Origin", "http://127.0.0.1:8126"}})), 200);
  EXPECT_EQ(status(request({cookie, {"Origin", "http://127.0.0.1:9999"}})), 403);
  EXPECT_EQ(status(request({cookie, {"Origin", "https://evil.example"}})), 403);
  EXPECT_EQ(status(request({cookie, {"Origin", "null"}})), 403);
}

TEST_F(AccessTest, a_websocket_needs_our_own_origin_or_a_bearer) {
  EXPECT_TRUE(access.may_open_websocket(request({cookie, {"Origin", "http://127.0.0.1:8126"}})));
  EXPECT_TRUE(access.may_open_websocket(request({bearer})));
  EXPECT_FALSE(access.may_open_websocket(request({cookie})));
  EXPECT_FALSE(access.may_open_websocket(request({{"Origin", "http://127.0.0.1:8126"}})));
  EXPECT_FALSE(access.may_open_websocket(request({cookie, {"Origin", "https://evil.example"}})));
}

TEST(Target, is_taken_apart) {
  EXPECT_EQ(path_of("/a/b?c=d"), "/a/b");
  EXPECT_EQ(path_of("/a"), "/a");
  EXPECT_EQ(query_value("/?a=1&token=x&b", "token"), "x");
  EXPECT_EQ(query_value("/?xtoken=1&tokenx=2", "token"), std::nullopt);
  EXPECT_EQ(query_value("/?token", "token"), std::nullopt);
  EXPECT_EQ(query_value("/?token=", "token"), "");
}

class TokenTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto pattern = std::filesystem::temp_directory_path() / "hassette-token-XXXXXX";
    std::string name = pattern.string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  static unsigned mode_of(const std::filesystem::path& path) {
    return static_cast<unsigned>(std::filesystem::status(path).permissions());
  }
  std::filesystem::path folder;
};

TEST_F(TokenTest, is_made_once_and_kept_for_its_owner_alone) {
  const Secret first = load_or_make_token(folder / "data");
  EXPECT_EQ(first.reveal().size(), 64u);
  EXPECT_TRUE(load_or_make_token(folder / "data") == first);
  EXPECT_EQ(mode_of(folder / "data" / kTokenFile), 0600u);
  EXPECT_FALSE(make_token() == make_token());
}

TEST_F(TokenTest, permissions_that_are_too_wide_are_taken_back) {
  const Secret first = load_or_make_token(folder);
  ASSERT_EQ(chmod((folder / kTokenFile).c_str(), 0644), 0);
  EXPECT_TRUE(load_or_make_token(folder) == first);
  EXPECT_EQ(mode_of(folder / kTokenFile), 0600u);
}

TEST_F(TokenTest, a_link_or_a_pipe_in_its_place_is_replaced_and_not_followed) {
  const std::string known(64, 'a');
  std::ofstream(folder / "elsewhere") << known;
  std::filesystem::create_symlink(folder / "elsewhere", folder / kTokenFile);
  std::filesystem::create_symlink(folder / "elsewhere",
                                  folder / (std::string(kTokenFile) + ".new"));
  const Secret token = load_or_make_token(folder);
  EXPECT_FALSE(token == Secret(known));
  EXPECT_TRUE(
      std::filesystem::is_regular_file(std::filesystem::symlink_status(folder / kTokenFile)));
  std::string kept;
  std::ifstream(folder / "elsewhere") >> kept;
  EXPECT_EQ(kept, known) << "and nothing was written through the link";
  EXPECT_TRUE(load_or_make_token(folder) == token);

  std::filesystem::remove(folder / kTokenFile);
  ASSERT_EQ(mkfifo((folder / kTokenFile).c_str(), 0600), 0);
  EXPECT_EQ(load_or_make_token(folder).reveal().size(), 64u) << "without waiting for a writer";
}

TEST_F(TokenTest, a_file_of_another_user_is_replaced) {
  if (geteuid() != 0) return;  // only root can give a file away
  const std::string known(64, 'a');
  std::ofstream(folder / kTokenFile) << known;
  ASSERT_EQ(chown((folder / kTokenFile).c_str(), 12345, 12345), 0);
  EXPECT_FALSE(load_or_make_token(folder) == Secret(known));
}

TEST_F(TokenTest, a_file_that_holds_no_token_is_replaced) {
  std::ofstream(folder / kTokenFile) << "short";
  EXPECT_EQ(load_or_make_token(folder).reveal().size(), 64u);
  EXPECT_EQ(mode_of(folder / kTokenFile), 0600u);
}

TEST_F(TokenTest, a_folder_that_cannot_be_written_still_gives_a_token) {
  std::ofstream(folder / "file") << "in the way";
  EXPECT_EQ(load_or_make_token(folder / "file").reveal().size(), 64u);
}

TEST(Token, holds_only_what_links_and_cookies_carry) {
  EXPECT_TRUE(is_usable_token("0123456789abcdef"));
  EXPECT_FALSE(is_usable_token("0123456789abcde"));
  EXPECT_FALSE(is_usable_token("0123456789abcdef;"));
  EXPECT_FALSE(is_usable_token("0123456789 abcdef"));
}

TEST(Patch, holds_what_changed_and_nothing_else) {
  const Json from = {{"a", 1}, {"b", {{"c", 2}, {"d", 3}}}, {"e", {{"f", 1}}}, {"g", "x"}};
  EXPECT_EQ(merge_patch(from, from), Json::object());
  const Json to = {{"a", 1}, {"b", {{"c", 2}, {"d", 4}}}, {"g", Json::array({1, 2})}, {"h", true}};
  const Json expected = {
      {"b", {{"d", 4}}}, {"g", Json::array({1, 2})}, {"h", true}, {"e", nullptr}};
  EXPECT_EQ(merge_patch(from, to), expected) << merge_patch(from, to).dump();
}

}  // namespace
}  // namespace hassette::web
