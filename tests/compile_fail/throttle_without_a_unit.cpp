#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::on_change, {.name = "hall", .throttle = 10});  // MISTAKE: give_a_duration_with_a_unit
    // FIXED:     co_await bus.on_state_change("light.hall", &Lamp::on_change, {.name = "hall", .throttle = {10s, Throttle::kBothEdges}});
  }
  void on_change() { logger.info("changed"); }
};
HASSETTE_APP(Lamp)
