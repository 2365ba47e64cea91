#include <hassette/error.hpp>
#include <hassette/task_bucket.hpp>
#include <memory>
#include <thread>

#include "async/pool.hpp"
#include "async/testing.hpp"

namespace hassette::async {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Tasks : public InVirtualTime {};

Task<int> number(int value) {
  co_return value;
}

Task<> note(Notes* notes, std::string text) {
  notes->push_back(std::move(text));
  co_return;
}

TEST_F(Tasks, run_only_when_they_are_awaited) {
  Notes notes;
  const auto story = [](Notes* log) -> Task<> {
    std::vector<Task<>> later;
    later.push_back(note(log, "awaited"));
    log->push_back("made");
    co_await std::move(later.front());
    log->push_back("done");
  };
  run(story(&notes));
  EXPECT_THAT(notes, ElementsAre("made", "awaited", "done"));
}

TEST_F(Tasks, give_results_of_any_kind) {
  struct Plain {
    int a;
    std::string b;
  };
  const auto move_only = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); };
  const auto aggregate = []() -> Task<Plain> { co_return Plain{1, "two"}; };
  const auto maybe = []() -> Task<std::optional<int>> { co_return std::nullopt; };
  EXPECT_EQ(*run(move_only()), 7);
  EXPECT_EQ(run(aggregate()).b, "two");
  EXPECT_FALSE(run(maybe()).has_value());
  EXPECT_EQ(run(number(3)), 3);
}

TEST_F(Tasks, move_and_the_last_holder_awaits) {
  const auto pass_on = [](Task<int> given) -> Task<int> {
    Task<int> mine = std::move(given);
    co_return co_await std::move(mine);
  };
  EXPECT_EQ(run(pass_on(number(5))), 5);
}

TEST_F(Tasks, throw_to_whoever_awaits_them) {
  const auto failing = []() -> Task<int> {
    co_await yield();
    throw Error("kaput", "broken");
  };
  const auto catching = [](Task<int> inner) -> Task<std::string> {
    try {
      co_await std::move(inner);
    } catch (const Error& error) {
      co_return std::string(error.code());
    }
    co_return "nothing";
  };
  EXPECT_EQ(run(catching(failing())), "kaput");
  EXPECT_THROW(run(failing()), Error);
}

TEST_F(Tasks, unwind_the_frames_that_an_error_passes) {
  Notes notes;
  struct Nest {
    static Task<> at(int depth, Notes* log) {
      const Mark mark(*log, std::to_string(depth));
      if (depth == 0) throw Error("deep", "down");
      co_await at(depth - 1, log);
    }
  };
  EXPECT_THROW(run(Nest::at(3, &notes)), Error);
  EXPECT_THAT(notes, ElementsAre("0", "1", "2", "3"));
}

// --- Depth: symmetric transfer keeps the stack where it is

struct Deep {
  static Task<int> down(int depth) {
    if (depth == 0) co_return 0;
    co_return 1 + co_await down(depth - 1);
  }
  static Task<> fail(int depth) {
    if (depth == 0) throw Error("deep", "down");
    co_await fail(depth - 1);
  }
  static Task<> sleep_at(int depth) {
    if (depth == 0) {
      co_await sleep(1h);
    } else {
      co_await sleep_at(depth - 1);
    }
  }
};

constexpr int kDeep = 100'000;

TEST_F(Tasks, nest_a_hundred_thousand_deep) {
  EXPECT_EQ(run(Deep::down(kDeep)), kDeep);
}

TEST_F(Tasks, fail_a_hundred_thousand_deep) {
  EXPECT_THROW(run(Deep::fail(kDeep)), Error);
}

TEST_F(Tasks, are_cancelled_a_hundred_thousand_deep) {
  const auto number = spawn(Deep::sleep_at(kDeep));
  loop.run_ready();
  bucket.cancel(number, CancelReason::kRequested);
  loop.run_ready();
  EXPECT_EQ(bucket.size(), 0u);
  EXPECT_THAT(errors, IsEmpty());
}

TEST_F(Tasks, awaited_in_a_row_need_no_stack) {
  const auto many = []() -> Task<std::int64_t> {
    std::int64_t sum = 0;
    for (int i = 0; i < kDeep; ++i) sum += co_await number(1);
    co_return sum;
  };
  EXPECT_EQ(run(many()), kDeep);
}

// --- What was never awaited

TEST_F(Tasks, left_in_a_container_are_reported_with_app_and_line) {
  const UnawaitedReports reports;
  unsigned line = 0;
  const auto forgetful = [](unsigned* where) -> Task<> {
    std::vector<Task<>> forgotten;
    *where = __LINE__ + 1;
    forgotten.push_back(sleep(1s));
    co_return;
  };
  run(forgetful(&line));
  ASSERT_THAT(reports.all(), SizeIs(1));
  EXPECT_EQ(reports.all()[0].app, "app");
  EXPECT_EQ(reports.all()[0].task, "task");
  EXPECT_EQ(reports.all()[0].line, line);
  EXPECT_NE(reports.all()[0].file.find("task_test.cpp"), std::string::npos);
}

TEST_F(Tasks, replaced_by_assignment_are_reported) {
  const UnawaitedReports reports;
  const auto replacing = []() -> Task<> {
    std::vector<Task<>> slot;
    slot.push_back(sleep(1s));
    slot[0] = yield();
    co_await std::move(slot[0]);
  };
  run(replacing());
  EXPECT_THAT(reports.all(), SizeIs(1));
}

