// How the client notices that the home is away, comes back, and what is said of it.
#include <ranges>

#include <hassette/duration.hpp>
#include "ha/test_support.hpp"

namespace hassette::ha {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class Outage : public ClientTest {
 public:
  /// The peer hangs, with this much on its way to it, and is given up in time.
  void expect_to_be_left_hanging(std::string data = {}) {
    ClientOptions given = options();
    given.ping_after = 40ms;
    connect(given);
    // It is heard once more some time after the connection stands.
    const auto connected = std::chrono::steady_clock::now();
    run_until([&] { return std::chrono::steady_clock::now() - connected >= 150ms; });
    home.send(change_of("light.last", state_of("light.last", "on")));
    run_until([&] { return !heard.lines.empty() && heard.lines.back().contains("light.last"); });
    const auto last_heard = std::chrono::steady_clock::now();
    home.server.freeze(true);
    if (!data.empty()) {
      spawn([](Client* link, std::string text) -> Task<> {
        co_await expect_error<ConnectionLostError>(
            link->call({{"type", "x"}, {"data", std::move(text)}}, "large", 1min));
      }(client.get(), std::move(data)));
    }
    const auto begin = std::chrono::steady_clock::now();
    run_until([&] { return client->link().state == LinkState::kLost; });
    const auto noticed = std::chrono::steady_clock::now() - begin;
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 40ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
    EXPECT_THAT(client->link().message, HasSubstr("it has not answered for"));
    home.server.freeze(false);
    run_until([&] { return client->link().state == LinkState::kConnected; });
    EXPECT_GE(told_outage(), noticed - 1ms) << "it counts from when the home was last heard";
    EXPECT_LT(told_outage(), std::chrono::steady_clock::now() - last_heard + 100ms);
  }

