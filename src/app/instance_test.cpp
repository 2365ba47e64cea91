// One app's life: its hooks, its limits, and that nothing of it is left.
#include "app/instance.hpp"

#include <fmt/format.h>

#include "app/instance_testing.hpp"

namespace hassette::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Leaves a line when its scope ends, with what its app holds by then.
class Line {
 public:
  Line(Shared& shared, std::string text) : shared_(shared), text_(std::move(text)) {}
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() { shared_.lines.push_back(text_); }

 private:
  Shared& shared_;
  std::string text_;
};

constexpr const char* kHeldUp =
    "its initialisation did not end within 0.02 s: `on_initialize` has not returned; what waits "
    "for "
    "ever belongs into run()";

class Probe : public App<SharedConfig> {
 public:
  ~Probe() override { shared().lines.emplace_back("destroyed"); }
  Task<> before_initialize() override { co_await hook("before_initialize"); }
  Task<> on_initialize() override {
    co_await bus.on("ping", &Probe::on_ping, {.name = "ping"});
    co_await bus.on_state_change("light.a", &Probe::on_ping, {.name = "light"});
    co_await scheduler.run_in(1h, &Probe::on_ping, {.name = "later"});
    co_await hook("on_initialize");
  }
  Task<> after_initialize() override { co_await hook("after_initialize"); }
  Task<> run() override {
    const Line end(shared(), "run ended");
    shared().lines.emplace_back("run");
    co_await never_.wait();
  }
  Task<> before_shutdown() override { co_await hook("before_shutdown"); }
  Task<> on_shutdown() override { co_await hook("on_shutdown"); }
  Task<> after_shutdown() override { co_await hook("after_shutdown"); }
  std::chrono::nanoseconds shutdown_limit() const override { return 20ms; }

 private:
  Shared& shared() { return *app_config.shared; }
  Task<> hook(std::string name) {
    shared().lines.push_back(name);
    if (shared().hook_that_throws == name) throw Error("broken", name + " is broken");
    if (shared().hook_that_waits != name) co_return;
    const Line end(shared(), name + " ended");
    bool cancelled = false;
    try {
      co_await never_.wait();
    } catch (const Cancelled&) {
      cancelled = true;
      if (!shared().stubborn) throw;
    }
    if (cancelled) co_await shield(sleep(6s), 60s);
  }
  Task<> on_ping() {
    const Line end(shared(), "handler ended");
    shared().lines.emplace_back("handler");
    co_await never_.wait();
  }

  AsyncEvent never_;
};

TEST_F(AnInstance, runs_its_hooks_in_order_and_its_story_between_them) {
  Instance instance(services, "probe", "probe");
  EXPECT_EQ(run(start<Probe>(instance, shared)), "");
  loop.run_ready();
  EXPECT_THAT(shared->lines,
              ElementsAre("before_initialize", "on_initialize", "after_initialize", "run"));
  EXPECT_TRUE(instance.running());
  EXPECT_EQ(instance.listeners(), 2u);
  EXPECT_EQ(instance.jobs(), 1u);
  shared->lines.clear();
  EXPECT_EQ(run(instance.stop(CancelReason::kOwnerStopped)), "");
  EXPECT_THAT(shared->lines, ElementsAre("run ended", "before_shutdown", "on_shutdown",
                                         "after_shutdown", "destroyed"));
  EXPECT_FALSE(instance.running());
  EXPECT_EQ(instance.listeners(), 0u);
  EXPECT_EQ(instance.jobs(), 0u);
  EXPECT_EQ(observed.registrations, 3u);
  EXPECT_EQ(observed.removals, 3u);
  EXPECT_EQ(loop.timers(), 0u);
}

