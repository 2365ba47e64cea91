#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on("timer.finished", &Lamp::on_timer, {.name = "timer"});  // MISTAKE: this event names no single entity: ask for D::EventData and read what it names
    // FIXED:     co_await bus.on_state_change("timer.kitchen", &Lamp::on_timer, {.name = "timer", .changed_to = "idle"});
  }
  void on_timer(EntityId timer) { logger.info("{} has finished", timer); }
};
HASSETTE_APP(Lamp)
