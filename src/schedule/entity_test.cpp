#include "schedule/entity_time.hpp"

#include "model/state_record.hpp"
#include "schedule/testing.hpp"

namespace hassette::schedule {
namespace {

using namespace std::chrono;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Entities and calendars that a test writes.
class Home final : public EntitySource, public CalendarSource {
 public:
  void set(const EntityId& entity, const std::string& text,
           const Json& attributes = Json::object());
  void set_events(std::vector<CalendarEvent> events) {
    events_ = std::move(events);
    for (const auto& [number, take] : takers_) take(events_);
  }
  std::size_t watchers() const { return watchers_.size() + takers_.size(); }

  std::optional<State> read(const EntityId& entity) const override {
    const auto found = states_.find(entity);
    return found == states_.end() ? std::nullopt : std::optional(found->second);
  }
  std::unique_ptr<Watch> watch(const EntityId& entity, std::function<void()> changed) override {
    watchers_.emplace(++number_, std::pair(entity, std::move(changed)));
    return std::make_unique<Leaving>([this, at = number_] { watchers_.erase(at); });
  }
  std::string did_you_mean(const EntityId&) const override {
    return "; did you mean `input_datetime.wake_up`?";
  }
  std::unique_ptr<Watch> watch(
      const EntityId&, std::function<void(std::span<const CalendarEvent>)> events) override {
    takers_.emplace(++number_, std::move(events));
    return std::make_unique<Leaving>([this, at = number_] { takers_.erase(at); });
  }

