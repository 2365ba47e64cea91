// What is said of an app whose hook or story fails, or does not end.
#include "app/instance.hpp"
#include "app/instance_testing.hpp"

namespace hassette::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class BrokenStory : public App<SharedConfig> {
 public:
  Task<> on_initialize() override {
    co_await bus.on("ping", [this] { app_config.shared->lines.emplace_back("pong"); },
                    {.name = "ping"});
  }
  Task<> run() override {
    co_await sleep(1s);
    throw Error("story", "no story today");
  }
};

TEST_F(AnInstance, says_of_a_story_that_fails_that_it_is_over_and_the_rest_goes_on) {
  Instance instance(services, "story", "story");
  EXPECT_EQ(run(start<BrokenStory>(instance, shared)), "");
  loop.run_until(loop.now() + 2s);
  EXPECT_EQ(tap->count("`run` has failed and is not started again; handlers and jobs go on: "
                       "no story today"),
            1);
  emit("ping");
  EXPECT_THAT(shared->lines, ElementsAre("pong"));
  EXPECT_EQ(run(instance.stop(CancelReason::kOwnerStopped)), "");
}

/// Ends its story with an exception of its own when it is asked to stop.
class SulkyStory : public App<SharedConfig> {
 public:
  Task<> run() override {
    bool asked = false;
    try {
      co_await never_.wait();
    } catch (const Cancelled&) {
      asked = true;
    }
    if (asked) throw Error("story", "no good end");
  }

 private:
  AsyncEvent never_;
};

TEST_F(AnInstance, does_not_say_that_anything_goes_on_where_its_stop_makes_the_story_fail) {
  Instance instance(services, "story", "story");
  EXPECT_EQ(run(start<SulkyStory>(instance, shared)), "");
  loop.run_ready();
  EXPECT_EQ(run(instance.stop(CancelReason::kOwnerStopped)), "");
  EXPECT_EQ(tap->count("`run` failed: no good end"), 1);
  EXPECT_EQ(tap->count("go on"), 0);
}

/// Throws where it is told to.
class Broken : public App<SharedConfig> {
 public:
  Broken() { fail_in("constructor"); }
  Task<> before_initialize() override {
    fail_in("before_initialize");
    co_return;
  }
  Task<> on_initialize() override {
    fail_in("on_initialize");
    co_return;
  }
  Task<> after_initialize() override {
    fail_in("after_initialize");
    co_return;
  }
  [[clang::coro_wrapper]] Task<> run() override {
    fail_in("run");
    return nothing();
  }

 private:
  static Task<> nothing() { co_return; }
  void fail_in(std::string_view hook) const {
    if (app_config.shared->hook_that_throws == hook) throw Error("lamp", "no boiler");
  }
};

TEST_F(AnInstance, names_the_hook_that_failed) {
  for (const char* hook :
       {"constructor", "before_initialize", "on_initialize", "after_initialize", "run"}) {
    shared->hook_that_throws = hook;
    Instance instance(services, "broken", "broken");
    EXPECT_EQ(run(start<Broken>(instance, shared)), "no boiler");
    EXPECT_EQ(instance.why_failed(), fmt::format("`{}` failed: no boiler", hook));
  }
}

class Patient : public App<SharedConfig> {
 public:
  Task<> after_initialize() override {
    co_await bus.next("binary_sensor.door", {.changed_to = "on"});
  }
};

TEST_F(AnInstance, says_what_a_hook_that_does_not_end_waits_for_and_where) {
  services.start_limit = 20ms;
  Instance instance(services, "patient", "patient");
  const std::string said = run(start<Patient>(instance, shared));
  EXPECT_THAT(said, AllOf(HasSubstr("its initialisation did not end within 0.02 s: "
                                    "`after_initialize` has not returned, and the app waits for "
                                    "binary_sensor.door "),
                          HasSubstr("[instance_failure_test.cpp:"),
                          EndsWith("]; what waits for ever belongs into run()")));
  EXPECT_EQ(instance.why_failed(), said);
}

}  // namespace
}  // namespace hassette::app
