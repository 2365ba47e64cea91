// The faults of the simulated home against the client that drives real ones: each kind of garbage,
// and a home that refuses connections for a while.
#include "ha/test_support.hpp"
#include "sim/server.hpp"

namespace hassette::harness {
namespace {

using namespace std::chrono_literals;

class OnSimulatedHome : public ha::ClientTest {
 public:
  void SetUp() override {
    ha::ClientTest::SetUp();
    run([](sim::SimulatedHome* served) -> Task<> { co_await served->start("127.0.0.1", 0); }(&sim));
    ha::ClientOptions given = options();
    given.base = net::local_url("http", sim.port(), "/");
    connect(std::move(given));
  }
  void TearDown() override {
    ha::ClientTest::TearDown();
    run(sim.stop());
  }
  bool is_connected() const { return client->link().state == ha::LinkState::kConnected; }
  int counted() const {
    int all = 0;
    for (const auto& [kind, count] : heard.garbage) all += count;
    return all;
  }
  /// The answer comes behind everything that was sent before.
  void expect_an_answer() {
    run([](ha::Client* link) -> Task<> {
      const Json config = co_await link->call({{"type", "get_config"}}, "get_config", 10s);
      EXPECT_EQ(config["state"], Json("RUNNING"));
    }(client.get()));
  }

  sim::SimulatedHome sim{loop, {.token = ha::kToken}};
};

struct Sent {
  std::string_view name;
  sim::Garbage garbage;
  ha::Garbage counted_as;
};

class GarbageOfEachKind : public OnSimulatedHome, public ::testing::WithParamInterface<Sent> {};

TEST_P(GarbageOfEachKind, is_counted_said_once_and_survived) {
  const bool costs_the_connection = GetParam().garbage == sim::Garbage::kOversized;
  for (std::uint64_t time = 1; time <= 2; ++time) {
    const int before = counted();
    sim.faults().send_garbage(GetParam().garbage);
    run_until([&] { return counted() > before; });
    run_until([&] {
      return is_connected() && client->link().reconnects == (costs_the_connection ? time : 0u);
    });
    expect_an_answer();
  }
  EXPECT_GE(heard.garbage[GetParam().counted_as], 2) << "the kind that it is counted as";
  EXPECT_EQ(tap->count("counted from now on"), static_cast<int>(heard.garbage.size()));
}

INSTANTIATE_TEST_SUITE_P(
    All, GarbageOfEachKind,
    ::testing::Values(Sent{"truncated", sim::Garbage::kTruncated, ha::Garbage::kNotJson},
                      Sent{"not_json", sim::Garbage::kNotJson, ha::Garbage::kNotJson},
                      Sent{"unknown_type", sim::Garbage::kUnknownType, ha::Garbage::kUnknownType},
                      Sent{"unknown_id", sim::Garbage::kUnknownId, ha::Garbage::kUnknownId},
                      Sent{"wrong_shape", sim::Garbage::kWrongShape, ha::Garbage::kIncomplete},
                      Sent{"bad_utf8", sim::Garbage::kBadUtf8, ha::Garbage::kNotJson},
                      Sent{"deep", sim::Garbage::kDeep, ha::Garbage::kNotAnObject},
                      Sent{"oversized", sim::Garbage::kOversized, ha::Garbage::kTooLarge}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(OnSimulatedHome, waits_as_long_as_connections_are_refused) {
  const auto begin = std::chrono::steady_clock::now();
  spawn(sim.faults().refuse_for(60ms));
  settle();
  sim.faults().drop();
  run_until([&] { return client->link().state == ha::LinkState::kLost; });
  run_until([&] { return is_connected(); });
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 60ms);
  EXPECT_EQ(client->link().reconnects, 1u);
  EXPECT_EQ(tap->count("lost Home Assistant"), 1);
  expect_an_answer();
}

}  // namespace
}  // namespace hassette::harness