  /// How long the home was away, as the last line about it says, which rounds.
  std::chrono::nanoseconds told_outage() const {
    const std::string_view begin = "Home Assistant is back after ";
    for (const std::string& line : tap->lines | std::views::reverse) {
      if (!line.starts_with(begin)) continue;
      const std::string_view rest = std::string_view(line).substr(begin.size());
      return parse_duration(rest.substr(0, rest.find(':'))).value_or(0ns);
    }
    return 0ns;
  }
};

TEST_F(Outage, comes_back_with_what_was_subscribed_and_two_lines_an_outage) {
  connect();
  run(client->want("timer.finished"));
  run(client->want("timer.finished"));
  for (int outage = 1; outage <= 3; ++outage) {
    home.commands.clear();
    home.server.drop_all();
    run_until([&] { return client->link().state == LinkState::kLost; });
    run_until([&] { return client->link().state == LinkState::kConnected; });
    EXPECT_THAT(home.subscriptions(),
                ElementsAre("state_changed", "core_config_updated", "timer.finished"));
    EXPECT_EQ(tap->count("lost Home Assistant"), outage);
    EXPECT_EQ(tap->count("Home Assistant is back after"), outage);
  }
  EXPECT_EQ(tap->count("lost Home Assistant: "), 1);
  EXPECT_EQ(tap->count("lost Home Assistant (outage 2): "), 1);
  EXPECT_EQ(tap->count("lost Home Assistant (outage 3): "), 1);
  EXPECT_EQ(client->link().reconnects, 3u);
  EXPECT_EQ(home.connections, 4);
  EXPECT_EQ(tap->lines.size(), 7u) << ::testing::PrintToString(tap->lines);
}

TEST_F(Outage, names_the_first_of_what_has_changed_when_it_is_back) {
  const auto come_back = [&] {
    home.server.drop_all();
    run_until([&] { return client->link().state == LinkState::kLost; });
    run_until([&] { return client->link().state == LinkState::kConnected; });
  };
  connect();
  come_back();
  EXPECT_THAT(tap->lines.back(), EndsWith(": 0 entities have changed meanwhile"));
  home.states = Json::array({state_of("light.a", "on")});
  come_back();
  EXPECT_THAT(tap->lines.back(), EndsWith(": 1 entity has changed meanwhile: light.a"));
  for (const char* id : {"lock.b", "sensor.c", "sensor.d", "sensor.e"}) {
    home.states.push_back(state_of(id, "on"));
  }
  come_back();
  EXPECT_THAT(
      tap->lines.back(),
      EndsWith(": 5 entities have changed meanwhile: light.a, lock.b, sensor.c, and 2 more"));
}

TEST_F(Outage, counts_a_restart_with_several_attempts_as_one_outage) {
  connect();
  home.phase = "NOT_RUNNING";
  for (int attempt = 0; attempt < 3; ++attempt) {
    home.server.drop_all();
    run_until([&] { return client->link().state == LinkState::kLost; });
    run_until([&] { return client->link().state == LinkState::kStarting; });
  }
  home.phase = "RUNNING";
  run_until([&] { return client->link().state == LinkState::kConnected; });
  EXPECT_EQ(tap->count("lost Home Assistant"), 1);
  EXPECT_EQ(tap->count("Home Assistant is back after"), 1);
  EXPECT_EQ(client->link().reconnects, 1u);
}

TEST_F(Outage, subscribes_once_to_what_is_asked_for_while_it_comes_back) {
  connect();
  home.silent = {"supported_features"};
  home.commands.clear();
  home.server.drop_all();
  run_until([&] { return home.count("supported_features") == 1; });
  spawn(client->want("zha_event"));
  run_until([&] { return home.count("subscribe_events") == 1; });
  home.send(result_of(home.last("supported_features"), nullptr));
  run_until([&] { return client->link().state == LinkState::kConnected; });
  EXPECT_THAT(home.subscriptions(),
              ElementsAre("zha_event", "state_changed", "core_config_updated"));
}

TEST_F(Outage, lets_who_must_not_fail_wait_until_it_is_back) {
  connect();
  home.status = 503;
  home.server.drop_all();
  run_until([&] { return client->link().state == LinkState::kLost; });
  bool is_back = false;
  spawn([](Client* link, bool* back) -> Task<> {
    co_await link->connected();
    *back = true;
  }(client.get(), &is_back));
  const std::size_t told = heard.links.size();
  run_until([&] { return heard.links.size() >= told + 2; });  // it tries, and tries again
  EXPECT_FALSE(is_back);
  home.status = 0;
  run_until([&] { return is_back; });
  EXPECT_EQ(client->link().state, LinkState::kConnected);
}

TEST_F(Outage, never_ends_for_a_token_that_is_rejected_later) {
  connect();
  home.token = "another";
  home.server.drop_all();
  run_until([&] { return client->link().state == LinkState::kRejected; });
  settle();
  EXPECT_TRUE(failure.empty()) << failure;
  EXPECT_EQ(background.size(), 1u);
  EXPECT_GE(client->link().retry_in, 1min) << "many attempts would end in a ban";
  EXPECT_EQ(tap->count("does not accept the token any more"), 1);
}

TEST_F(Outage, notices_a_peer_that_hangs) {
  expect_to_be_left_hanging();
}

TEST_F(Outage, notices_a_peer_that_hangs_although_its_own_words_are_stuck) {
  home.answer = [](const Json&) { return Json(); };
  expect_to_be_left_hanging(std::string(32u << 20, 'x'));
}

TEST_F(Outage, stays_while_pings_are_answered) {
  ClientOptions given = options();
  given.ping_after = 5ms;
  connect(given);
  run_until([&] { return home.count("ping") >= 5; });
  EXPECT_EQ(home.connections, 1);
  EXPECT_EQ(client->link().state, LinkState::kConnected);
}

TEST_F(Outage, does_not_take_a_loop_that_was_held_for_a_peer_that_hangs) {
  ClientOptions given = options();
  given.ping_after = 50ms;
  connect(given);
  home.silent = {"ping"};
  run_until([&] { return home.count("ping") == 1; });
  // The answer is in the socket, and before anybody can look, the loop is held past the deadline.
  home.send({{"id", home.last("ping")["id"]}, {"type", "pong"}});
  spawn([]() -> Task<> {
    const auto end = std::chrono::steady_clock::now() + 150ms;
    while (std::chrono::steady_clock::now() < end) {
    }
    co_return;
  }());
  run_until([&] { return home.count("ping") == 2; });
  EXPECT_EQ(home.connections, 1);
  EXPECT_EQ(heard.count("lost"), 0);
}

}  // namespace
}  // namespace hassette::ha
