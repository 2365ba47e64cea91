// What an app may not do on the thread that its blocking work has: everything that is the loop's.
#include <hassette/testing.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace hassette {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Makes calls on one of the pool's threads, and keeps what each was answered.
class OnAThread : public App<> {
 public:
  struct Answer {
    std::string asked;
    std::string said;
  };
  std::vector<Answer> answers;
  AppHarness* home = nullptr;

 private:
  using Calls = std::vector<std::pair<std::string, std::function<void()>>>;

  Task<> on_initialize() override {
    subscription_ = co_await bus.on("ring", [] {}, {.name = "ring"});
    job_ = co_await scheduler.run_in(1h, [] {}, {.name = "later"});
    task_ = task_bucket.spawn("rest", sleep(1h));
    co_await bus.on("try", &OnAThread::on_try, {.name = "try"});
  }

  Task<> on_try() {
    co_await task_bucket.run_in_thread([this] {
      for (const auto& [asked, call] : calls()) {
        std::string said = "nothing";
        try {
          call();
        } catch (const LogicError& error) {
          said = error.message();
        }
        answers.push_back({asked, said});
      }
    });
    EXPECT_TRUE(subscription_.active());
    EXPECT_TRUE(job_.active());
    EXPECT_TRUE(task_.running());
  }

  /// A Task is refused before it is made; one that is made all the same is dropped here.
  template <class T>
  static void keep(Task<T> task) {
    std::vector<Task<T>> kept;
    kept.push_back(std::move(task));
  }

  Calls calls() {
    Calls all = calls_of_the_api();
    const auto add = [&](std::string asked, std::function<void()> call) {
      all.emplace_back(std::move(asked), std::move(call));
    };
    add("states", [this] { static_cast<void>(states.get("light.hall")); });
    add("states", [this] { static_cast<void>(states.all()); });
    add("states", [this] { static_cast<void>(states.size()); });
    add("bus.emit", [this] { bus.emit("ring"); });
    add("bus.on", [this] { keep(bus.on("ring", [] {}, {.name = "again"})); });
    add("Subscription::cancel", [this] { subscription_.cancel(); });
    add("Subscription::active", [this] { static_cast<void>(subscription_.active()); });
    add("Subscription::recent", [this] { static_cast<void>(subscription_.recent()); });
    add("scheduler", [this] { keep(scheduler.run_in(1s, [] {}, {.name = "again"})); });
    add("scheduler.jobs", [this] { static_cast<void>(scheduler.jobs()); });
    add("scheduler.find", [this] { static_cast<void>(scheduler.find("later")); });
    add("scheduler.cancel_all", [this] { scheduler.cancel_all(); });
    add("Job::cancel", [this] { job_.cancel(); });
    add("Job::run_now", [this] { keep(job_.run_now()); });
    add("Job::next_run", [this] { static_cast<void>(job_.next_run()); });
    add("Job::counters", [this] { static_cast<void>(job_.counters()); });
    add("task_bucket.run_in_thread", [this] { keep(task_bucket.run_in_thread([] {})); });
    add("BackgroundTask::cancel", [this] { task_.cancel(); });
    add("BackgroundTask::running", [this] { static_cast<void>(task_.running()); });
    add("now", [this] { static_cast<void>(now()); });
    add("now", [this] { static_cast<void>(local_now()); });
    add("TestHome::now", [this] { static_cast<void>(home->now()); });
    add("the TestHome", [this] { home->set_state("light.hall", "on"); });
    add("moving time", [this] { home->advance(1s); });
    return all;
  }

  Calls calls_of_the_api() {
    return {
        {"api.connected", [this] { keep(api.connected()); }},
        {"api.call_service", [this] { keep(api.call_service("light", "turn_on")); }},
        {"api.turn_on", [this] { keep(api.turn_on("light.hall")); }},
        {"api.turn_off", [this] { keep(api.turn_off("light.hall")); }},
        {"api.toggle", [this] { keep(api.toggle("light.hall")); }},
        {"api.get_state", [this] { keep(api.get_state("light.hall")); }},
        {"api.fire_event", [this] { keep(api.fire_event("ring")); }},
        {"api.render_template", [this] { keep(api.render_template("{{ 1 }}")); }},
        {"api.send", [this] { keep(api.send({{"type", "get_config"}})); }},
    };
  }

  Subscription subscription_;
  Job job_;
  BackgroundTask task_;
};

TEST(Facades, refuse_to_be_used_on_a_thread_of_blocking_work) {
  AppHarness home;
  home.set_state("light.hall", "off");
  auto& app = home.start<OnAThread>();
  app.home = &home;
  home.simulate_event("try");
  ASSERT_EQ(app.answers.size(), 33u);
  for (const auto& [asked, said] : app.answers) {
    EXPECT_EQ(said.substr(0, said.find(" was called on another thread than the loop's")), asked);
  }
  EXPECT_THAT(home.calls(), IsEmpty());
  EXPECT_EQ(home.state("light.hall")->text(), "off");
}

/// Asks what a registration is on one of the pool's threads, while the loop ends it.
class AskedMeanwhile : public App<> {
 public:
  int asked = 0;
  int refused = 0;

 private:
  /// What the two threads tell each other; relaxed, so that it puts nothing else in order.
  struct Signs {
    std::atomic<bool> begun = false;
    std::atomic<bool> over = false;
    std::atomic<int> asked = 0;
    std::atomic<int> refused = 0;
  };

  Task<> on_initialize() override {
    co_await bus.on("try", &AskedMeanwhile::on_try, {.name = "try"});
  }

  static void ask(Signs& signs, const std::function<void()>& call) {
    ++signs.asked;
    try {
      call();
    } catch (const LogicError&) {
      ++signs.refused;
    }
  }

  Task<> on_try() {
    for (int round = 0; round < 50; ++round) {
      const auto signs = std::make_shared<Signs>();
      const Job job = co_await scheduler.run_in(1h, [] {}, {.name = "later"});
      const Subscription subscription = co_await bus.on("ring", [] {}, {.name = "ring"});
      co_await when_all(poll(signs, job, subscription), end(signs, job, subscription));
      asked += signs->asked;
      refused += signs->refused;
    }
  }

  Task<> poll(std::shared_ptr<Signs> signs, Job job, Subscription subscription) {
    co_await task_bucket.run_in_thread([signs, job, subscription] {
      bool last = false;
      do {
        last = signs->over.load(std::memory_order_relaxed);
        ask(*signs, [&] { static_cast<void>(job.active()); });
        ask(*signs, [&] { static_cast<void>(job.running()); });
        ask(*signs, [&] { static_cast<void>(job.counters()); });
        ask(*signs, [&] { static_cast<void>(subscription.active()); });
        ask(*signs, [&] { static_cast<void>(subscription.recent()); });
        signs->begun.store(true, std::memory_order_relaxed);
      } while (!last);
    });
  }

  Task<> end(std::shared_ptr<Signs> signs, Job job, Subscription subscription) {
    while (!signs->begun.load(std::memory_order_relaxed)) co_await yield();
    co_await job.run_now();
    job.cancel();
    subscription.cancel();
    co_await yield();
    signs->over.store(true, std::memory_order_relaxed);
  }
};

TEST(Facades, refuse_another_thread_also_while_the_loop_ends_what_it_asks_about) {
  AppHarness home;
  auto& app = home.start<AskedMeanwhile>();
  home.simulate_event("try");
  EXPECT_GE(app.asked, 500);
  EXPECT_EQ(app.refused, app.asked);
}

}  // namespace
}  // namespace hassette
