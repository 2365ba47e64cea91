// Sequences, in virtual time.
#include "bus/testing.hpp"

namespace hassette::bus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Sequences : public TheBus {
 public:
  Subscription watch(Sequence steps, WatchOptions options = {.name = "story"}) {
    return run([](Sequences* test, Sequence its, WatchOptions opts) -> Task<Subscription> {
      co_return co_await test->bus.on_sequence(std::move(its), test->noting("done"),
                                               std::move(opts));
    }(this, std::move(steps), std::move(options)));
  }
  static Sequence entering() {
    return sequence("door.a", "open").then("motion.a", "on").within(30s);
  }
  std::string refused(Sequence steps) {
    return refusal([](Sequences* test, Sequence its) -> Task<Subscription> {
      co_return co_await test->bus.on_sequence(std::move(its), [] {}, {.name = "story"});
    }(this, std::move(steps)));
  }
  void turn(std::string_view id, std::string_view from, std::string_view to) {
    change(id, from);
    change(id, to);
  }
};

TEST_F(Sequences, runs_when_the_steps_come_in_order_and_in_time) {
  watch(entering());
  change("motion.a", "on");
  change("door.a", "open");
  advance(29s);
  EXPECT_THAT(notes, IsEmpty()) << "in the wrong order";
  turn("motion.a", "off", "on");
  EXPECT_THAT(notes, ElementsAre("done motion.a on"));
  turn("motion.a", "off", "on");
  EXPECT_THAT(notes, SizeIs(1)) << "the door was used up";
}

