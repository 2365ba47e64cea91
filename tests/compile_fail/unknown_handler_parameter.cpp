#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::on_change, {.name = "hall"});  // MISTAKE: a handler cannot ask for this parameter type: ask for D::StateNew<>, D::StateOld<>
    // FIXED:     on_change("on"); co_return;
  }
  void on_change(std::string state) { logger.info("{}", state); }
};
HASSETTE_APP(Lamp)
