#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::on_change, {.changed_to = "on"});  // MISTAKE: every_registration_needs_a_name_write_dot_name_equals_text
    // FIXED:     co_await bus.on_state_change("light.hall", &Lamp::on_change, {.name = "hall", .changed_to = "on"});
  }
  void on_change() { logger.info("changed"); }
};
HASSETTE_APP(Lamp)
