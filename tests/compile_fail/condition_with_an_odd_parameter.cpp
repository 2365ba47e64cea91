#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::on_change,
                                 {
                                     .name = "hall",
                                     .changed_to = [](int brightness) { return brightness > 100; }  // MISTAKE: a condition's function takes const Json&, double, bool
                                                                                                    // FIXED:     .changed_to = [](double brightness) { return brightness > 100; }
                                 });
  }
  void on_change() {}
};
HASSETTE_APP(Lamp)
