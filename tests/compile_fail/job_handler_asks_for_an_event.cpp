#include <hassette/app.hpp>
using namespace hassette;

class Bins : public App<> {
  Task<> on_initialize() override {
    co_await scheduler.run_daily("07:00", &Bins::on_day, {.name = "bins"});  // MISTAKE: a job has no event: its handler takes no parameters .a `const CalendarEvent&` has only what is scheduled with a CalendarTime
    // FIXED:     co_await scheduler.schedule(CalendarTime{.calendar = "calendar.bins"}, &Bins::on_day, {.name = "bins"});
  }
  Task<> on_day(const CalendarEvent& event) { co_await api.fire_event("bins", {{"what", event.summary}}); }
};
HASSETTE_APP(Bins)
