#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await scheduler.run_in(3s, Lamp::off, {.name = "off"});  // MISTAKE: reference to non-static member function must be called
    // FIXED:     co_await scheduler.run_in(3s, &Lamp::off, {.name = "off"});
  }
  void off() { logger.info("off"); }
};
HASSETTE_APP(Lamp)
