// First contact, what is waited for and what ends the client; outage_test.cpp has how it comes
// back.
#include "ha/test_support.hpp"

namespace hassette::ha {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

class Connection : public ClientTest {
 public:
  /// What a client that ends at first contact says.
  std::string first_contact() {
    start(options());
    run_until([&] { return !failure.empty(); });
    return failure;
  }
};

TEST_F(Connection, takes_the_snapshot_and_then_says_that_it_is_connected) {
  home.states = Json::array({state_of("light.a", "on"), state_of("light.b", "off")});
  connect();
  EXPECT_THAT(heard.lines, ElementsAre("snapshot of RUNNING light.a=on light.b=off", "connected"));
  EXPECT_EQ(client->link().ha_version, "2025.4.4");
  EXPECT_EQ(home.commands.at(0)["type"], Json("supported_features"));
  EXPECT_THAT(home.subscriptions(), IsSupersetOf({"state_changed", "core_config_updated"}));
  EXPECT_EQ(tap->count("connected to Home Assistant 2025.4.4"), 1);
}

TEST_F(Connection, ends_where_the_token_is_rejected_and_says_what_to_do) {
  home.token = "another";
  EXPECT_THAT(
      first_contact(),
      AllOf(HasSubstr("rejects the token"), HasSubstr("Invalid access token"),
            HasSubstr("Make a long-lived access token"), HasSubstr("HASSETTE__TOKEN or .env")));
}

TEST_F(Connection, ends_where_a_web_server_answers_that_is_no_home_assistant) {
  home.status = 404;
  home.has_pages = true;
  EXPECT_THAT(first_contact(), AllOf(HasSubstr("404"), HasSubstr("Check base_url")));
  home.has_pages = false;
  for (const int status : {200, 301, 400, 401, 410}) {
    failure.clear();
    home.status = status;
    EXPECT_THAT(first_contact(),
                AllOf(HasSubstr(std::to_string(status)), HasSubstr("Check base_url")));
  }
}

TEST_F(Connection, waits_where_a_proxy_knows_of_no_home_assistant_yet) {
  home.status = 404;
  start(options());
  run_until([&] { return heard.links.size() >= 5; });
  EXPECT_TRUE(failure.empty()) << failure;
  EXPECT_THAT(heard.links.back().message,
              AllOf(HasSubstr("404"), HasSubstr("If no proxy is starting there, check base_url")));
  EXPECT_EQ(tap->count("waiting for Home Assistant"), 1);
  home.status = 0;
  run_until([&] { return client->link().state == LinkState::kConnected; });
}

TEST_F(Connection, waits_where_the_tls_handshake_is_cut) {
  net::Listener listener(reactor.context());
  background.spawn(label, [](net::Listener* at) -> Task<> {
    for (;;) (co_await at->accept())->close();
  }(&listener));
  ClientOptions given = options();
  given.base = net::local_url("https", listener.port(), "/");
  start(given);
  run_until([&] { return heard.links.size() >= 5; });
  EXPECT_TRUE(failure.empty()) << failure;
  EXPECT_THAT(heard.links.back().message, HasSubstr("is it still starting"));
  run(background.close(CancelReason::kShutdown));
}

TEST_F(Connection, ends_where_a_websocket_says_other_things) {
  for (const char* words : {R"({"hello":"world"})", "moin", R"({"type":"result","id":1})",
                            R"({"type":"event","event":{"event_type":"x"}})"}) {
    failure.clear();
    home.greeting = words;
    EXPECT_THAT(first_contact(), AllOf(HasSubstr("does not speak Home Assistant's protocol"),
                                       HasSubstr("Check base_url")))
        << words;
  }
  EXPECT_TRUE(heard.lines.empty()) << "nothing is heard before the authentication";
}

TEST_F(Connection, waits_for_a_server_that_refuses_and_tries_again_and_again) {
  home.server.set_accepting(false);
  start(options());
  run_until([&] { return heard.links.size() >= 8; });
  for (const Link& link : heard.links) {
    EXPECT_EQ(link.state, LinkState::kConnecting);
    EXPECT_THAT(link.message, HasSubstr("refused"));
    EXPECT_LE(link.retry_in, 20ms);
  }
  EXPECT_LE(heard.links[0].retry_in, 4ms);
  EXPECT_GE(heard.links.back().retry_in, 10ms) << "the pauses grow";
  EXPECT_EQ(tap->count("waiting for Home Assistant"), 1);
  home.server.set_accepting(true);
  run_until([&] { return client->link().state == LinkState::kConnected; });
}

TEST_F(Connection, waits_where_home_assistant_is_stopping_or_busy) {
  start(options());
  for (const int status : {403, 408, 425, 429, 500, 502, 503, 504}) {
    home.status = status;
    const std::string said = "status " + std::to_string(status);
    run_until([&] {
      return !heard.links.empty() && heard.links.back().message.find(said) != std::string::npos;
    });
    EXPECT_TRUE(failure.empty()) << failure;
  }
  home.status = 0;
  run_until([&] { return client->link().state == LinkState::kConnected; });
}

TEST_F(Connection, believes_no_snapshot_before_home_assistant_runs) {
  home.phase = "NOT_RUNNING";
  start(options());
  run_until([&] { return client->link().state == LinkState::kStarting; });
  home.send(change_of("light.a", state_of("light.a", "on")));
  home.send(event_of("component_loaded", {{"component", "light"}}));
  run_until([&] { return !heard.lines.empty() && heard.lines.back().starts_with("event"); });
  EXPECT_EQ(home.count("get_states"), 0u);
  EXPECT_THAT(heard.lines,
              ElementsAre("starting", R"(event component_loaded {"component":"light"})"));
  home.phase = "RUNNING";
  home.states = Json::array({state_of("light.a", "on")});
  home.send(event_of("core_config_updated", Json::object()));
  run_until([&] { return client->link().state == LinkState::kConnected; });
  EXPECT_EQ(heard.count("snapshot of RUNNING light.a=on"), 1);
  EXPECT_EQ(home.count("get_states"), 1u);
}

TEST_F(Connection, follows_a_home_that_moves) {
  connect();
  home.time_zone = "Asia/Tokyo";
  home.send(event_of("core_config_updated", {{"time_zone", "Asia/Tokyo"}}));
  run_until([&] { return heard.count("config Asia/Tokyo") == 1; });
  // What only says so again is no news.
  const std::size_t asked = home.count("get_config");
  home.send(event_of("core_config_updated", Json::object()));
  run_until([&] { return home.count("get_config") > asked; });
  home.time_zone = "Asia/Seoul";
  home.send(event_of("core_config_updated", Json::object()));
  run_until([&] { return heard.count("config Asia/Seoul") == 1; });
  EXPECT_EQ(heard.count("config Asia/Tokyo"), 1);
}

TEST_F(Connection, follows_a_home_that_moves_while_its_states_are_on_their_way) {
  home.silent = {"get_states"};
  start(options());
  run_until([&] { return home.count("get_states") == 1; });
  home.time_zone = "Asia/Tokyo";
  home.send(event_of("core_config_updated", {{"time_zone", "Asia/Tokyo"}}));
  home.send(result_of(home.last("get_states"), Json::array()));
  run_until([&] { return heard.count("config Asia/Tokyo") == 1; });
  EXPECT_EQ(client->link().reconnects, 0u);
}

TEST_F(Connection, asks_again_where_a_home_that_has_moved_does_not_say_where_to) {
  connect();
  home.unknown = {"get_config"};
  home.time_zone = "Asia/Tokyo";
  const std::size_t asked = home.count("get_config");
  home.send(event_of("core_config_updated", Json::object()));
  run_until([&] { return home.count("get_config") >= asked + 3; });
  EXPECT_EQ(tap->count("what has changed of the home could not be asked"), 1);
  EXPECT_EQ(heard.count("config Asia/Tokyo"), 0);
  home.unknown.clear();
  run_until([&] { return heard.count("config Asia/Tokyo") == 1; });
  EXPECT_EQ(client->link().reconnects, 0u);
}

TEST_F(Connection, shows_nothing_of_the_token_that_home_assistant_repeats) {
  log::hide(kToken);
  home.version = std::string("2025.4.4 ") + kToken;
  connect();
  EXPECT_EQ(client->link().ha_version, "2025.4.4 ***");
  home.greeting = fmt::format(R"({{"type":"auth_required","ha_version":"{}"}})", kToken);
  home.token = "another";
  home.refusal = std::string("no such token: ") + kToken;
  home.server.drop_all();
  run_until([&] { return client->link().state == LinkState::kRejected; });
  EXPECT_EQ(client->link().ha_version, "***");
  EXPECT_THAT(client->link().message,
              AllOf(HasSubstr("no such token: ***"), Not(HasSubstr(kToken))));
}

TEST_F(Connection, works_with_a_home_assistant_that_knows_no_features) {
  home.unknown = {"supported_features"};
  connect();
  EXPECT_EQ(home.connections, 1);
}

TEST_F(Connection, gives_up_on_a_snapshot_that_does_not_come) {
  home.silent = {"get_states"};
  ClientOptions given = options();
  given.answer_limit = 50ms;
  start(given);
  run_until([&] { return heard.links.size() >= 2; });
  EXPECT_THAT(heard.links.back().message, HasSubstr("no answer from Home Assistant within"));
  home.silent.clear();
  run_until([&] { return client->link().state == LinkState::kConnected; });
}

TEST_F(Connection, drops_a_message_over_64_mib_and_tries_again) {
  connect();
  for (int time = 1; time <= 2; ++time) {
    home.send_text(R"({"type":"x","data":")" + std::string(65u << 20, 'x') + R"("})");
    run_until([&] { return client->link().state == LinkState::kLost; });
    EXPECT_THAT(client->link().message, HasSubstr("larger"));
    EXPECT_EQ(heard.garbage, (std::map<Garbage, int>{{Garbage::kTooLarge, time}}));
    run_until([&] { return client->link().state == LinkState::kConnected; });
  }
  EXPECT_EQ(tap->count("a message that is too large (over 64 MiB)"), 1) << "said once";
}

TEST_F(Connection, tries_again_where_a_snapshot_is_unreadable) {
  home.states = Json::array({{{"entity_id", "light.a"}}});
  start(options());
  run_until([&] { return heard.links.size() >= 2; });
  EXPECT_THAT(heard.links.back().message, HasSubstr("unreadable"));
  EXPECT_EQ(heard.count("connected"), 0);
  home.states = Json::array({state_of("light.a", "on")});
  run_until([&] { return client->link().state == LinkState::kConnected; });
}

TEST_F(Connection, can_be_cancelled_after_any_number_of_steps) {
  home.states = Json::array({state_of("light.a", "on")});
  for (int steps = 1; steps < 60; ++steps) {
    auto one = std::make_unique<Client>(loop, options(), heard);
    const std::uint64_t number = spawn(one->run());
    for (int i = 0; i < steps; ++i) loop.turn(false);
    fibers.cancel(number, CancelReason::kShutdown);
    run_while([&] { return fibers.contains(number); });
  }
}

TEST_F(Connection, may_lose_its_frame_at_any_step) {
  for (int steps = 1; steps < 60; ++steps) {
    Client one(loop, options(), heard);
    {
      async::Bucket doomed(loop, nullptr);
      doomed.spawn(label, one.run());
      for (int i = 0; i < steps; ++i) loop.turn(false);
    }
    settle();
  }
}

}  // namespace
}  // namespace hassette::ha
