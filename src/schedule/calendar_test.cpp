// Jobs that follow a calendar, and what their handlers are given of its events.
#include <map>

#include "schedule/life_testing.hpp"

namespace hassette::schedule {
namespace {

using namespace std::chrono;
using run::Disk;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// One that a test writes. It tells who watches later, as the home's do.
class FakeCalendar final : public CalendarSource {
 public:
  void set(std::vector<CalendarEvent> events) {
    events_ = std::move(events);
    const auto takers = takers_;
    for (const auto& [number, taker] : takers) {
      if (takers_.contains(number)) taker(events_);
    }
  }
  std::unique_ptr<Watch> watch(
      const EntityId&, std::function<void(std::span<const CalendarEvent>)> events) override {
    class Watching final : public Watch {
     public:
      Watching(FakeCalendar& calendar, int number) : calendar_(calendar), number_(number) {}
      ~Watching() override { calendar_.takers_.erase(number_); }

     private:
      FakeCalendar& calendar_;
      int number_;
    };
    takers_.emplace(++number_, std::move(events));
    return std::make_unique<Watching>(*this, number_);
  }

 private:
  std::vector<CalendarEvent> events_;
  std::map<int, std::function<void(std::span<const CalendarEvent>)>> takers_;
  int number_ = 0;
};

const CalendarTime kHome{.calendar = "calendar.home"};

CalendarEvent event(const char* summary, TimeOfDay begin) {
  return {.start = at(kDay, begin), .end = at(kDay, "20:00"), .summary = summary};
}

class Calendar : public InTime {
 public:
  Calendar() {
    start_at(kDay, "06:00");
    table.connect({.calendars = &calendar});
  }
  ~Calendar() override { table.remove_all(owner, CancelReason::kShutdown); }
  auto naming() {
    return [this](const CalendarEvent& event) {
      notes.push_back(local_time().substr(6, 5) + " " + event.summary);
    };
  }
  FakeCalendar calendar;
};

TEST_F(Calendar, gives_a_handler_the_event_for_which_it_runs) {
  std::vector<CalendarEvent> given;
  schedule(CalendarTime{.calendar = "calendar.home", .offset = -1h},
           [&given](CalendarEvent event) -> Task<> {
             co_await sleep(5min);
             given.push_back(std::move(event));
           });
  const CalendarEvent dentist{.start = at(kDay, "09:00"),
                              .end = at(kDay, "09:30"),
                              .summary = "Dentist",
                              .description = "bring the card",
                              .location = "Main Street 1"};
  calendar.set({dentist, event("School", "12:00")});
  advance(3h);
  EXPECT_THAT(given, ElementsAre(dentist));
}

TEST_F(Calendar, keeps_an_event_for_its_handler_although_it_has_gone_meanwhile) {
  schedule(kHome, [this](const CalendarEvent& event) -> Task<> {
    co_await sleep(5min);
    notes.push_back(event.summary);
  });
  calendar.set({event("Dentist", "07:00")});
  advance(62min);
  calendar.set({});
  advance(1h);
  EXPECT_THAT(notes, ElementsAre("Dentist"));
}

TEST_F(Calendar, gives_what_the_event_has_become_by_its_time) {
  schedule(kHome, naming());
  calendar.set({event("Dentist", "07:00")});
  advance(30min);
  calendar.set({event("Surgery", "07:00")});
  advance(1h);
  EXPECT_THAT(notes, ElementsAre("07:00 Surgery"));
}

TEST_F(Calendar, runs_once_for_each_event_of_a_moment_that_a_handler_asks_for) {
  const auto slow = [this](CalendarEvent event) -> Task<> {
    notes.push_back(event.summary);
    co_await sleep(5min);
    notes.push_back(event.summary + " ends");
  };
  const Job single = schedule(kHome, slow, {.name = "t"});
  calendar.set({event("Bins", "07:00"), event("Birthday", "07:00"), event("School", "08:00")});
  advance(90min);
  EXPECT_THAT(notes, ElementsAre("Bins", "Birthday", "Bins ends", "Birthday ends"));
  EXPECT_EQ(single.counters().runs, 2u);
  EXPECT_EQ(single.counters().suppressed, 0u);
  EXPECT_EQ(single.next_run(), at(kDay, "08:00"));
  notes.clear();
  schedule(kHome, slow, {.name = "t", .if_exists = IfExists::kReplace, .mode = queued(3)});
  calendar.set({event("Bins", "09:00"), event("Birthday", "09:00")});
  advance(2h);
  EXPECT_THAT(notes, ElementsAre("Bins", "Bins ends", "Birthday", "Birthday ends"));
}

TEST_F(Calendar, an_event_whose_handler_cancels_the_job_is_the_last) {
  Job job;
  job = schedule(kHome, [&](const CalendarEvent& event) {
    notes.push_back(event.summary);
    job.cancel();
  });
  calendar.set({event("Bins", "07:00"), event("Birthday", "07:00")});
  advance(2h);
  EXPECT_THAT(notes, ElementsAre("Bins"));
}

TEST_F(Calendar, run_now_gives_the_event_that_is_due_next_or_is_refused) {
  const auto ask = [](Job asked) -> Task<RunResult> { co_return co_await asked.run_now(); };
  const Job job = schedule(kHome, naming(), {.name = "remind"});
  try {
    run(ask(job));
    FAIL() << "it ran without an event";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "job `remind` cannot run now: its handler asks for an event, and it waits for an "
                 "event to come in calendar.home");
  }
  calendar.set({event("Dentist", "07:00")});
  EXPECT_EQ(run(ask(job)).outcome, RunOutcome::kSuccess);
  EXPECT_THAT(notes, ElementsAre("06:00 Dentist"));
  const Job plain = schedule(CalendarTime{.calendar = "calendar.home"}, [] {}, {.name = "plain"});
  EXPECT_EQ(run(ask(plain)).outcome, RunOutcome::kSuccess) << "one that does not ask needs none";
}

TEST_F(Calendar, an_error_names_the_event) {
  schedule(kHome, [](const CalendarEvent&) { throw Error("x", "no card"); }, {.name = "remind"});
  calendar.set({event("Dentist", "07:00")});
  advance(2h);
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("`remind` failed (start of events in calendar.home, "
                                              "`Dentist`): no card")));
}

