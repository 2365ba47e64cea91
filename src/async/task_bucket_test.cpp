#include <hassette/task_bucket.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <hassette/error.hpp>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "async/bucket.hpp"
#include "async/pool.hpp"
#include "async/testing.hpp"

namespace hassette::async {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AppTasks : public InVirtualTime {
 public:
  Notes notes;
  Pool pool{1};
  Permits threads{1};
  TaskBucket tasks{bucket, pool, threads, "lights"};
};

TEST_F(AppTasks, are_named_and_may_be_cancelled) {
  BackgroundTask task;
  EXPECT_FALSE(task.running());
  task.cancel();
  const auto story = [](TaskBucket* own, BackgroundTask* into) -> Task<> {
    *into = own->spawn("dimming", sleep(1h));
    co_return;
  };
  run(story(&tasks, &task));
  ASSERT_EQ(bucket.running().size(), 1u);
  EXPECT_EQ(bucket.running()[0]->app, "lights");
  EXPECT_EQ(bucket.running()[0]->task, "dimming");
  EXPECT_TRUE(task.running());
  task.cancel();
  loop.run_ready();
  EXPECT_FALSE(task.running());
}

TEST_F(AppTasks, keep_the_lambda_that_they_come_from) {
  const auto story = [](TaskBucket* own, Notes* into) -> Task<> {
    const std::string who = "somebody with a name that no string holds in itself";
    own->spawn("greeting", [who, into]() -> Task<> {
      co_await sleep(1s);
      into->push_back("hello " + who);
    });
    const auto named = [](Notes* where) -> Task<> {
      where->push_back("captures nothing");
      co_return;
    };
    own->spawn("named", named(into));
    co_return;
  };
  run(story(&tasks, &notes));
  advance(2s);
  EXPECT_THAT(notes, ElementsAre("captures nothing",
                                 "hello somebody with a name that no string holds in itself"));
}

struct Lamp {
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): that is what it is for
  Task<> blink(const std::string& /*name*/) const { co_await yield(); }
  Task<> dim(std::string /*name*/) const { co_await yield(); }
};
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): that is what it is for
Task<> blink(const std::string& /*name*/) {
  co_await yield();
}
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): that is what it is for
Task<> light(Lamp& lamp, Notes* notes) {
  co_await lamp.dim("hall");
  notes->push_back("dimmed");
}

TEST_F(AppTasks, are_refused_where_they_refer_to_what_is_gone_when_they_run) {
  const auto story = [](TaskBucket* own, Notes* into) -> Task<> {
    const auto note = [into](const std::function<void()>& spawn) {
      try {
        spawn();
        into->push_back("taken");
      } catch (const LogicError& error) {
        into->push_back(error.what());
      }
    };
    const std::string who = "somebody";
    const Lamp lamp;
    note([&] { own->spawn("lambda", [who]() -> Task<> { co_await yield(); }()); });
    note([&] {
      own->spawn("defaults", [&]() -> Task<> {
        into->push_back(who);
        co_return;
      }());
    });
    note([&] { own->spawn("generic", [who](auto) -> Task<> { co_await yield(); }(1)); });
    note([&] { own->spawn("member", lamp.blink("hall")); });
    note([&] { own->spawn("free", blink("hall")); });
    co_return;
  };
  run(story(&tasks, &notes));
  const auto captures = HasSubstr("Hand over the lambda itself, without the call");
  const auto parameter = HasSubstr("Take it by value");
  EXPECT_THAT(notes, ElementsAre(captures, captures, captures, parameter, parameter));
  EXPECT_THAT(notes.front(), HasSubstr("task_bucket.spawn(\"lambda\") with the task made at "));
  EXPECT_THAT(notes.front(), HasSubstr("bucket_test.cpp:"));
  EXPECT_EQ(bucket.size(), 0u);
}

Task<> twice(Task<> first, Task<> then) {
  co_await std::move(first);
  co_await std::move(then);
}
Task<> in_turn(std::vector<Task<>> all) {
  for (Task<>& each : all) co_await std::move(each);
}
Task<> if_any(std::optional<Task<>> task) {
  if (task) co_await *std::move(task);
}
struct Player {
  Task<> play(Task<> task, int /*times*/) const { co_await std::move(task); }
};

TEST_F(AppTasks, are_refused_inside_others_as_they_are_alone) {
  const auto story = [](TaskBucket* own, Notes* into) -> Task<> {
    const std::string who = "somebody";
    const auto captures = [who]() -> Task<> { co_await yield(); };
    const auto whole = []() -> Task<> { co_await yield(); };
    const auto note = [into](const std::function<void()>& spawn) {
      const UnawaitedReports reports;  // of what is refused nothing else has to be said
      try {
        spawn();
        into->push_back("taken");
      } catch (const LogicError& error) {
        into->push_back(error.what());
      }
    };
    const auto list = [&] {
      std::vector<Task<>> all;
      all.push_back(whole());
      all.push_back(captures());
      return all;
    };
    const auto some = [&] {
      std::optional<Task<>> made;
      made.emplace(captures());
      return made;
    };
    note([&] { own->spawn("timeout", timeout([who]() -> Task<> { co_await yield(); }(), 1s)); });
    note([&] { own->spawn("io_timeout", io_timeout(captures(), 1s)); });
    note([&] { own->spawn("shield", shield(captures(), 1s)); });
    note([&] { own->spawn("both", twice(whole(), captures())); });
    note([&] { own->spawn("list", in_turn(list())); });
    note([&] { own->spawn("all", when_all(list())); });
    note([&] { own->spawn("optional", if_any(some())); });
    note([&] { own->spawn("member", Player().play(captures(), 2)); });
    note([&] {
      own->spawn("lambda", [](Task<> task) -> Task<> { co_await std::move(task); }(captures()));
    });
    note([&] { own->spawn("nothing", if_any(std::nullopt)); });
    note([&] { own->spawn("deep", timeout(twice(shield(blink("hall"), 1s), whole()), 1s)); });
    note([&] { own->spawn("whole", timeout(twice(whole(), whole()), 1s)); });
    co_return;
  };
  run(story(&tasks, &notes));
  advance(1s);
  const auto captures = HasSubstr("Hand over the lambda itself, without the call");
  const auto parameter = HasSubstr("Take it by value");
  EXPECT_THAT(notes, ElementsAre(captures, captures, captures, captures, captures, captures,
                                 captures, captures, captures, "taken", parameter, "taken"));
  EXPECT_EQ(bucket.size(), 0u);
}

