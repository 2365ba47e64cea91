#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await scheduler.run_in(3, &Lamp::off, {.name = "off"});  // MISTAKE: give_a_duration_with_a_unit
    // FIXED:     co_await scheduler.run_in(3s, &Lamp::off, {.name = "off"});
  }
  Task<> off() { co_await api.turn_off("light.hall"); }
};
HASSETTE_APP(Lamp)
