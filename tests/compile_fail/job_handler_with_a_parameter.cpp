#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await scheduler.run_every(5min, &Lamp::off, {.name = "off"});  // MISTAKE: a job has no event: its handler takes no parameters
    // FIXED:     co_await scheduler.run_every(5min, [this]() -> Task<> { co_await off("light.hall"); }, {.name = "off"});
  }
  Task<> off(EntityId light) { co_await api.turn_off(light); }
};
HASSETTE_APP(Lamp)
