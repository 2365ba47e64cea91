#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::on_change, {.name = "hall"});  // MISTAKE: a handler that awaits takes its parameters by value: a reference would dangle
    // FIXED:     co_await bus.on_state_change("light.hall", &Lamp::on_plain_change, {.name = "hall"});
  }
  Task<> on_change(const D::StateNew<>& state) {
    co_await hassette::sleep(1s);
    logger.info("{}", state.text());
  }
  void on_plain_change(const D::StateNew<>& state) { logger.info("{}", state.text()); }
};
HASSETTE_APP(Lamp)
