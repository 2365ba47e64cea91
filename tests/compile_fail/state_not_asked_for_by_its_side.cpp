#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::on_change, {.name = "hall"});  // MISTAKE: a handler cannot ask for this parameter type: ask for D::StateNew<>, D::StateOld<>
    // FIXED:     if (auto light = states.light().get("hall")) on_change(*light); co_return;
  }
  void on_change(states::Light light) { logger.info("{}", light.is_on()); }
};
HASSETTE_APP(Lamp)
