#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on("timer.finished", &Lamp::on_timer, {.name = "timer", .duration = 5min});  // MISTAKE: cannot convert initializer list argument to 'EventOptions'
    // FIXED:     co_await bus.on("timer.finished", &Lamp::on_timer, {.name = "timer", .debounce = 5min});
  }
  void on_timer() { logger.info("finished"); }
};
HASSETTE_APP(Lamp)