TEST_F(Calendar, read_anew_while_a_run_waits_for_its_jitter_does_not_lose_the_run) {
  const Job job = schedule(kHome, naming(), {.name = "t", .jitter = 30min});
  calendar.set({event("Dentist", "07:00")});
  advance(1h);
  ASSERT_GT(job.fires_at(), at(kDay, "07:00"));
  calendar.set({event("Dentist", "07:00")});  // its entity says `on` now, and it is asked again
  advance(1h);
  EXPECT_THAT(notes, SizeIs(1));
}

// --- Durable

/// What two lives of the engine told: the first ends at `end`, the second begins at `again`.
std::vector<std::string> live_twice(TimePoint end, TimePoint again, JobOptions options) {
  Disk disk;
  std::vector<std::string> told;
  FakeCalendar calendar;
  {
    Life life(disk, at(kDay, "06:00"), true, &calendar);
    life.add(kHome, options, told);
    calendar.set({event("Bins", "07:00"), event("Birthday", "07:00")});
    life.until(end);
  }
  disk.dead = false;
  calendar.set({});  // by now it has others
  Life life(disk, again, true, &calendar);
  life.add(kHome, options, told);
  calendar.set({event("School", "12:00")});
  life.until(at(kDay, "11:00"));
  EXPECT_FALSE(life.dead());
  return told;
}

TEST(DurableCalendar, gives_the_events_of_a_time_that_was_missed) {
  EXPECT_THAT(live_twice(at(kDay, "06:30"), at(kDay, "10:00"), {.name = ""}),
              ElementsAre("Bins", "Birthday"));
  EXPECT_THAT(
      live_twice(at(kDay, "06:30"), at(kDay, "10:00"), {.name = "", .missed = Missed::kSkip}),
      IsEmpty());
}

TEST(DurableCalendar, gives_a_run_that_was_interrupted_its_own_event_again) {
  const TimePoint between = at(kDay, "07:00") + 5s;
  EXPECT_THAT(live_twice(between, between + 1h, {.name = "", .interrupted = Interrupted::kAgain}),
              ElementsAre("Bins", "Birthday", "Bins", "Birthday"));
  EXPECT_THAT(live_twice(between, between + 1h, {.name = ""}), ElementsAre("Bins", "Birthday"));
  EXPECT_THAT(live_twice(between, between + 1h,
                         {.name = "", .mode = queued(3), .interrupted = Interrupted::kAgain}),
              ElementsAre("Bins", "Bins", "Birthday"))
      << "what had not begun begins once";
}

TEST(DurableCalendar, keeps_events_as_they_are) {
  const auto whole =
      std::make_shared<const CalendarEvent>(CalendarEvent{.start = at(kDay, "00:00") + 1us,
                                                          .end = at(kDay, "12:00"),
                                                          .summary = "Tür \"1\"\n",
                                                          .description = "d",
                                                          .location = "l",
                                                          .all_day = true});
  const Events back = read_events(write_events({whole, whole}));
  ASSERT_THAT(back, SizeIs(2));
  EXPECT_EQ(*back[1], *whole);
  EXPECT_EQ(write_events({}), "");
  for (const char* other : {"", "{}", "[{}]", "[1]", "nonsense"}) {
    EXPECT_THAT(read_events(other), IsEmpty()) << other;
  }
}

}  // namespace
}  // namespace hassette::schedule