TEST_F(AnInstance, whose_hook_throws_leaves_nothing_behind_and_the_others_alone) {
  const auto other = std::make_shared<Shared>();
  Instance neighbour(services, "other", "other");
  EXPECT_EQ(run(start<Probe>(neighbour, other)), "");
  for (const char* hook : {"before_initialize", "on_initialize", "after_initialize"}) {
    shared->lines.clear();
    shared->hook_that_throws = hook;
    Instance instance(services, "probe", "probe");
    EXPECT_EQ(run(start<Probe>(instance, shared)), std::string(hook) + " is broken");
    EXPECT_EQ(shared->lines.back(), "destroyed");
    EXPECT_FALSE(instance.running());
    EXPECT_EQ(instance.listeners() + instance.jobs(), 0u);
  }
  other->lines.clear();
  emit("ping");
  EXPECT_THAT(other->lines, ElementsAre("handler"));
  EXPECT_EQ(run(neighbour.stop(CancelReason::kOwnerStopped)), "");
}

TEST_F(AnInstance, has_a_limit_to_its_start) {
  services.start_limit = 20ms;
  shared->hook_that_waits = "on_initialize";
  Instance instance(services, "probe", "probe");
  EXPECT_EQ(run(start<Probe>(instance, shared)), kHeldUp);
  EXPECT_THAT(shared->lines, ElementsAre("before_initialize", "on_initialize",
                                         "on_initialize ended", "destroyed"));
  EXPECT_EQ(instance.listeners() + instance.jobs(), 0u);
}

class Patient : public App<SharedConfig> {
 public:
  Task<> on_initialize() override {
    app_config.shared->lines.emplace_back("waits");
    co_await api.connected();
    app_config.shared->lines.emplace_back("connected");
    try {
      co_await sleep(1h);
    } catch (const Cancelled& cancelled) {
      app_config.shared->lines.emplace_back(to_string(cancelled.reason));
      throw;
    }
  }
};

TEST_F(AnInstance, is_not_late_while_the_home_is_away) {
  services.start_limit = 20ms;
  home.become(ha::LinkState::kLost);
  Instance instance(services, "probe", "probe");
  const auto story = [](Instance* app, SilentHome* link, std::shared_ptr<Shared> seen) -> Task<> {
    co_await when_all(start<Patient>(*app, seen), [](SilentHome* home, Shared* shared) -> Task<> {
      co_await io_sleep(60ms);  // three times what it may take
      shared->lines.emplace_back("back");
      home->become(ha::LinkState::kConnected);
    }(link, seen.get()));
  };
  EXPECT_EQ(run(story(&instance, &home, shared)), kHeldUp) << "from then on, its time runs";
  EXPECT_THAT(shared->lines, ElementsAre("waits", "back", "connected", "time limit reached"));
}

TEST_F(AnInstance, has_the_time_that_is_left_when_the_home_is_back) {
  services.start_limit = 100ms;
  Instance instance(services, "probe", "probe");
  const auto story = [](Instance* app, SilentHome* link, std::shared_ptr<Shared> seen) -> Task<> {
    co_await when_all(start<Patient>(*app, seen), [](SilentHome* home) -> Task<> {
      for (;;) {
        co_await io_sleep(30ms);
        home->become(ha::LinkState::kLost);
        co_await io_sleep(1ms);
        home->become(ha::LinkState::kConnected);
      }
    }(link));
  };
  EXPECT_EQ(run(story(&instance, &home, shared)),
            "its initialisation did not end within 0.1 s: `on_initialize` has not returned; what "
            "waits for ever belongs into run()");
}

TEST_F(AnInstance, whose_start_is_cut_short_may_have_a_hook_that_ends_late) {
  services.start_limit = 20ms;
  shared->hook_that_waits = "on_initialize";
  shared->stubborn = true;
  Instance instance(services, "probe", "probe");
  EXPECT_EQ(run(start<Probe>(instance, shared), Time::kPasses), kHeldUp);
  EXPECT_EQ(shared->lines.back(), "destroyed") << "after the last of its frames";
}

TEST_F(AnInstance, has_a_limit_to_its_shutdown_which_the_app_may_set) {
  shared->hook_that_waits = "on_shutdown";
  Instance instance(services, "probe", "probe");
  EXPECT_EQ(run(start<Probe>(instance, shared)), "");
  EXPECT_EQ(run(instance.stop(CancelReason::kShutdown)), "");
  EXPECT_EQ(tap->count("its shutdown did not end within 0.02 s and was cut short"), 1);
  EXPECT_EQ(shared->lines.back(), "destroyed");
}

