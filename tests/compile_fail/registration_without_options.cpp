#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::off);  // MISTAKE: requires at least 3 arguments, but 2 were provided
    // FIXED:     co_await bus.on_state_change("light.hall", &Lamp::off, {.name = "hall"});
  }
  Task<> off() { co_await api.turn_off("light.hall"); }
};
HASSETTE_APP(Lamp)
