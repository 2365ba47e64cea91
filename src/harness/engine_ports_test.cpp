// What the engine gives the bus and the scheduler of a whole home: its registries, its times, its
// calendars, the state of its connection.
#include <hassette/testing.hpp>

#include <gmock/gmock.h>

namespace hassette {
namespace {

using ::testing::ElementsAre;

/// Notes what its registrations run for.
class Noting : public App<> {
 public:
  std::vector<std::string> notes;

 protected:
  void note(std::string text) { notes.push_back(std::move(text)); }
};

class OfTheHall : public Noting {
  Task<> on_initialize() override {
    co_await bus.on_state_change(Target{.area_id = "hall"}, &OfTheHall::on_change,
                                 {.name = "hall", .changed_to = "on"});
  }
  void on_change(EntityId entity) { note(entity.str()); }
};

TEST(EnginePorts, a_target_follows_the_registries_of_the_home) {
  AppHarness home;
  home.furnish();
  auto& app = home.start<OfTheHall>();
  home.set_state("binary_sensor.hall_motion", "on");
  home.set_state("binary_sensor.kitchen_motion", "on");
  EXPECT_THAT(app.notes, ElementsAre("binary_sensor.hall_motion"));
}

class Alarm : public Noting {
  Task<> on_initialize() override {
    co_await scheduler.schedule(EntityTime{.entity = "input_datetime.wake", .offset = -10min},
                                &Alarm::ring, {.name = "alarm"});
  }
  void ring() { note(local_now().str()); }
};

TEST(EnginePorts, a_job_follows_the_time_that_stands_in_an_entity) {
  AppHarness home;
  home.set_state("input_datetime.wake", "07:00:00", {{"has_time", true}, {"has_date", false}});
  auto& app = home.start<Alarm>();
  home.set_state("input_datetime.wake", "06:30:00", {{"has_time", true}, {"has_date", false}});
  home.advance(24h);
  EXPECT_THAT(app.notes, ElementsAre("2026-03-03 06:20:00 CET"));
}

class Appointments : public Noting {
  Task<> on_initialize() override {
    co_await scheduler.schedule(CalendarTime{.calendar = "calendar.home", .offset = -15min},
                                &Appointments::remind, {.name = "remind"});
  }
  void remind() { note(local_now().str()); }
};

TEST(EnginePorts, a_job_follows_the_events_of_a_calendar) {
  AppHarness home;
  home.set_state("calendar.home", "off",
                 {{"message", "Dentist"},
                  {"start_time", "2026-03-02 15:00:00"},
                  {"end_time", "2026-03-02 16:00:00"}});
  auto& app = home.start<Appointments>();
  home.advance(1h);
  home.set_state("calendar.home", "off",
                 {{"message", "Dentist, later"},
                  {"start_time", "2026-03-02 17:30:00"},
                  {"end_time", "2026-03-02 18:00:00"}});
  home.advance(8h);
  EXPECT_THAT(app.notes, ElementsAre("2026-03-02 17:15:00 CET"));
}

class Caretaker : public Noting {
  Task<> on_initialize() override {
    co_await bus.on_service_state_changed("job_*", &Caretaker::service, {.name = "service"});
    co_await bus.on_app_running("heating", &Caretaker::app, {.name = "running"});
    co_await bus.on_app_state_changed("heating", &Caretaker::app, {.name = "any"});
  }
  void service(const Event& event) { note(event.data.dump()); }
  void app(const Event& event) {
    note(fmt::format("{} {}", event.data["previous"].get<std::string>().value_or("?"),
                     event.data["status"].get<std::string>().value_or("?")));
  }
};

TEST(EnginePorts, a_test_says_what_becomes_of_other_apps_and_of_parts_of_the_engine) {
  AppHarness home;
  auto& app = home.start<Caretaker>();
  home.simulate_service_state("job_ledger", "the disk is full");
  home.simulate_service_state("job_ledger");
  home.simulate_service_state("another", "it fails");
  EXPECT_THAT(
      app.notes,
      ElementsAre(R"({"service":"job_ledger","status":"failed","error":"the disk is full"})",
                  R"({"service":"job_ledger","status":"running"})"));
  app.notes.clear();
  home.simulate_app_state("heating", "starting", "failed", "it has no thermometer");
  home.simulate_app_state("heating", "starting", "running");
  home.simulate_app_state("lights", "starting", "running");
  EXPECT_THAT(app.notes, ElementsAre("starting failed", "starting running", "starting running"));
  EXPECT_THROW(home.simulate_app_state("heating", "starting", "runing"), LogicError);
}

class Sprinkler : public App<> {
  Task<> run() override {
    while (true) {
      co_await sleep(12h);
      co_await api.connected();
      co_await api.turn_on("switch.sprinkler");
      co_await sleep(20min);
      co_await api.connected();
      co_await api.turn_off("switch.sprinkler");
    }
  }
};

TEST(EnginePorts, a_story_waits_for_a_home_that_is_away) {
  AppHarness home;
  home.set_state("switch.sprinkler", "off");
  home.start<Sprinkler>();
  home.advance(12h + 10min);
  EXPECT_EQ(home.state("switch.sprinkler")->text(), "on");
  home.away_for(30min);
  EXPECT_EQ(home.state("switch.sprinkler")->text(), "off") << "as soon as the home was back";
  home.advance(12h + 1min);
  EXPECT_EQ(home.state("switch.sprinkler")->text(), "on") << "and on it goes";
  home.disconnect();
  home.advance(1h);
  EXPECT_EQ(home.state("switch.sprinkler")->text(), "on");
  home.stop();  // who waits for the home can be ended
}

class Hasty : public Noting {
  Task<> on_initialize() override {
    co_await scheduler.run_in(1min, &Hasty::look, {.name = "look"});
  }
  void look() { note(std::string(states.get("sensor.atic")->text())); }
};

TEST(EnginePorts, what_is_not_there_and_used_all_the_same_ends_this_run_and_is_named) {
  AppHarness home;
  home.set_state("sensor.attic", "21");
  auto& app = home.start<Hasty>();
  home.expect_error("the home does not have sensor.atic");
  home.advance(2min);
  EXPECT_THAT(app.notes, ElementsAre());
}

class Reminder : public Noting {
  Task<> on_initialize() override {
    co_await scheduler.schedule(CalendarTime{.calendar = "calendar.home", .offset = -15min},
                                &Reminder::remind, {.name = "remind"});
    co_await scheduler.schedule(
        CalendarTime{.calendar = "calendar.home", .edge = CalendarEdge::kEnd},
        [this](CalendarEvent event) -> Task<> {
          co_await sleep(1min);
          note(fmt::format("{} is over since {}", event.summary, local_time(event.end)));
        },
        {.name = "over"});
  }
  void remind(const CalendarEvent& event) {
    note(fmt::format("{} at {} in {}: {}{}", event.summary, local_time(event.start), event.location,
                     event.description, event.all_day ? ", all day" : ""));
  }
};

TEST(EnginePorts, a_handler_is_given_the_event_of_the_calendar) {
  AppHarness home;
  home.set_state("calendar.home", "off",
                 {{"message", "Dentist"},
                  {"description", "bring the card"},
                  {"location", "Main Street 1"},
                  {"start_time", "2026-03-02 15:00:00"},
                  {"end_time", "2026-03-02 16:00:00"}});
  auto& app = home.start<Reminder>();
  home.advance(5h);
  EXPECT_THAT(app.notes,
              ElementsAre("Dentist at 2026-03-02 15:00:00 CET in Main Street 1: bring the card",
                          "Dentist is over since 2026-03-02 16:00:00 CET"));
}

class Link : public Noting {
  Task<> on_initialize() override {
    co_await bus.on_disconnected(&Link::on_lost, {.name = "lost"});
    co_await bus.on_connected(&Link::on_back, {.name = "back"});
    co_await scheduler.run_at_sun(SunEvent::sunset(), &Link::on_sunset, {.name = "sunset"});
  }
  void on_lost() { note("lost"); }
  void on_back() { note("back"); }
  void on_sunset() { note("sunset"); }
};

TEST(EnginePorts, apps_hear_of_the_connection_and_of_the_sun_where_the_home_is) {
  AppHarness home;
  auto& app = home.start<Link>();
  home.away_for(5min);
  EXPECT_THAT(app.notes, ElementsAre("lost", "back"));
  home.advance_to("17:40");  // in Berlin, on the second of March, the sun sets at 17:48
  EXPECT_EQ(app.notes.size(), 2u);
  home.advance_to("17:55");
  EXPECT_EQ(app.notes.back(), "sunset");
}

}  // namespace
}  // namespace hassette