TEST_F(AnInstance, stops_although_a_shutdown_hook_throws) {
  shared->hook_that_throws = "before_shutdown";
  Instance instance(services, "probe", "probe");
  EXPECT_EQ(run(start<Probe>(instance, shared)), "");
  EXPECT_EQ(run(instance.stop(CancelReason::kShutdown)), "");
  EXPECT_EQ(tap->count("its shutdown failed: before_shutdown is broken"), 1);
  EXPECT_EQ(shared->lines.back(), "destroyed");
}

TEST_F(AnInstance, outlives_the_handlers_that_its_stop_cancels) {
  Instance instance(services, "probe", "probe");
  EXPECT_EQ(run(start<Probe>(instance, shared)), "");
  emit("ping");
  shared->lines.clear();
  EXPECT_EQ(run(instance.stop(CancelReason::kOwnerStopped)), "");
  EXPECT_THAT(shared->lines, ElementsAre("run ended", "before_shutdown", "on_shutdown",
                                         "after_shutdown", "handler ended", "destroyed"));
  EXPECT_TRUE(observed.failures.empty());
}

TEST_F(AnInstance, can_be_stopped_after_any_number_of_steps_of_its_start) {
  for (int steps = 0; steps < 40; ++steps) {
    Instance instance(services, "probe", "probe");
    bool done = false;
    const auto launch = [](Instance* its, std::shared_ptr<Shared> with, bool* over) -> Task<> {
      struct Over {
        bool* flag;
        ~Over() { *flag = true; }
      };
      const Over at_end{over};
      co_await start<Probe>(*its, with);
    };
    const std::uint64_t number =
        fibers.spawn(async::intern_label("test", "start"), launch(&instance, shared, &done));
    for (int i = 0; i < steps; ++i) loop.turn(false);
    fibers.cancel(number, CancelReason::kShutdown);
    while (!done || fibers.size() > 0) loop.turn(false);
    EXPECT_EQ(run(instance.stop(CancelReason::kShutdown)), "");
    EXPECT_FALSE(instance.running());
    EXPECT_EQ(instance.listeners() + instance.jobs(), 0u);
  }
}

TEST_F(AnInstance, is_not_stopped_by_a_stop_while_it_starts_but_by_the_end_of_its_start) {
  shared->hook_that_waits = "on_initialize";
  Instance instance(services, "probe", "probe");
  const std::uint64_t number =
      fibers.spawn(async::intern_label("test", "start"), start<Probe>(instance, shared));
  while (shared->lines.empty() || shared->lines.back() != "on_initialize") loop.turn(false);
  EXPECT_EQ(run(instance.stop(CancelReason::kShutdown)), "");
  EXPECT_EQ(shared->lines.back(), "on_initialize");  // no hook of a shutdown, no destroyed object
  fibers.cancel(number, CancelReason::kShutdown);
  while (fibers.size() > 0) loop.turn(false);
  EXPECT_THAT(shared->lines, ElementsAre("before_initialize", "on_initialize",
                                         "on_initialize ended", "destroyed"));
  EXPECT_FALSE(instance.running());
  EXPECT_FALSE(instance.left_behind());
}

class TimedOut : public App<SharedConfig> {
 public:
  Task<> on_initialize() override {
    if (app_config.shared->hook_that_throws == "on_initialize")
      co_await timeout(wait_for_ever(), 1ms);
  }
  Task<> on_shutdown() override { co_await timeout(wait_for_ever(), 1ms); }

 private:
  Task<> wait_for_ever() { co_await never_.wait(); }
  AsyncEvent never_;
};

TEST_F(AnInstance, tells_a_timeout_of_the_app_s_own_as_the_app_s_own) {
  shared->hook_that_throws = "on_initialize";
  Instance failing(services, "late", "late");
  EXPECT_THAT(run(start<TimedOut>(failing, shared), Time::kPasses),
              HasSubstr("not finished after 0.001 s"));
  shared->hook_that_throws.clear();
  Instance instance(services, "late", "late");
  EXPECT_EQ(run(start<TimedOut>(instance, shared)), "");
  EXPECT_EQ(run(instance.stop(CancelReason::kShutdown), Time::kPasses), "");
  EXPECT_EQ(tap->count("its shutdown failed: not finished after 0.001 s"), 1);
  EXPECT_EQ(tap->count("was cut short"), 0);
}

