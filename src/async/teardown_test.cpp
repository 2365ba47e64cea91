// The teardown sweep: each component is run for k turns and destroyed, for every k. What it proves
// shows under AddressSanitizer with detect_stack_use_after_return=1: no frame is left, read or
// freed twice.
#include <functional>
#include <hassette/error.hpp>
#include <memory>

#include "async/pool.hpp"
#include "async/testing.hpp"

namespace hassette::async {
namespace {

/// A place to run a component in, destroyed as a whole; what tasks share lives as long as their
/// bucket.
struct Stage {
  VirtualClock clock{kTestStart};
  ParkReactor reactor;
  Loop loop{clock, reactor};
  Channel<std::string> there{1};
  Channel<std::string> back{1};
  AsyncEvent event;
  Notes notes;
  Bucket bucket{loop, {}};
};

using Component = std::function<void(Stage&, Pool&)>;

void spawn(Stage& stage, Task<> task) {
  stage.bucket.spawn(intern_label("app", "swept"), std::move(task));
}

/// True if the component was still running after that many turns.
bool run_and_destroy(const Component& component, int turns, bool cancel_first) {
  Pool pool(1);  // after the stage's frames, which wait for its work
  auto stage = std::make_unique<Stage>();
  component(*stage, pool);
  for (int i = 0; i < turns; ++i) {
    if (stage->bucket.size() == 0) return false;
    while (!stage->loop.turn(false)) {  // until something ran: jump, or wait for the pool
      if (stage->loop.timers() > 0)
        stage->loop.turn(true);
      else
        stage->reactor.wait({});
    }
  }
  if (cancel_first) {
    for (std::uint64_t number = 1; number < 10; ++number) {
      stage->bucket.cancel(number, CancelReason::kShutdown);
    }
    stage->loop.turn(false);
  }
  return stage->bucket.size() > 0;
}

void sweep(const Component& component) {
  const UnawaitedReports reports;
  for (const bool cancel_first : {false, true}) {
    int turns = 0;
    while (run_and_destroy(component, turns, cancel_first)) ASSERT_LT(++turns, 1000);
    if (!cancel_first) {
      EXPECT_GT(turns, 1) << "the component ended too soon to be swept";
    }
  }
  EXPECT_TRUE(reports.all().empty()) << reports.all()[0].file << ":" << reports.all()[0].line;
}

Task<> sleeping(Notes* notes) {
  const Mark mark(*notes, "left");
  for (int i = 0; i < 5; ++i) co_await sleep(1s);
}

TEST(Teardown, of_sleeping_tasks) {
  sweep([](Stage& stage, Pool&) { spawn(stage, sleeping(&stage.notes)); });
}

Task<> ping(Stage* on) {
  for (int i = 0; i < 4; ++i) {
    co_await on->there.send("ping, long enough to live on the heap " + std::to_string(i));
    const auto answer = co_await on->back.receive();
    if (!answer) co_return;
  }
  on->there.close();
}

Task<> pong(Stage* on) {
  while (auto text = co_await on->there.receive()) co_await on->back.send(std::move(*text));
}

TEST(Teardown, of_a_conversation_over_channels) {
  sweep([](Stage& stage, Pool&) {
    spawn(stage, ping(&stage));
    spawn(stage, pong(&stage));
  });
}

Task<> many_senders(Stage* on, int sender) {
  for (int i = 0; i < 3; ++i)
    co_await on->there.send(std::string(40, 'x') + std::to_string(sender));
}

Task<> drain(Stage* on, int items) {
  for (int i = 0; i < items; ++i) co_await on->there.receive();
}

TEST(Teardown, of_a_crowd_at_a_channel) {
  sweep([](Stage& stage, Pool&) {
    for (int i = 0; i < 3; ++i) spawn(stage, many_senders(&stage, i));
    for (int i = 0; i < 2; ++i) spawn(stage, drain(&stage, 4));
    spawn(stage, drain(&stage, 1));
  });
}

Task<std::string> slow(std::chrono::nanoseconds time) {
  const std::string text(50, 's');
  co_await sleep(time);
  co_return text;
}

Task<> failing(std::chrono::nanoseconds time) {
  co_await sleep(time);
  throw Error("swept", "on purpose");
}

Task<> nested() {
  const auto won =
      co_await when_any(when_all(slow(1s), slow(2s), when_any(slow(3s), slow(4s))), slow(1h));
  if (won.index() != 0) co_return;
  try {
    co_await when_all(slow(1h), failing(1s), timeout(slow(1h), 1min));
  } catch (const Error&) {
  }
  co_await when_all(slow(1s), slow(1s));
}

TEST(Teardown, of_nested_groups) {
  sweep([](Stage& stage, Pool&) { spawn(stage, nested()); });
}

Task<> timing_out() {
  try {
    co_await timeout(when_all(slow(1h), slow(2h)), 1s);
  } catch (const TimeoutError&) {
  }
  co_await timeout(slow(1s), 1h);
}

TEST(Teardown, of_time_limits) {
  sweep([](Stage& stage, Pool&) { spawn(stage, timing_out()); });
}

Task<> clean_up_when_cancelled(Notes* notes) {
  std::exception_ptr error;
  try {
    co_await timeout(slow(1h), 1s);
  } catch (...) {
    error = std::current_exception();
  }
  co_await shield(sleeping(notes), 1min);
  if (error && is_cancelled(error)) std::rethrow_exception(error);
}

TEST(Teardown, of_shielded_cleanup) {
  sweep([](Stage& stage, Pool&) { spawn(stage, clean_up_when_cancelled(&stage.notes)); });
}

Task<> pool_work(Pool* on, Notes* notes) {
  std::vector<int> in_the_frame(100, 1);
  for (int i = 0; i < 3; ++i) {
    co_await on->run([&](const std::stop_token&) {
      for (int& item : in_the_frame) ++item;
    });
    notes->push_back("step");
    co_await sleep(1s);
  }
}

TEST(Teardown, of_work_on_a_pool) {
  sweep([](Stage& stage, Pool& pool) {
    spawn(stage, pool_work(&pool, &stage.notes));
    spawn(stage, pool_work(&pool, &stage.notes));
  });
}

Task<> set_and_clear(Stage* on) {
  for (int i = 0; i < 4; ++i) {
    on->event.set();
    co_await yield();
    on->event.clear();
    co_await sleep(1s);
  }
  on->event.set();
}

Task<> wait_often(Stage* on) {
  for (int i = 0; i < 4; ++i) {
    co_await on->event.wait();
    co_await yield();
  }
}

TEST(Teardown, of_events) {
  sweep([](Stage& stage, Pool&) {
    spawn(stage, set_and_clear(&stage));
    spawn(stage, wait_often(&stage));
    spawn(stage, wait_often(&stage));
  });
}

Task<> start_others(Stage* on) {
  for (int i = 0; i < 3; ++i) {
    on->bucket.spawn_now(intern_label("app", "inner"), clean_up_when_cancelled(&on->notes));
    on->bucket.spawn_now(intern_label("app", "inner"), many_senders(on, i));
    co_await on->there.receive();
  }
  co_await drain(on, 6);
}

TEST(Teardown, of_tasks_that_are_started_at_once) {
  sweep([](Stage& stage, Pool&) { spawn(stage, start_others(&stage)); });
}

Task<> close_another(Stage* on) {
  Bucket inner(on->loop, {});
  inner.spawn(intern_label("app", "inner"), clean_up_when_cancelled(&on->notes));
  inner.spawn(intern_label("app", "inner"), nested());
  co_await sleep(2s);
  co_await inner.close(CancelReason::kOwnerStopped);
}

TEST(Teardown, of_a_bucket_inside_a_task) {
  sweep([](Stage& stage, Pool&) { spawn(stage, close_another(&stage)); });
}

}  // namespace
}  // namespace hassette::async
