// What an app may do while it goes: its destructors, and those in its frames, are its code, too.
#include "app/instance.hpp"
#include "app/instance_testing.hpp"
#include "async/testing.hpp"

namespace hassette::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Spawns, as its last act, a task that uses the app.
class Byes : public App<SharedConfig> {
 public:
  ~Byes() override {
    task_bucket.spawn("bye", [this]() -> Task<> {
      app_config.shared->lines.push_back("bye " + text_);
      co_return;
    });
  }

 private:
  std::string text_ = "and thank you for all the light that there was";
};

TEST_F(AnInstance, does_not_run_what_its_destructor_spawns) {
  const async::UnawaitedReports unawaited;
  Instance instance(services, "byes", "byes");
  EXPECT_EQ(run(start<Byes>(instance, shared)), "");
  EXPECT_EQ(run(instance.stop(CancelReason::kOwnerStopped)), "");
  EXPECT_FALSE(instance.left_behind());
  loop.run_ready();
  EXPECT_THAT(shared->lines, IsEmpty());
  EXPECT_EQ(tap->count("`bye` was spawned while the app was being destroyed: it does not run"), 1);
  EXPECT_THAT(unawaited.all(), IsEmpty());
}

/// Spawns a task that uses the app, which is never made.
class Hasty : public App<SharedConfig> {
 public:
  Hasty() {
    task_bucket.spawn("early", [this]() -> Task<> {
      app_config.shared->lines.push_back(text_);
      co_return;
    });
    throw Error("lamp", "no lamp");
  }

 private:
  std::string text_ = "whatever stands where the object was, which may be anything";
};

TEST_F(AnInstance, does_not_run_what_a_constructor_spawned_that_threw) {
  const async::UnawaitedReports unawaited;
  Instance instance(services, "hasty", "hasty");
  EXPECT_EQ(run(start<Hasty>(instance, shared)), "no lamp");
  EXPECT_THAT(shared->lines, IsEmpty());
  EXPECT_THAT(unawaited.all(), IsEmpty());
}

/// Waits while it starts, as a start that is to be cancelled would not.
class Waiting : public App<SharedConfig> {
 public:
  Task<> on_initialize() override {
    co_await yield();
    if (!app_config.shared->hook_that_throws.empty()) throw Error("broken", "not yet");
    app_config.shared->lines.emplace_back("started");
  }
};

TEST_F(AnInstance, may_be_started_again_after_a_start_that_failed) {
  Instance instance(services, "waiting", "waiting");
  shared->hook_that_throws = "on_initialize";
  EXPECT_EQ(run(start<Waiting>(instance, shared)), "not yet");
  shared->hook_that_throws.clear();
  EXPECT_EQ(run(start<Waiting>(instance, shared)), "");
  EXPECT_THAT(shared->lines, ElementsAre("started"));
  EXPECT_EQ(run(instance.stop(CancelReason::kOwnerStopped)), "");
}

/// Whose frames and handlers spawn when they go.
class Parting : public App<SharedConfig> {
 public:
  Task<> on_initialize() override {
    co_await bus.on("ping", [kept = std::make_shared<Spawn>(this, "handler")] {}, {.name = "ping"});
    task_bucket.spawn("waits", wait());
  }
  ~Parting() override { note("destroyed"); }

 private:
  struct Spawn {
    Spawn(Parting* app, std::string whose) : app_(app), whose_(std::move(whose)) {}
    Spawn(const Spawn&) = delete;
    Spawn& operator=(const Spawn&) = delete;
    ~Spawn() { app_->task_bucket.spawn(whose_, app_->write("after the " + whose_)); }

   private:
    Parting* app_;
    std::string whose_;
  };

  Task<> wait() {
    const Spawn parting(this, "frame");
    co_await sleep(1h);
  }
  Task<> write(std::string text) {
    note(text);
    co_await sleep(1h);
    note("not reached");
  }
  void note(const std::string& text) { app_config.shared->lines.push_back(text); }
};

TEST_F(AnInstance, runs_what_its_last_frames_and_handlers_spawn_to_the_first_wait) {
  Instance instance(services, "parting", "parting");
  EXPECT_EQ(run(start<Parting>(instance, shared)), "");
  EXPECT_EQ(run(instance.stop(CancelReason::kOwnerStopped)), "");
  EXPECT_FALSE(instance.left_behind());
  EXPECT_THAT(shared->lines,
              ::testing::UnorderedElementsAre("after the handler", "after the frame", "destroyed"));
  EXPECT_EQ(shared->lines.back(), "destroyed");
}

/// Leaves a task behind whose destructors use every facade that is plain to call.
class Clinging : public App<SharedConfig> {
 public:
  Task<> on_initialize() override {
    task_bucket.spawn("clings", cling());
    co_return;
  }
  ~Clinging() override { use("object"); }

 private:
  struct Use {
    Clinging* app;
    ~Use() { app->use("frame"); }
  };

  Task<> cling() {
    const Use parting{this};
    co_await io_shield(io_sleep(10s), 60s);
  }

  void use(const std::string& whose) {
    const std::size_t known = states.size() + scheduler.jobs().size();
    bus.emit("gone");
    bus.on_error([](HandlerError) {});
    scheduler.cancel_all();
    task_bucket.spawn(whose, sleep(1h));
    app_config.shared->lines.push_back(fmt::format("{} {}", whose, known));
  }
};

TEST_F(AnInstance, lets_what_was_left_behind_use_the_facades_also_after_the_loop_s_end) {
  {
    Instance instance(services, "clinging", "clinging");
    EXPECT_EQ(run(start<Clinging>(instance, shared)), "");
    EXPECT_EQ(run(instance.stop(CancelReason::kShutdown)), "");
    EXPECT_TRUE(instance.left_behind());
  }
  EXPECT_EQ(async::Loop::current(), nullptr);
  EXPECT_THAT(shared->lines, ElementsAre("frame 0", "object 0"));
  EXPECT_EQ(tap->count("`frame` was spawned while the app was being destroyed"), 1);
  EXPECT_EQ(tap->count("`object` was spawned while the app was being destroyed"), 1);
}

}  // namespace
}  // namespace hassette::app