TEST_F(Sequences, a_step_whose_condition_throws_is_an_error_of_the_registration) {
  std::vector<std::string> told;
  const auto tell = [&told](const HandlerError& error) {
    told.push_back(error.handler + ": " + error.message);
    throw std::runtime_error("nobody to tell");
  };
  const auto odd = [](std::string_view) -> bool { throw std::runtime_error("no such step"); };
  watch(sequence("door.a", "open").then("motion.a", odd).within(30s),
        {.name = "story", .on_error = tell});
  change("door.a", "open");
  change("motion.a", "on");
  loop.run_ready();
  EXPECT_THAT(told, ElementsAre("story: no such step"));
  EXPECT_THAT(observer.lines, ElementsAre("story condition failed", "story error handler failed"));
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(Sequences, forgets_what_took_too_long) {
  watch(entering());
  change("door.a", "open");
  advance(30s);
  change("motion.a", "on");
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(Sequences, counts_from_the_newest_beginning) {
  watch(entering());
  change("door.a", "open");
  advance(20s);
  turn("door.a", "closed", "open");
  advance(20s);
  change("motion.a", "on");
  EXPECT_THAT(notes, SizeIs(1));
}

TEST_F(Sequences, moves_one_step_with_one_change) {
  watch(sequence("button.a").then("button.a").then("button.a").within(1s));
  change("button.a", "1");
  change("button.a", "2");
  EXPECT_THAT(notes, IsEmpty());
  change("button.a", "3");
  EXPECT_THAT(notes, ElementsAre("done button.a 3"));
  change("button.a", "4");
  EXPECT_THAT(notes, SizeIs(2)) << "2 and 3 had begun others meanwhile";
}

TEST_F(Sequences, ends_by_what_must_not_come_between) {
  watch(sequence("door.a", "open").without("door.a", "closed").then("motion.a", "on"));
  change("door.a", "open");
  change("door.a", "closed");
  change("motion.a", "on");
  EXPECT_THAT(notes, IsEmpty());
  change("door.a", "open");
  advance(24h);
  turn("motion.a", "off", "on");
  EXPECT_THAT(notes, SizeIs(1)) << "without a limit it may take a day";
}

TEST_F(Sequences, runs_when_nothing_followed) {
  watch(sequence("motion.a", "on").not_followed_by("light.a", "on").within(5min));
  change("motion.a", "on");
  advance(4min);
  change("light.a", "on");
  advance(10min);
  EXPECT_THAT(notes, IsEmpty());
  turn("motion.a", "off", "on");
  advance(4min);
  turn("motion.a", "off", "on");
  advance(4min + 59s);
  EXPECT_THAT(notes, IsEmpty()) << "the time counts from the newest";
  advance(1s);
  EXPECT_THAT(notes, ElementsAre("done motion.a on"));
  advance(1h);
  EXPECT_THAT(notes, SizeIs(1));
}

TEST_F(Sequences, takes_globs_and_lists_as_steps) {
  watch(sequence({"door.a", "door.b"}, "open").then("motion.*", "on"));
  change("door.b", "open");
  change("motion.new", "on");
  EXPECT_THAT(notes, ElementsAre("done motion.new on"));
}

TEST_F(Sequences, neither_begins_nor_moves_with_what_was_missed) {
  watch(entering());
  watch(sequence("door.a", "open").not_followed_by("door.a", "closed").within(1min),
        {.name = "left open"});
  change("door.a", "open");
  recover("motion.a", "on", loop.wall());
  EXPECT_THAT(notes, IsEmpty());
  recover("door.a", "closed", loop.wall());
  advance(2min);
  EXPECT_THAT(notes, IsEmpty()) << "but it is closed, whenever that was";
}

TEST_F(Sequences, ends_with_its_subscription_and_its_app) {
  Subscription own = watch(entering());
  watch(entering(), {.name = "other"});
  change("door.a", "open");
  own.cancel();
  change("motion.a", "on");
  EXPECT_THAT(notes, SizeIs(1));
  EXPECT_EQ(router.count(owner), 1u);
  change("door.a", "closed");
  change("door.a", "open");
  router.remove_all(owner, CancelReason::kOwnerStopped);
  turn("motion.a", "off", "on");
  advance(1h);
  EXPECT_THAT(notes, SizeIs(1));
  EXPECT_EQ(router.count(owner), 0u);
  EXPECT_EQ(loop.timers(), 0u);
}

TEST_F(Sequences, has_the_options_of_any_registration) {
  const Subscription once = watch(entering(), {.name = "once", .once = true});
  watch(entering(), {.name = "asked", .where = [](const StateChange&) { return false; }});
  change("door.a", "open");
  change("motion.a", "on");
  EXPECT_THAT(notes, SizeIs(1));
  EXPECT_FALSE(once.active());
  watch(entering(), {.name = "asked", .if_exists = IfExists::kReplace});
  EXPECT_EQ(router.count(owner), 1u);
  change("door.a", "closed");
  change("door.a", "open");
  turn("motion.a", "off", "on");
  EXPECT_THAT(notes, SizeIs(2));
}

TEST_F(Sequences, says_on_the_page_what_it_waits_for) {
  watch(sequence("door.a", "open").without("door.a", "closed").then("motion.a", "on").within(30s));
  ASSERT_THAT(observer.sources, SizeIs(1));
  EXPECT_EQ(observer.sources.begin()->second.trigger,
            R"(door.a to "open", without door.a to "closed", then motion.a to "on" within 30 s)");
}

TEST_F(Sequences, refuses_what_cannot_be) {
  EXPECT_THAT(refused(sequence("a.b")), HasSubstr("at least two steps"));
  EXPECT_THAT(refused(sequence("a.b").within(1s)), HasSubstr(".within(…) stands"));
  EXPECT_THAT(refused(sequence("a.b").then("a.c").within(0s)), HasSubstr("longer than zero"));
  EXPECT_THAT(refused(sequence("a.b").without("a.c")), HasSubstr("needs a .then(…)"));
  EXPECT_THAT(refused(sequence("a.b").not_followed_by("a.c")), HasSubstr("needs .within(…)"));
  EXPECT_THAT(refused(sequence("a.b").not_followed_by("a.c").within(1s).then("a.d")),
              HasSubstr("is the last step"));
  EXPECT_THAT(refused(sequence("A B").then("a.c")), HasSubstr("A B"));
}

}  // namespace
}  // namespace hassette::bus
