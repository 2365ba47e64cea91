#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Lamp::on_change, {.name = "hall"});  // MISTAKE: a handler returns Task<> \(if it awaits\) or void
    // FIXED:     co_await bus.on_state_change("light.hall", [this] { on_change(); }, {.name = "hall"});
  }
  int on_change() { return ++changes_; }

  int changes_ = 0;
};
HASSETTE_APP(Lamp)