 private:
  struct Leaving final : Watch {
    explicit Leaving(std::function<void()> call) : leave(std::move(call)) {}
    ~Leaving() override { leave(); }
    std::function<void()> leave;
  };
  std::map<EntityId, State> states_;
  std::vector<CalendarEvent> events_;
  std::map<int, std::pair<EntityId, std::function<void()>>> watchers_;
  std::map<int, std::function<void(std::span<const CalendarEvent>)>> takers_;
  int number_ = 0;
};

void Home::set(const EntityId& entity, const std::string& text, const Json& attributes) {
  states_.insert_or_assign(entity,
                           model::make_state({{"entity_id", entity.str()},
                                              {"state", text},
                                              {"attributes", attributes},
                                              {"last_changed", "2026-01-10T05:00:00+00:00"},
                                              {"last_updated", "2026-01-10T05:00:00+00:00"}}));
  const auto watchers = watchers_;
  for (const auto& [number, watcher] : watchers) {
    if (watcher.first == entity && watchers_.contains(number)) watcher.second();
  }
}

class EntityTimes : public InTime {
 public:
  EntityTimes() {
    table.connect({.entities = &home, .calendars = &home});
    start_at(2026y / 1 / 10, "06:00");
  }
  ~EntityTimes() override { table.remove_all(owner, CancelReason::kShutdown); }
  Home home;
};

TEST(EntityTime, reads_what_entities_write) {
  using std::holds_alternative;
  const TimePoint moment{seconds(1'777'786'200)};
  EXPECT_EQ(read_time("2026-05-03T05:30:00+00:00"), NamedTime(moment));
  EXPECT_EQ(read_time("2026-05-03T07:30:00+02:00"), NamedTime(moment));
  EXPECT_EQ(read_time("1777786200"), NamedTime(moment));
  EXPECT_EQ(read_time("1777786200.0"), NamedTime(moment));
  EXPECT_EQ(read_time_in(Json(1777786200)), NamedTime(moment));
  EXPECT_EQ(read_time_in(Json("1777786200")), NamedTime(moment));
  EXPECT_EQ(read_time("2026-05-03 07:30:00"), NamedTime(LocalMoment{2026y / 5 / 3, "07:30"}));
  EXPECT_EQ(read_time("2026-05-03T07:30:15.5"), NamedTime(LocalMoment{2026y / 5 / 3, "07:30:15"}));
  EXPECT_EQ(read_time("2026-05-03"), NamedTime(LocalMoment{2026y / 5 / 3, "00:00"}));
  EXPECT_EQ(read_time("07:30:00"), NamedTime(TimeOfDay("07:30")));
  for (const char* none : {"", "unknown", "unavailable", "none", "None", "null", "soon", "24:30:00",
                           "2026-02-30", "2026-05-03 25:00", "-5", "1e300", "nan", "12:", "on"}) {
    EXPECT_EQ(read_time(none), NamedTime()) << none;
  }
  EXPECT_EQ(read_time_in(Json()), NamedTime());
  EXPECT_EQ(read_time_in(Json(true)), NamedTime());
}

TEST_F(EntityTimes, run_at_the_time_and_follow_the_entity) {
  home.set("input_datetime.wake", "2026-01-10 07:30:00");
  const Job job = schedule(EntityTime{.entity = "input_datetime.wake", .offset = -10min}, noting());
  EXPECT_EQ(job.trigger(), "10 min before the time in input_datetime.wake");
  EXPECT_EQ(job.next_run(), local(2026y / 1 / 10, "07:20"));
  home.set("input_datetime.wake", "2026-01-10 09:00:00");
  EXPECT_EQ(job.next_run(), local(2026y / 1 / 10, "08:50"));
  advance(3h);
  EXPECT_THAT(notes, ElementsAre("01-10 08:50:00 CET"));
  EXPECT_EQ(job.state(), JobState::kWaiting);
  home.set("input_datetime.wake", "2026-01-11 06:00:00");
  advance(24h);
  EXPECT_THAT(notes, ElementsAre("01-10 08:50:00 CET", "01-11 05:50:00 CET"));
}

TEST_F(EntityTimes, wait_while_there_is_no_usable_time) {
  const Job job = schedule(EntityTime{.entity = "sensor.next_alarm"}, noting());
  EXPECT_THAT(job.waits_for(), HasSubstr("it is not there"));
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("did you mean `input_datetime.wake_up`?")));
  home.set("sensor.next_alarm", "unavailable");
  EXPECT_EQ(job.waits_for(), "a time to come in sensor.next_alarm (it is `unavailable`)");
  home.set("sensor.next_alarm", "2026-01-10T04:00:00+00:00");
  EXPECT_THAT(job.waits_for(), HasSubstr("which has passed"));
  home.set("sensor.next_alarm", "2026-01-10T06:00:00+00:00");
  EXPECT_EQ(job.state(), JobState::kScheduled);
  home.set("sensor.next_alarm", "unknown");
  EXPECT_EQ(job.state(), JobState::kWaiting);
  advance(24h);
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(EntityTimes, of_day_run_once_for_each_that_is_set_or_daily) {
  home.set("input_datetime.wake", "07:00:00");
  schedule(EntityTime{.entity = "input_datetime.wake"}, noting());
  const Job daily = schedule(EntityTime{.entity = "input_datetime.wake", .daily = true}, noting());
  EXPECT_EQ(daily.trigger(), "the time in input_datetime.wake, daily");
  advance(48h);
  EXPECT_THAT(notes, ElementsAre("01-10 07:00:00 CET", "01-10 07:00:00 CET", "01-11 07:00:00 CET"));
  notes.clear();
  home.set("input_datetime.wake", "08:00:00");
  advance(48h);
  EXPECT_THAT(notes, ElementsAre("01-12 08:00:00 CET", "01-12 08:00:00 CET", "01-13 08:00:00 CET"));
}

TEST_F(EntityTimes, of_an_attribute_daily_at_its_time_of_day) {
  home.set("sensor.phone", "on", {{"alarm", 1768028400}, {"other", 1}});  // 2026-01-10 08:00 CET
  schedule(EntityTime{.entity = "sensor.phone", .attribute = "alarm", .offset = -1h, .daily = true},
           noting());
  advance(48h);
  EXPECT_THAT(notes, ElementsAre("01-10 07:00:00 CET", "01-11 07:00:00 CET"));
  home.set("sensor.phone", "on", {{"alarm", nullptr}});
  EXPECT_THAT(scheduler.jobs()[0].waits_for(), HasSubstr("alarm is null"));
}

TEST_F(EntityTimes, that_come_again_unchanged_do_not_run_again) {
  home.set("input_datetime.wake", "2026-01-10 07:30:00");
  schedule(EntityTime{.entity = "input_datetime.wake"}, [this] {
    notes.push_back(local_time());
    home.set("input_datetime.wake", "2026-01-10 07:30:00", {{"editable", true}});
  });
  advance(3h);
  EXPECT_THAT(notes, ElementsAre("01-10 07:30:00 CET"));
}

TEST_F(EntityTimes, set_by_their_own_run_are_not_lost) {
  home.set("input_datetime.wake", "2026-01-10 07:30:00");
  schedule(EntityTime{.entity = "input_datetime.wake"}, [this] {
    notes.push_back(local_time());
    if (notes.size() == 1) home.set("input_datetime.wake", "2026-01-10 07:45:00");
  });
  advance(3h);
  EXPECT_THAT(notes, ElementsAre("01-10 07:30:00 CET", "01-10 07:45:00 CET"));
}

TEST_F(EntityTimes, are_listened_to_no_more_when_the_job_ends) {
  Job job = schedule(EntityTime{.entity = "sensor.next_alarm"}, noting());
  Job calendar = schedule(CalendarTime{.calendar = "calendar.home"}, noting());
  EXPECT_EQ(home.watchers(), 2u);
  job.cancel();
  calendar.cancel();
  EXPECT_EQ(home.watchers(), 0u);
}

TEST_F(EntityTimes, of_a_calendar_that_is_not_in_the_home_are_warned_of) {
  schedule(CalendarTime{.calendar = "calendar.hoem"}, noting());
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("clock: there is no calendar `calendar.hoem` in the "
                                              "home; did you mean `input_datetime.wake_up`?")));
  home.set("calendar.home", "off");
  schedule(CalendarTime{.calendar = "calendar.home"}, noting());
  EXPECT_THAT(logged(), testing::SizeIs(1));
}

TEST_F(EntityTimes, of_calendars_are_the_beginnings_and_ends_of_events) {
  const Job bins =
      schedule(CalendarTime{.calendar = "calendar.home", .offset = -1h, .search = "BIN"}, noting());
  const Job ends =
      schedule(CalendarTime{.calendar = "calendar.home", .edge = CalendarEdge::kEnd}, noting());
  EXPECT_EQ(bins.trigger(), "1 h before start of events in calendar.home with `BIN`");
  EXPECT_EQ(bins.waits_for(), "an event to come in calendar.home");
  const auto at = [this](TimeOfDay time) { return local(2026y / 1 / 10, time); };
  home.set_events({{.start = at("08:00"), .end = at("09:00"), .summary = "Empty the bins"},
                   {.start = at("08:30"), .end = at("09:00"), .summary = "School"}});
  advance(4h);
  EXPECT_THAT(notes, ElementsAre("01-10 07:00:00 CET", "01-10 09:00:00 CET"))
      << "two that end together make one run";
  EXPECT_EQ(bins.state(), JobState::kWaiting);
  home.set_events({{.start = at("12:00"), .end = at("13:00"), .summary = "bin men"}});
  advance(8h);
  EXPECT_THAT(notes, testing::SizeIs(4));
}

}  // namespace
}  // namespace hassette::schedule