Task<> second(std::vector<Task<>> all, Notes* notes) {
  co_await std::move(all[1]);
  notes->push_back("second");
}

TEST_F(AppTasks, may_be_in_a_list_with_one_that_is_over) {
  const auto story = [](Notes* into) -> Task<> {
    std::vector<Task<>> all;
    all.push_back(yield());
    all.push_back(yield());
    co_await std::move(all[0]);
    co_await second(std::move(all), into);
  };
  run(story(&notes));
  EXPECT_THAT(notes, ElementsAre("second"));
}

TEST_F(AppTasks, may_refer_to_their_object_and_to_what_the_author_keeps) {
  const auto story = [](TaskBucket* own, Lamp* lamp, Notes* into) -> Task<> {
    own->spawn("member", lamp->dim("hall"));
    own->spawn("reference", light(*lamp, into));
    own->spawn("no captures", [](Notes* where, std::string text) -> Task<> {
      where->push_back(std::move(text));
      co_return;
    }(into, "ran"));
    own->spawn("callable", [](auto function) -> Task<> {
      function();
      co_return;
    }([into] { into->push_back("called"); }));
    co_return;
  };
  Lamp lamp;
  run(story(&tasks, &lamp, &notes));
  advance(1s);
  EXPECT_THAT(notes, testing::UnorderedElementsAre("dimmed", "ran", "called"));
  EXPECT_THAT(errors, IsEmpty());
}

TEST_F(AppTasks, are_refused_outside_the_loop) {
  const UnawaitedReports reports;
  EXPECT_THROW(tasks.spawn("dimming", sleep(1h)), LogicError);
}

TEST_F(AppTasks, are_refused_on_another_thread) {
  const auto story = [](TaskBucket* own, BackgroundTask* into) -> Task<> {
    *into = own->spawn("dimming", sleep(1h));
    co_return;
  };
  BackgroundTask task;
  run(story(&tasks, &task));
  EXPECT_THAT(on_another_thread([&] {
                std::vector<Task<>> none;
                none.push_back(tasks.run_in_thread([] {}));
              }),
              HasSubstr("task_bucket.run_in_thread was called on another thread"));
  EXPECT_THAT(on_another_thread([&] { task.cancel(); }),
              HasSubstr("BackgroundTask::cancel was called on another thread"));
  EXPECT_TRUE(task.running());
}

TEST_F(AppTasks, give_results_and_exceptions_of_a_thread) {
  const std::thread::id here = std::this_thread::get_id();
  EXPECT_NE(run(tasks.run_in_thread([] { return std::this_thread::get_id(); })), here);
  run(tasks.run_in_thread([] {}));
  EXPECT_EQ(*run(tasks.run_in_thread([] { return std::make_unique<int>(3); })), 3);
  EXPECT_THROW(run(tasks.run_in_thread([]() -> int { throw Error("disk", "full"); })), Error);
}

TEST_F(AppTasks, tell_blocking_work_when_nobody_waits_for_it_any_more) {
  const auto work = [](TaskBucket* own, bool* told) -> Task<> {
    *told = co_await own->run_in_thread([](const std::stop_token& stop) {
      std::atomic<bool> asked = false;
      const std::stop_callback tell(stop, [&] {
        asked = true;
        asked.notify_all();
      });
      asked.wait(false);
      return asked.load();
    });
  };
  bool told = false;
  const std::uint64_t number = spawn(work(&tasks, &told));
  loop.turn(false);  // to the thread
  bucket.cancel(number, CancelReason::kRequested);
  loop.run_ready();  // waits for the thread
  EXPECT_EQ(bucket.size(), 0u);
  EXPECT_FALSE(told);  // the work has ended, and the task that wanted its result was cancelled
}

TEST_F(AppTasks, hold_no_more_threads_of_the_pool_than_the_app_may_have) {
  Pool roomy{4};
  TaskBucket own{bucket, roomy, threads, "lights"};
  std::mutex mutex;
  std::condition_variable met;
  int at_once = 0;
  int most = 0;
  // Each waits for a second one, which cannot come while the app has one thread.
  const auto work = [&] {
    std::unique_lock lock(mutex);
    most = std::max(most, ++at_once);
    met.notify_all();
    met.wait_for(lock, 100ms, [&] { return at_once > 1; });
    --at_once;
  };
  const auto several = [](TaskBucket* tasks, decltype(work) each) -> Task<> {
    co_await when_all(tasks->run_in_thread(each), tasks->run_in_thread(each));
  };
  run(several(&own, work));
  EXPECT_EQ(most, 1);
}

}  // namespace
}  // namespace hassette::async
