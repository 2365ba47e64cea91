#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on("timer.finished", &Lamp::on_timer, {.name = "timer"});  // MISTAKE: this event carries no state: ask for D::EventData or Event, or read the state with states\.get
    // FIXED:     co_await bus.on_state_change("light.hall", &Lamp::on_timer, {.name = "timer"});
  }
  void on_timer(D::StateNew<> state) { logger.info("{}", state.text()); }
};
HASSETTE_APP(Lamp)
