#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await scheduler.run_at_sun("sunset", &Lamp::off, {.name = "off"});  // MISTAKE: no known conversion from 'const char\[7\]' to 'SunEvent'
    // FIXED:     co_await scheduler.run_daily("sunset", &Lamp::off, {.name = "off"});
  }
  Task<> off() { co_await api.turn_off("light.hall"); }
};
HASSETTE_APP(Lamp)
