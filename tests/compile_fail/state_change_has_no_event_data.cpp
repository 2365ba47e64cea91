#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::on_change, {.name = "hall"});  // MISTAKE: a state change has no event data: ask for D::StateNew<>, D::StateOld<> or StateChange
    // FIXED:     co_await bus.on("timer.finished", &Lamp::on_change, {.name = "timer"});
  }
  void on_change(D::EventData data) { logger.info("{}", data.dump()); }
};
HASSETTE_APP(Lamp)
