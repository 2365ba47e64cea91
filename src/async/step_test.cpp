// Loops that are run piece by piece, by somebody who chooses.
#include <optional>
#include <span>

#include "async/pool.hpp"
#include "async/testing.hpp"

namespace hassette::async {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Steps : public InVirtualTime {
 public:
  using Ready = std::span<Fiber* const>;

  Task<> note_in_rounds(std::string name, int rounds) {
    for (int i = 0; i < rounds; ++i) {
      notes.push_back(name + std::to_string(i));
      co_await yield();
    }
  }
  Task<> note_after(std::chrono::nanoseconds time, std::string text) {
    co_await sleep(time);
    notes.push_back(std::move(text));
  }
  static std::optional<std::size_t> newest(Ready ready) {
    return ready.empty() ? std::nullopt : std::optional(ready.size() - 1);
  }
  void run_newest_first() {
    while (loop.step(newest)) {
    }
  }
  Notes notes;
};

TEST_F(Steps, run_the_task_that_is_chosen) {
  spawn(note_in_rounds("a", 2));
  spawn(note_in_rounds("b", 2));
  std::vector<std::size_t> choices;
  while (loop.step([&](Ready ready) {
    choices.push_back(ready.size());
    return newest(ready);
  })) {
  }
  EXPECT_THAT(notes, ElementsAre("b0", "b1", "a0", "a1"));
  EXPECT_THAT(choices, ElementsAre(2, 2, 2, 1, 1, 1, 0));
}

TEST_F(Steps, run_nothing_where_nothing_is_chosen) {
  spawn(note_in_rounds("a", 1));
  EXPECT_FALSE(loop.step([](Ready) { return std::nullopt; }));
  EXPECT_THAT(notes, IsEmpty());
  run_newest_first();
  EXPECT_THAT(notes, ElementsAre("a0"));
}

TEST_F(Steps, take_calls_before_anybody_is_asked) {
  spawn(note_in_rounds("a", 1));
  loop.defer([this] { notes.push_back("call"); });
  EXPECT_TRUE(loop.step([&](Ready) -> std::optional<std::size_t> {
    ADD_FAILURE() << "a call was waiting";
    return std::nullopt;
  }));
  EXPECT_THAT(notes, ElementsAre("call"));
  run_newest_first();
}

TEST_F(Steps, leave_out_a_task_that_was_destroyed) {
  std::optional<Bucket> other(std::in_place, loop, [](const Label&, const std::exception_ptr&) {});
  other->spawn(label, note_in_rounds("gone", 1));
  spawn(note_in_rounds("a", 1));
  other.reset();
  EXPECT_TRUE(loop.step([](Ready ready) {
    EXPECT_EQ(ready.size(), 1u);
    return newest(ready);
  }));
  EXPECT_THAT(notes, ElementsAre("a0"));
  run_newest_first();
}

TEST_F(Steps, leave_time_to_who_chooses) {
  spawn(note_after(1s, "one"));
  spawn(note_after(2s, "two"));
  run_newest_first();
  EXPECT_EQ(loop.next_timer(), MonoTime(1s));
  EXPECT_FALSE(loop.fire_due());
  clock.jump_to(MonoTime(1s));
  EXPECT_TRUE(loop.fire_due());
  run_newest_first();
  EXPECT_THAT(notes, ElementsAre("one"));
  advance(1s);
  EXPECT_EQ(loop.next_timer(), std::nullopt);
}

TEST_F(Steps, wait_for_what_is_out_on_another_thread) {
  Pool pool(1);
  spawn([](Steps* self, Pool* its_pool) -> Task<> {
    self->notes.push_back(co_await its_pool->call([] { return std::string("done"); }));
  }(this, &pool));
  EXPECT_FALSE(loop.wait_for_held());
  do {
    run_newest_first();
  } while (loop.wait_for_held());
  EXPECT_THAT(notes, ElementsAre("done"));
}

}  // namespace
}  // namespace hassette::async
