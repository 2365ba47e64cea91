// A link that gives a few bytes at a time: what arrives slowly is no peer that hangs.
#include "ha/test_support.hpp"

namespace hassette::ha {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Stands between the client and the home, and passes on what the home says in small steps.
class SlowLink : public ClientTest {
 public:
  void SetUp() override {
    ClientTest::SetUp();
    for (int i = 0; i < 30; ++i) {
      home.states.push_back(state_of("light.number_" + std::to_string(i), "on"));
    }
    background.spawn(label, relay(this));
  }
  ClientOptions slow_options() const {
    ClientOptions given = options();
    given.base.port = listener.port();
    given.ping_after = 40ms;
    given.answer_limit = 100ms;
    return given;
  }

  std::size_t step = 100;  ///< bytes at a time
  std::chrono::milliseconds pause = 5ms;

 private:
  static Task<> relay(SlowLink* link) {
    for (;;) {
      const auto client_end = co_await link->listener.accept();
      const auto home_end =
          co_await net::open_transport(&link->reactor.context(), "home", "127.0.0.1",
                                       link->home.server.port(), nullptr, false, net::kNoDeadline);
      try {
        co_await when_any(pass(link, client_end, home_end, 1u << 20, false),
                          pass(link, home_end, client_end, link->step, true));
      } catch (const net::NetError&) {  // one side has gone; so does the other
      }
      client_end->close();
      home_end->close();
    }
  }
  static Task<> pass(SlowLink* link, std::shared_ptr<net::Transport> from,
                     std::shared_ptr<net::Transport> to, std::size_t at_once, bool is_slow) {
    while (co_await net::Transport::fill(from, net::kNoDeadline)) {
      while (from->input().size() > 0) {
        const auto data = from->input().data();
        std::string part(data.data(), std::min(data.size(), at_once));
        from->input().consume(part.size());
        co_await net::Transport::write(to, std::move(part), net::kNoDeadline);
        if (is_slow) co_await net::pause(&link->reactor.context(), link->pause);
      }
    }
  }

  net::Listener listener{reactor.context()};
};

TEST_F(SlowLink, takes_as_long_as_it_takes_for_one_large_message) {
  const ClientOptions given = slow_options();
  const auto begin = std::chrono::steady_clock::now();
  connect(given);
  EXPECT_GT(std::chrono::steady_clock::now() - begin, 2 * given.ping_after);
  EXPECT_GT(std::chrono::steady_clock::now() - begin, 2 * given.answer_limit);
  EXPECT_EQ(home.connections, 1);
  EXPECT_EQ(heard.count("lost"), 0);
}

TEST_F(SlowLink, that_falls_silent_in_the_middle_of_a_message_is_left) {
  start(slow_options());
  run_until([&] { return home.count("get_states") == 1; });
  pause = 1h;
  run_until([&] { return heard.links.size() >= 1; });
  EXPECT_THAT(heard.links.back().message, HasSubstr("it has not answered for"));
  pause = 0ms;
  run_until([&] { return client->link().state == LinkState::kConnected; });
  EXPECT_EQ(home.connections, 2);
}

}  // namespace
}  // namespace hassette::ha
