#include <hassette/app.hpp>
using namespace hassette;

struct Counter {
  void count() { ++changes; }
  int changes = 0;
};

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("light.hall", &Counter::count, {.name = "hall"});  // MISTAKE: a member handler belongs to the app that registers it; for another object, write a lambda that calls it
    // FIXED:     co_await bus.on_state_change("light.hall", [this] { counter_.count(); }, {.name = "hall"});
  }

  Counter counter_;
};
HASSETTE_APP(Lamp)
