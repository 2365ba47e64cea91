#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    bus.on_state_change("light.hall", &Lamp::on_change, {.name = "hall"});  // MISTAKE: co_await it: a Task does nothing until it is awaited
    // FIXED:     co_await bus.on_state_change("light.hall", &Lamp::on_change, {.name = "hall"});
    co_return;
  }
  void on_change() { logger.info("changed"); }
};
HASSETTE_APP(Lamp)
