#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await scheduler.run_daily("22:30", &Lamp::off, {.name = "off", .jitter = "5min"});  // MISTAKE: give_a_duration_without_quotes
    // FIXED:     co_await scheduler.run_daily("22:30", &Lamp::off, {.name = "off", .jitter = 5min});
  }
  Task<> off() { co_await api.turn_off("light.hall"); }
};
HASSETTE_APP(Lamp)
