// What apps hear of the life of apps: of the others', and of their own.
#include <hassette/error.hpp>
#include "app/instance_testing.hpp"

namespace hassette::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Writes down what it hears: "hall starting after not_started".
class Listening : public App<SharedConfig> {
 public:
  Task<> on_initialize() override {
    co_await bus.on_app_state_changed("", &Listening::on_change, {.name = "all", .mode = kEach});
    co_await bus.on_app_running("hall", &Listening::on_hall, {.name = "hall"});
    co_await bus.on_app_stopping("hall*", &Listening::on_hall, {.name = "hall"});
  }
  Task<> on_shutdown() override {
    lines().emplace_back("on_shutdown");
    co_return;
  }

 protected:
  std::vector<std::string>& lines() { return app_config.shared->lines; }

 private:
  static constexpr Mode kEach = Mode::kParallel;
  void on_change(D::EventData data) {
    std::string line = data["instance"].as_string() + " " + data["status"].as_string() + " after " +
                       data["previous"].as_string();
    if (data.contains("error")) line += ": " + data["error"].as_string();
    lines().push_back(std::move(line));
  }
  void on_hall(D::EventData data) { lines().push_back("hall is " + data["status"].as_string()); }
};

class Silent : public App<SharedConfig> {
 public:
  Task<> on_initialize() override {
    if (!app_config.shared->hook_that_throws.empty()) throw Error("broken", "the hook is broken");
    if (!app_config.shared->hook_that_waits.empty()) co_await never_.wait();
  }

 private:
  AsyncEvent never_;
};

class AppStates : public AnInstance {
 public:
  void SetUp() override {
    AnInstance::SetUp();
    EXPECT_EQ(run(start<Listening>(listening, shared)), "");
    EXPECT_THAT(shared->lines, ElementsAre("watch running after starting"));
    shared->lines.clear();
  }
  void TearDown() override {
    EXPECT_EQ(run(listening.stop(CancelReason::kShutdown)), "");
    AnInstance::TearDown();
  }
  std::vector<std::string> heard() { return std::exchange(shared->lines, {}); }

  std::shared_ptr<Shared> other = std::make_shared<Shared>();
  Instance listening{services, "watch", "watch"};
};

TEST_F(AppStates, of_others_are_heard_step_by_step) {
  Instance hall(services, "hall", "hall/north");
  EXPECT_EQ(run(start<Silent>(hall, other)), "");
  EXPECT_THAT(heard(), ElementsAre("hall/north starting after not_started",
                                   "hall/north running after starting", "hall is running"));
  EXPECT_EQ(run(hall.stop(CancelReason::kOwnerStopped)), "");
  EXPECT_THAT(heard(), ElementsAre("hall/north stopping after running", "hall is stopping",
                                   "hall/north stopped after stopping"));
}

TEST_F(AppStates, of_one_that_fails_tell_why) {
  other->hook_that_throws = "on_initialize";
  Instance hall(services, "hall", "hall");
  EXPECT_EQ(run(start<Silent>(hall, other)), "the hook is broken");
  EXPECT_THAT(heard(), ElementsAre("hall starting after not_started",
                                   "hall failed after starting: the hook is broken"));
  other->hook_that_throws.clear();
  EXPECT_EQ(run(start<Silent>(hall, other)), "");
  EXPECT_EQ(heard().front(), "hall starting after failed");
  EXPECT_EQ(run(hall.stop(CancelReason::kOwnerStopped)), "");
}

/// Asks the home for something while it starts.
class Asking : public App<SharedConfig> {
 public:
  Task<> on_initialize() override { co_await api.turn_on("light.hall"); }
};

TEST_F(AppStates, of_one_whose_home_goes_away_while_it_starts_name_no_failure) {
  Instance hall(services, "hall", "hall");
  const auto start_it = [&] {
    const std::string error = run(start<Asking>(hall, other));
    EXPECT_NE(error.find("a silent home"), std::string::npos) << error;
    return heard();
  };
  home.become(ha::LinkState::kConnecting);
  EXPECT_THAT(start_it(),
              ElementsAre("hall starting after not_started", "hall stopped after starting"));
  EXPECT_TRUE(hall.lost_its_home());
  // A home that is there, and has been all the time, is no excuse.
  home.become(ha::LinkState::kConnected);
  const std::vector<std::string> lines = start_it();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[1].starts_with("hall failed after starting: ")) << lines[1];
  EXPECT_FALSE(hall.lost_its_home());
}

