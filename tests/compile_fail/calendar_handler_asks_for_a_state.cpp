#include <hassette/app.hpp>
using namespace hassette;

class Bins : public App<> {
  Task<> on_initialize() override {
    co_await scheduler.schedule(CalendarTime{.calendar = "calendar.bins"}, &Bins::on_day, {.name = "bins"});  // MISTAKE: a job of a calendar has the event for its handler and nothing else: ask for `const CalendarEvent&`, or for nothing
    // FIXED:     co_await scheduler.schedule(CalendarTime{.calendar = "calendar.bins"}, [this](const CalendarEvent& event) { logger.info("{}", event.summary); }, {.name = "bins"});
  }
  void on_day(D::StateNew<> state) { logger.info("{}", state.text()); }
};
HASSETTE_APP(Bins)
