// Waits and streams, in virtual time: what they hear, from when on, and what they leave.
#include "bus/testing.hpp"

namespace hassette::bus {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Waiting : public TheBus {
 public:
  static Task<> note_next(Waiting* test, Entities entities, NextOptions options) {
    const StateChange change = co_await test->bus.next(std::move(entities), std::move(options));
    test->notes.push_back("next " + std::string(change.new_text()));
  }
  /// Reads one event each time that `go` is set.
  static Task<> read(Waiting* test, StreamOptions options) {
    auto stream = co_await test->bus.stream("light.a", std::move(options));
    test->notes.emplace_back("open");
    while (const auto change = co_await stream.next()) {
      test->notes.push_back(std::string(change->new_text()));
      co_await test->go.wait();
      test->dropped = stream.dropped();
    }
  }
  AsyncEvent go;
  std::uint64_t dropped = 0;
};

TEST_F(Waiting, gives_the_next_change_that_answers) {
  change("light.a", "on");
  spawn(note_next(this, "light.a", {.changed_to = "on"}));
  loop.run_ready();
  EXPECT_THAT(notes, IsEmpty()) << "what there was before does not count";
  change("light.b", "on");
  change("light.a", "off");
  dispatch("light.a", "on");
  dispatch("light.a", "off");  // before the task runs
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("next on"));
  EXPECT_EQ(router.count(owner), 0u);
}

TEST_F(Waiting, is_told_for_as_long_as_it_lasts) {
  const auto story = [](Waiting* test) -> Task<> {
    Task<StateChange> waits = test->bus.next("light.a", {.changed_to = "on", .duration = 5s});
    co_await test->go.wait();
    co_await std::move(waits);
    test->notes.emplace_back("it is on");
    co_await first_of(test->bus.wait_for("light.b", {.attribute = "x"}, 5min), sleep(1s));
    co_await test->bus.wait_for_event("ring", {}, 1s);
  };
  const auto number = spawn(story(this));
  loop.run_ready();
  EXPECT_THAT(observer.waiting, IsEmpty()) << "nothing waits yet";
  go.set();
  loop.run_ready();
  ASSERT_THAT(observer.waiting, SizeIs(1));
  const run::Source is = observer.waiting.begin()->second;
  EXPECT_EQ(is.kind, run::Kind::kWait);
  EXPECT_EQ(is.app, "lamp");
  EXPECT_EQ(is.name, "next light.a");
  EXPECT_EQ(is.trigger, "light.a → \"on\" for 5 s");
  EXPECT_THAT(is.where.file_name(), HasSubstr("stream_test.cpp"));
  EXPECT_EQ(observer.sources.size(), 0u) << "a wait is no registration";
  change("light.a", "on");
  EXPECT_THAT(observer.waiting, SizeIs(1));
  advance(5s);
  EXPECT_THAT(notes, ElementsAre("it is on"));
  ASSERT_THAT(observer.waiting, SizeIs(1));
  EXPECT_EQ(observer.waiting.begin()->second.trigger, "light.b [x], at most 5 min");
  advance(1s);
  ASSERT_THAT(observer.waiting, SizeIs(1));
  EXPECT_EQ(observer.waiting.begin()->second.name, "wait_for_event ring");
  EXPECT_EQ(observer.waiting.begin()->second.trigger, "event ring, at most 1 s");
  bucket.cancel(number, CancelReason::kRequested);
  loop.run_ready();
  EXPECT_THAT(observer.waiting, IsEmpty());
}

TEST_F(Waiting, a_stream_is_told_for_as_long_as_it_is_open) {
  const auto number = spawn(read(this, {.changed_to = "on", .name = "door"}));
  loop.run_ready();
  ASSERT_THAT(observer.sources, SizeIs(1));
  const run::Source is = observer.sources.begin()->second;
  EXPECT_EQ(is.kind, run::Kind::kStream);
  EXPECT_EQ(is.name, "door");
  EXPECT_EQ(is.trigger, "light.a → \"on\"");
  bucket.cancel(number, CancelReason::kRequested);
  loop.run_ready();
  EXPECT_THAT(observer.sources, IsEmpty());
}

TEST_F(Waiting, hears_from_the_await_on) {
  spawn([](Waiting* test) -> Task<> {
    Task<StateChange> waits = test->bus.next("light.a");
    co_await test->go.wait();
    const StateChange change = co_await std::move(waits);
    test->notes.push_back(std::string(change.new_text()));
  }(this));
  loop.run_ready();
  change("light.a", "on");
  go.set();
  loop.run_ready();
  change("light.a", "off");
  EXPECT_THAT(notes, ElementsAre("off"));
}