TEST_F(AppStates, of_one_whose_start_is_cancelled_name_no_failure) {
  other->hook_that_waits = "on_initialize";
  Instance hall(services, "hall", "hall");
  const std::uint64_t number =
      fibers.spawn(async::intern_label("test", "start"), start<Silent>(hall, other));
  loop.run_ready();
  fibers.cancel(number, CancelReason::kShutdown);
  while (fibers.size() > 0) loop.turn(false);
  EXPECT_THAT(heard(),
              ElementsAre("hall starting after not_started", "hall stopped after starting"));
}

TEST_F(AppStates, of_its_own_are_running_and_stopping_and_nothing_after_its_end) {
  const auto own = std::make_shared<Shared>();
  Instance second(services, "second", "second");
  EXPECT_EQ(run(start<Listening>(second, own)), "");
  EXPECT_EQ(run(second.stop(CancelReason::kOwnerStopped)), "");
  loop.run_ready();
  EXPECT_THAT(own->lines, ElementsAre("second running after starting",
                                      "second stopping after running", "on_shutdown"));
  EXPECT_EQ(second.listeners(), 0u);
  own->lines.clear();
  Instance third(services, "third", "third");
  EXPECT_EQ(run(start<Silent>(third, other)), "");
  EXPECT_EQ(run(third.stop(CancelReason::kOwnerStopped)), "");
  EXPECT_THAT(own->lines, IsEmpty()) << "it is torn down";
}

/// Does in its handler what may get in the way of the event that is being told.
class Meddling : public App<SharedConfig> {
 public:
  Task<> on_initialize() override {
    own_ = co_await bus.on_app_state_changed("hall", &Meddling::fails,
                                             {.name = "fails", .priority = 2});
    co_await bus.on_app_state_changed("hall", &Meddling::ends_the_other,
                                      {.name = "ends the other", .priority = 1});
    co_await bus.on_app_stopping("meddling", &Meddling::waits, {.name = "waits"});
  }

 private:
  void fails() { throw Error("handler", "the handler is broken"); }
  Task<> ends_the_other() {
    own_.cancel();
    co_await bus.on_app_running("hall", [this] { app_config.shared->lines.emplace_back("new"); },
                                {.name = "new", .if_exists = IfExists::kSkip});
  }
  Task<> waits() {
    app_config.shared->lines.emplace_back("waits");
    try {
      co_await never_.wait();
    } catch (const Cancelled&) {
      app_config.shared->lines.emplace_back("cancelled");
      throw;
    }
  }
  Subscription own_;
  AsyncEvent never_;
};

TEST_F(AppStates, are_told_to_all_whatever_a_handler_does) {
  const auto own = std::make_shared<Shared>();
  Instance meddling(services, "meddling", "meddling");
  EXPECT_EQ(run(start<Meddling>(meddling, own)), "");
  shared->lines.clear();
  Instance hall(services, "hall", "hall");
  EXPECT_EQ(run(start<Silent>(hall, other)), "") << "what a handler throws is its own";
  EXPECT_THAT(observed.failures, ElementsAre(::testing::HasSubstr("the handler is broken")));
  EXPECT_THAT(heard(), ElementsAre("hall starting after not_started", "hall running after starting",
                                   "hall is running"));
  EXPECT_THAT(own->lines, ElementsAre("new"));
  own->lines.clear();
  EXPECT_EQ(run(meddling.stop(CancelReason::kOwnerStopped)), "");
  EXPECT_THAT(own->lines, ElementsAre("waits", "cancelled")) << "and it does not hold up the stop";
  EXPECT_EQ(run(hall.stop(CancelReason::kOwnerStopped)), "");
}

TEST_F(AppStates, are_told_up_to_any_step_at_which_a_start_is_cancelled) {
  for (int steps = 0; steps < 20; ++steps) {
    Instance hall(services, "hall", "hall");
    const std::uint64_t number =
        fibers.spawn(async::intern_label("test", "start"), start<Silent>(hall, other));
    for (int i = 0; i < steps; ++i) loop.turn(false);
    fibers.cancel(number, CancelReason::kShutdown);
    while (fibers.size() > 0) loop.turn(false);
    EXPECT_EQ(run(hall.stop(CancelReason::kShutdown)), "");
    const std::vector<std::string> lines = heard();
    if (lines.empty()) continue;  // it never began
    EXPECT_EQ(lines.front(), "hall starting after not_started");
    EXPECT_THAT(lines.back(), ::testing::StartsWith("hall stopped after "));
  }
}

}  // namespace
}  // namespace hassette::app
