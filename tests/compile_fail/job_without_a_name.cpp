#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await scheduler.run_daily("22:30", &Lamp::off, {});  // MISTAKE: every_registration_needs_a_name_write_dot_name_equals_text
    // FIXED:     co_await scheduler.run_daily("22:30", &Lamp::off, {.name = "night"});
  }
  Task<> off() { co_await api.turn_off("light.hall"); }
};
HASSETTE_APP(Lamp)