TEST_F(Waiting, counts_what_is_there_already_when_asked_to) {
  change("light.a", "on");
  spawn(note_next(this, "light.a", {.changed_to = "on", .immediate = true}));
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("next on"));
}

TEST_F(Waiting, asks_of_attributes_and_for_how_long) {
  spawn(note_next(this, "light.a", {.changed_to = C::above(100), .attribute = "brightness"}));
  spawn(note_next(this, "light.b", {.changed_to = "on", .duration = 1min}));
  loop.run_ready();
  change("light.a", "dim", R"({"brightness":10})");
  change("light.a", "bright", R"({"brightness":200})");
  EXPECT_THAT(notes, ElementsAre("next bright"));
  change("light.b", "on");
  advance(59s);
  EXPECT_THAT(notes, SizeIs(1));
  advance(1s);
  EXPECT_THAT(notes, ElementsAre("next bright", "next on"));
}

TEST_F(Waiting, gives_up_in_time) {
  const auto waits = [](Waiting* test) -> Task<> {
    co_await test->bus.wait_for("light.a", {.changed_to = "on"}, 5min);
  };
  EXPECT_THROW(run(waits(this)), TimeoutError);
  EXPECT_EQ(elapsed(), 5min);
  EXPECT_EQ(router.count(owner), 0u);
}

TEST_F(Waiting, waits_for_events) {
  spawn([](Waiting* test) -> Task<> {
    const Event event = co_await test->bus.next_event(
        "tag_scanned", {.where = P::value_is(A::path("tag_id"), "42")});
    test->notes.push_back(event.data["tag_id"].as_string());
  }(this));
  loop.run_ready();
  EXPECT_THAT(source.wanted, ElementsAre("tag_scanned"));
  event("tag_scanned", {{"tag_id", "41"}});
  event("tag_scanned", {{"tag_id", "42"}});
  EXPECT_THAT(notes, ElementsAre("42"));
}

TEST_F(Waiting, refuses_what_cannot_be) {
  const auto next = [](Waiting* test, Entities entities, NextOptions options) -> Task<> {
    co_await test->bus.next(std::move(entities), std::move(options));
  };
  const auto stream = [](Waiting* test, std::size_t buffer) -> Task<> {
    const auto made = co_await test->bus.stream("light.a", {.buffer = buffer});
  };
  const auto event = [](Waiting* test, std::string type) -> Task<> {
    co_await test->bus.next_event(std::move(type));
  };
  const auto refused = [&](Task<> call) -> std::string {
    try {
      run(std::move(call));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "registration");
      return error.what();
    }
    return "not refused";
  };
  EXPECT_THAT(refused(next(this, "Light A", {})), HasSubstr("Light A"));
  EXPECT_THAT(refused(next(this, "light.a", {.duration = 0s})), HasSubstr(".duration"));
  EXPECT_THAT(refused(stream(this, 0)), HasSubstr(".buffer = 0: it holds 1 to 100000 events"));
  EXPECT_THAT(refused(stream(this, 100'001)), HasSubstr(".buffer = 100001"));
  EXPECT_THAT(refused(event(this, "state_changed")), HasSubstr("state_changed"));
  EXPECT_THAT(refused(event(this, "")), HasSubstr("bus.stream"));
  EXPECT_EQ(router.count(owner), 0u);
  EXPECT_TRUE(observer.sources.empty());
}

TEST_F(Waiting, is_the_listeners_error_when_a_condition_throws) {
  spawn(note_next(this, "light.a", {.where = [](const StateChange& change) {
                    if (change.new_text() == "on") throw std::runtime_error("no");
                    return true;
                  }}));
  loop.run_ready();
  change("light.a", "on");
  EXPECT_THAT(logged(), ElementsAre(AllOf(HasSubstr("lamp: `next light.a`"), HasSubstr("no"),
                                          HasSubstr("stream_test.cpp:"))));
  change("light.a", "off");
  EXPECT_THAT(notes, ElementsAre("next off"));
}

// --- Streams

TEST_F(Waiting, loses_nothing_between_two_waits_of_a_stream) {
  spawn(read(this, {}));
  loop.run_ready();
  for (const char* state : {"1", "2", "3"}) dispatch("light.a", state);
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("open", "1"));
  go.set();
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("open", "1", "2", "3"));
  EXPECT_EQ(dropped, 0u);
}