TEST_F(Tasks, of_the_authors_own_are_reported_at_their_definition) {
  const UnawaitedReports reports;
  {
    std::vector<Task<int>> forgotten;
    forgotten.push_back(number(1));
  }
  ASSERT_THAT(reports.all(), SizeIs(1));
  EXPECT_EQ(reports.all()[0].app, "");
  EXPECT_NE(reports.all()[0].file.find("task_test.cpp"), std::string::npos);
}

TEST_F(Tasks, wrapped_by_the_library_are_reported_at_the_authors_line) {
  const UnawaitedReports reports;
  const unsigned line = __LINE__ + 3;
  {
    std::vector<Task<>> forgotten;
    forgotten.push_back(timeout(sleep(1h), 1s));
  }
  ASSERT_FALSE(reports.all().empty());
  for (const auto& report : reports.all()) EXPECT_EQ(report.line, line);
}

TEST_F(Tasks, of_whatever_waits_are_reported_at_the_authors_line) {
  const UnawaitedReports reports;
  AsyncEvent event;
  Channel<int> channel(1);
  Pool pool(1);
  Permits threads(1);
  TaskBucket tasks(bucket, pool, threads, "app");
  std::vector<unsigned> lines;
  const auto expect = [&](unsigned line) { lines.push_back(line); };
  {
    std::vector<Task<>> plain;
    std::vector<Task<int>> numbers;
    std::vector<Task<bool>> sent;
    std::vector<Task<std::optional<int>>> received;
    std::vector<Task<std::vector<int>>> lists;
    plain.push_back(event.wait()), expect(__LINE__);
    plain.push_back(tasks.run_in_thread([] {})), expect(__LINE__);
    numbers.push_back(tasks.run_in_thread([] { return 1; })), expect(__LINE__);
    sent.push_back(channel.send(1)), expect(__LINE__);
    received.push_back(channel.receive()), expect(__LINE__);
    plain.push_back(when_all(std::vector<Task<>>())), expect(__LINE__);
    lists.push_back(when_all(std::vector<Task<int>>())), expect(__LINE__);
  }
  std::vector<unsigned> reported;
  for (const auto& report : reports.all()) {
    EXPECT_NE(report.file.find("task_test.cpp"), std::string::npos) << report.file;
    reported.push_back(report.line);
  }
  EXPECT_THAT(reported, testing::UnorderedElementsAreArray(lines));
}

TEST_F(Tasks, made_of_several_are_reported_where_the_first_was_made) {
  const UnawaitedReports reports;
  const unsigned line = __LINE__ + 4;
  {
    std::vector<Task<std::variant<Unit, Unit>>> races;
    std::vector<Task<std::tuple<Unit, Unit>>> all;
    races.push_back(when_any(sleep(1s), yield())), all.push_back(when_all(yield(), sleep(1s)));
  }
  ASSERT_THAT(reports.all(), SizeIs(6)) << "both, and what each was given";
  for (const auto& report : reports.all()) {
    EXPECT_EQ(report.line, line);
    EXPECT_NE(report.file.find("task_test.cpp"), std::string::npos) << report.file;
  }
}

TEST_F(Tasks, are_reported_with_the_app_that_made_them_wherever_they_are_destroyed) {
  const UnawaitedReports reports;
  const auto keeping = [](std::vector<Task<>>* member) -> Task<> {
    member->push_back(sleep(1s));
    member->push_back(sleep(2s));
    co_return;
  };
  std::vector<Task<>> member;
  run(keeping(&member));
  EXPECT_THAT(reports.all(), IsEmpty());
  member.pop_back();                                   // outside of the loop
  std::jthread([&member] { member.clear(); }).join();  // on another thread
  ASSERT_THAT(reports.all(), SizeIs(2));
  for (const auto& report : reports.all()) {
    EXPECT_EQ(report.app, "app");
    EXPECT_EQ(report.task, "task");
  }
}

TEST_F(Tasks, made_while_something_else_is_named_are_reported_with_that) {
  const UnawaitedReports reports;
  const auto constructing = [](Loop* on) -> Task<> {
    std::vector<Task<>> member;
    {
      const Loop::Naming naming(*on, intern_label("lights", "constructor"));
      member.push_back(sleep(1s));
    }
    co_return;
  };
  run(constructing(&loop));
  ASSERT_THAT(reports.all(), SizeIs(1));
  EXPECT_EQ(reports.all()[0].app, "lights");
  EXPECT_EQ(reports.all()[0].task, "constructor");
}

TEST_F(Tasks, that_were_awaited_are_not_reported) {
  const UnawaitedReports reports;
  const auto awaiting = []() -> Task<> {
    std::vector<Task<>> tasks;
    tasks.push_back(yield());
    tasks.push_back(sleep(1s));
    co_await when_all(std::move(tasks));
  };
  run(awaiting());
  EXPECT_THAT(reports.all(), IsEmpty());
}

void throw_first() {
  throw Error("first", "an error came first");
}

TEST_F(Tasks, that_an_error_prevented_are_not_reported) {
  const UnawaitedReports reports;
  const auto failing = [](Task<> later) -> Task<> {
    co_await yield();
    throw_first();
    co_await std::move(later);
  };
  EXPECT_THROW(run(failing(sleep(1s))), Error);
  EXPECT_THAT(reports.all(), IsEmpty());
}

}  // namespace
}  // namespace hassette::async
