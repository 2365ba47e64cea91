#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::off, {.name = "off", .duration = 5});  // MISTAKE: give_a_duration_with_a_unit
    // FIXED:     co_await bus.on_state_change("light.hall", &Lamp::off, {.name = "off", .duration = 5min});
  }
  Task<> off() { co_await api.turn_off("light.hall"); }
};
HASSETTE_APP(Lamp)