TEST_F(Waiting, drops_the_oldest_and_says_so_once_a_burst) {
  spawn(read(this, {.buffer = 2}));
  loop.run_ready();
  for (const char* state : {"1", "2", "3", "4", "5"}) change("light.a", state);
  EXPECT_THAT(logged(),
              ElementsAre(AllOf(HasSubstr("lamp: `stream light.a`"), HasSubstr("2 events wait"),
                                HasSubstr("stream_test.cpp:"))));
  go.set();
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("open", "1", "4", "5"));
  EXPECT_EQ(dropped, 2u);
  EXPECT_THAT(logged(), SizeIs(2));
  EXPECT_THAT(logged()[1], HasSubstr("2 events were dropped"));
}

TEST_F(Waiting, shows_a_stream_among_the_listeners_as_long_as_it_lives) {
  const std::uint64_t reader = spawn(read(this, {.name = "reading"}));
  loop.run_ready();
  ASSERT_THAT(observer.sources, SizeIs(1));
  EXPECT_EQ(observer.sources.begin()->second.name, "reading");
  bucket.cancel(reader, CancelReason::kRequested);
  loop.run_ready();
  EXPECT_THAT(observer.sources, IsEmpty());
  EXPECT_EQ(router.count(owner), 0u);
}

TEST_F(Waiting, reads_what_is_left_of_a_closed_stream) {
  spawn([](Waiting* test) -> Task<> {
    auto stream = co_await test->bus.stream("light.a");
    co_await sleep(1s);
    stream.close();
    while (const auto change = co_await stream.next()) {
      test->notes.push_back(std::string(change->new_text()));
    }
    test->notes.emplace_back("end");
  }(this));
  loop.run_ready();
  change("light.a", "on");
  advance(1s);
  EXPECT_THAT(notes, ElementsAre("on", "end"));
}

TEST_F(Waiting, streams_events) {
  spawn([](Waiting* test) -> Task<> {
    auto stream = co_await test->bus.stream_events("tag");
    while (const auto event = co_await stream.next()) {
      test->notes.push_back(event->data["id"].as_string());
    }
  }(this));
  loop.run_ready();
  event("tag", {{"id", "1"}});
  event("tag", {{"id", "2"}});
  EXPECT_THAT(notes, ElementsAre("1", "2"));
}

TEST_F(Waiting, waits_as_often_as_one_likes) {
  for (int i = 0; i < 3; ++i) spawn(note_next(this, "light.a", {}));
  loop.run_ready();
  change("light.a", "on");
  EXPECT_THAT(notes, ElementsAre("next on", "next on", "next on"));
}

// --- The first of several

TEST_F(Waiting, tells_which_came_first) {
  const auto story = [](Waiting* test) -> Task<> {
    while (true) {
      const auto first =
          co_await first_of(test->bus.next("light.a", {.changed_to = "on"}), sleep(10min));
      if (const StateChange* on = first.get<0>()) {
        test->notes.push_back("on at " + std::string(on->new_text()));
      } else {
        test->notes.push_back("late " + std::to_string(first.index()));
      }
    }
  };
  spawn(story(this));
  advance(10min);
  change("light.a", "on");
  advance(9min);
  EXPECT_THAT(notes, ElementsAre("late 1", "on at on"));
  EXPECT_EQ(router.count(owner), 1u);
}

TEST_F(Waiting, leaves_in_a_stream_what_another_outran) {
  spawn([](Waiting* test) -> Task<> {
    auto a = co_await test->bus.stream("light.a");
    auto b = co_await test->bus.stream("light.b");
    co_await test->go.wait();  // both have something by now
    auto first = co_await first_of(a.next(), b.next());
    test->notes.push_back(std::to_string(first.index()));
    test->notes.push_back(std::to_string(a.waiting() + b.waiting()) + " left");
    first = co_await first_of(a.next(), b.next());
    test->notes.push_back(std::to_string(first.index()));
    const auto none = co_await first_of(a.next(), sleep(1s));
    test->notes.push_back("timer " + std::to_string(none.index()));
    test->notes.push_back((co_await timeout(b.next(), 1min))->new_text() == "on" ? "on" : "?");
  }(this));
  loop.run_ready();
  change("light.a", "on");
  change("light.b", "on");
  go.set();
  advance(10s);
  change("light.b", "off");
  change("light.b", "on");
  loop.run_ready();
  EXPECT_THAT(notes, ElementsAre("0", "1 left", "1", "timer 1", "?"));
}

}  // namespace
}  // namespace hassette::bus

// As an app's file is written: outside of all namespaces, with a class of the author's.
class First {
 public:
  int place() const { return 1; }
};

TEST(FirstOf, leaves_the_plain_word_to_apps) {
  using namespace hassette;
  EXPECT_EQ(First().place(), 1);
}
