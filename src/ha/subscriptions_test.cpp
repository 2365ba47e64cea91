// Wanting event types: each is asked for once, and whoever wants it hears what came of it.
#include "ha/test_support.hpp"

namespace hassette::ha {
namespace {

using namespace std::chrono_literals;

class Subscriptions : public ClientTest {
 public:
  void SetUp() override {
    ClientTest::SetUp();
    ClientOptions given = options();
    given.answer_limit = 200ms;
    connect(given);
    home.commands.clear();
  }
  /// Wants it in the background; says in `outcomes` how it went.
  std::uint64_t want(std::string type) {
    return spawn([](Subscriptions* test, std::string name) -> Task<> {
      try {
        co_await test->client->want(std::move(name));
        test->outcomes.emplace_back("fine");
      } catch (const Error& error) {
        test->outcomes.emplace_back(error.code());
      }
    }(this, std::move(type)));
  }

  std::vector<std::string> outcomes;
};

TEST_F(Subscriptions, are_asked_for_once_and_everybody_waits_for_the_confirmation) {
  home.silent = {"subscribe_events"};
  want("zha_event");
  want("zha_event");
  run_until([&] { return home.count("subscribe_events") == 1; });
  settle();
  EXPECT_TRUE(outcomes.empty()) << "nothing is confirmed yet";
  home.send(result_of(home.last("subscribe_events"), nullptr));
  run_until([&] { return outcomes.size() == 2; });
  want("zha_event");
  run_until([&] { return outcomes.size() == 3; });
  EXPECT_EQ(outcomes, std::vector<std::string>(3, "fine"));
  EXPECT_EQ(home.count("subscribe_events"), 1u);
}

TEST_F(Subscriptions, that_were_refused_fail_for_all_who_wait_and_are_asked_for_again) {
  home.silent = {"subscribe_events"};
  want("zha_event");
  want("zha_event");
  run_until([&] { return home.count("subscribe_events") == 1; });
  home.send(error_of(home.last("subscribe_events"), "invalid_format", "no"));
  run_until([&] { return outcomes.size() == 2; });
  EXPECT_EQ(outcomes, std::vector<std::string>(2, "invalid_format"));
  home.silent.clear();
  want("zha_event");
  run_until([&] { return outcomes.size() == 3; });
  EXPECT_EQ(outcomes.back(), "fine");
  EXPECT_EQ(home.count("subscribe_events"), 2u);
}

TEST_F(Subscriptions, that_were_not_answered_are_ended_and_asked_for_again) {
  home.silent = {"subscribe_events"};
  want("zha_event");
  run_until([&] { return outcomes.size() == 1; });
  EXPECT_EQ(outcomes.back(), "timeout");
  run_until([&] { return home.count("unsubscribe_events") == 1; });
  EXPECT_EQ(home.last("unsubscribe_events")["subscription"], home.last("subscribe_events")["id"])
      << "confirmed late, it would bring every event twice";
  home.silent.clear();
  want("zha_event");
  run_until([&] { return outcomes.size() == 2; });
  EXPECT_EQ(outcomes.back(), "fine");
  EXPECT_EQ(home.count("subscribe_events"), 2u);
}

TEST_F(Subscriptions, that_failed_are_not_asked_for_on_the_next_connection) {
  home.silent = {"subscribe_events"};
  want("zha_event");
  run_until([&] { return outcomes.size() == 1; });
  home.silent.clear();
  home.commands.clear();
  home.server.drop_all();
  run_until([&] { return client->link().state == LinkState::kLost; });
  run_until([&] { return client->link().state == LinkState::kConnected; });
  EXPECT_EQ(home.subscriptions(),
            (std::vector<std::string>{"state_changed", "core_config_updated"}));
}

TEST_F(Subscriptions, go_on_although_who_asked_first_is_cancelled) {
  home.silent = {"subscribe_events"};
  const std::uint64_t first = want("zha_event");
  want("zha_event");
  run_until([&] { return home.count("subscribe_events") == 1; });
  fibers.cancel(first, CancelReason::kRequested);
  run_until([&] { return !fibers.contains(first); });
  home.send(result_of(home.last("subscribe_events"), nullptr));
  run_until([&] { return outcomes.size() == 1; });
  EXPECT_EQ(outcomes.back(), "fine");
  EXPECT_EQ(home.count("subscribe_events"), 1u);
}

TEST_F(Subscriptions, that_a_lost_connection_cut_off_come_with_the_next) {
  home.silent = {"subscribe_events"};
  want("zha_event");
  run_until([&] { return home.count("subscribe_events") == 1; });
  home.silent.clear();
  home.server.drop_all();
  run_until([&] { return outcomes.size() == 1; });
  EXPECT_EQ(outcomes.back(), "fine");
  run_until([&] { return client->link().state == LinkState::kConnected; });
  EXPECT_EQ(home.last("subscribe_events")["event_type"], Json("zha_event"));
}

}  // namespace
}  // namespace hassette::ha
