#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::on_change,
                                 {
                                     .name = "hall",
                                     .where = P::service_matches("turn_on")  // MISTAKE: this predicate asks another kind of event
                                                                             // FIXED:     .where = P::state_to("on")
                                 });
  }
  void on_change() {}
};
HASSETTE_APP(Lamp)
