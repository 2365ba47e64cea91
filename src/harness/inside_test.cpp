// What a handler may ask of the home that its test drives: tests hand it to lambdas and conditions.
#include <hassette/testing.hpp>

#include <gmock/gmock.h>

namespace hassette {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Runs what a test gives it, inside the loop.
class Inside : public App<> {
 public:
  std::function<void()> look;
  std::vector<std::string> order;

 private:
  Task<> on_initialize() override {
    co_await bus.on("look twice", &Inside::on_look_twice, {.name = "twice"});
    co_await bus.on("look", [this] { look(); }, {.name = "look"});
    co_await bus.on_state_change(
        "light.*", [this](EntityId light) { order.push_back(light.str()); }, {.name = "lights"});
  }
  void on_look_twice() {
    bus.emit("look", {});
    bus.emit("look", {});
  }
};

TEST(InsideAHandler, the_home_can_be_read) {
  AppHarness home;
  home.set_state("light.hall", "off");
  auto& app = home.start<Inside>();
  std::size_t calls = 9;
  std::string state;
  app.look = [&] {
    // What is ready already must not run in the midst of this handler.
    home.set_state("light.hall", "on");
    calls = home.calls().size();
    state = home.state("light.hall")->text();
    app.order.push_back("seen");
    EXPECT_THAT(home.tape().back(), HasSubstr("look"));
    EXPECT_TRUE(home.errors().empty());
    EXPECT_THAT(home.outcome(), HasSubstr("light.hall: on"));
  };
  home.simulate_event("look twice");
  EXPECT_EQ(calls, 0u);
  EXPECT_EQ(state, "on");
  EXPECT_THAT(app.order, ElementsAre("seen", "seen", "light.hall"));
}

TEST(InsideAHandler, time_is_not_moved) {
  AppHarness home;
  auto& app = home.start<Inside>();
  std::vector<std::string> refused;
  app.look = [&] {
    const std::function<void()> moves[] = {[&] { home.advance(1s); },
                                           [&] { home.run_until([] { return true; }, 1s); }};
    for (const auto& move : moves) {
      try {
        move();
      } catch (const LogicError& error) {
        refused.emplace_back(error.what());
      }
    }
  };
  home.simulate_event("look");
  EXPECT_THAT(refused, ElementsAre(HasSubstr("moving time is the test's to do"),
                                   HasSubstr("running until something is so is the test's")));
}

}  // namespace
}  // namespace hassette
