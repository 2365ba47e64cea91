#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::on_change, {.name = "hall"});
  }
  void on_change() { auto turning_on = api.turn_on("light.kitchen"); }  // MISTAKE: unused variable 'turning_on'
  // FIXED:   Task<> on_change() { co_await api.turn_on("light.kitchen"); }
};
HASSETTE_APP(Lamp)