class PlainStory : public App<SharedConfig> {
 public:
  [[clang::coro_wrapper]] Task<> run() override { throw Error("story", "no story today"); }
  ~PlainStory() override { app_config.shared->lines.emplace_back("destroyed"); }
};

TEST_F(AnInstance, is_undone_when_its_story_cannot_even_begin) {
  Instance instance(services, "story", "story");
  EXPECT_THAT(run(start<PlainStory>(instance, shared)), HasSubstr("no story today"));
  EXPECT_FALSE(instance.running());
  EXPECT_THAT(shared->lines, ElementsAre("destroyed"));
}

/// Cleans up, in its last hook, for longer than it said it would.
class LongGoodbye : public App<SharedConfig> {
 public:
  ~LongGoodbye() override { app_config.shared->lines.emplace_back("destroyed"); }
  Task<> on_shutdown() override { co_await io_shield(io_sleep(10s), 60s); }
  std::chrono::nanoseconds shutdown_limit() const override { return 20ms; }
};

TEST_F(AnInstance, leaves_a_hook_behind_that_goes_on_cleaning_up_after_its_limit) {
  const auto began = std::chrono::steady_clock::now();
  {
    Instance instance(services, "long", "long");
    EXPECT_EQ(run(start<LongGoodbye>(instance, shared)), "");
    EXPECT_EQ(run(instance.stop(CancelReason::kShutdown)), "");
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);  // not the ten of the hook
    EXPECT_FALSE(instance.running());
    EXPECT_TRUE(instance.left_behind());
    EXPECT_EQ(tap->count("its shutdown did not end within 0.02 s and was cut short"), 1);
    EXPECT_EQ(tap->count("`on_shutdown` does not end although it was cancelled"), 1);
    EXPECT_TRUE(shared->lines.empty());
  }
  EXPECT_THAT(shared->lines, ElementsAre("destroyed"));
}

/// Notes whose work the loop shows while it is destroyed.
class Parting : public App<SharedConfig> {
 public:
  ~Parting() override {
    const async::Label* label = async::Loop::current()->working_on();
    app_config.shared->lines.push_back(label->task + " of " + label->app);
  }
};

TEST_F(AnInstance, names_its_destructor_to_the_watchdog) {
  Instance instance(services, "parting", "parting");
  EXPECT_EQ(run(start<Parting>(instance, shared)), "");
  EXPECT_EQ(run(instance.stop(CancelReason::kShutdown)), "");
  EXPECT_THAT(shared->lines, ElementsAre("destructor of parting"));
}

/// Whose event handlers and jobs fail, and whose error handlers do not end.
class Failing : public App<SharedConfig> {
 public:
  Task<> on_initialize() override {
    bus.on_error(&Failing::on_error);
    scheduler.on_error(&Failing::on_error);
    co_await bus.on("ping", &Failing::fail, {.name = "ping"});
    for (int i = 0; i < 6; ++i) {
      co_await scheduler.run_in(1s, &Failing::fail, {.name = fmt::format("job {}", i)});
    }
  }

 private:
  void fail() { throw Error("broken", "it is broken"); }
  Task<> on_error() {
    app_config.shared->lines.emplace_back("told");
    co_await sleep(1h);
  }
};

TEST_F(AnInstance, has_one_bound_for_the_error_handlers_of_its_listeners_and_jobs) {
  Instance instance(services, "failing", "failing");
  EXPECT_EQ(run(start<Failing>(instance, shared)), "");
  for (int i = 0; i < 6; ++i) emit("ping");
  EXPECT_EQ(shared->lines.size(), 6u);
  loop.run_until(loop.now() + 1s);
  EXPECT_EQ(shared->lines.size(), run::ErrorTasks::kAtOnce);
  EXPECT_EQ(run(instance.stop(CancelReason::kShutdown), Time::kPasses), "");
}

TEST_F(AnInstance, is_the_only_place_where_an_app_is_made) {
  EXPECT_THROW(Probe(), LogicError);
}

}  // namespace
}  // namespace hassette::app
