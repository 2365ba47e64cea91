#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await sleep(5);  // MISTAKE: give a duration with a unit
    // FIXED:     co_await sleep(5s);
  }
  Task<> off() { co_await api.turn_off("light.hall"); }
};
HASSETTE_APP(Lamp)
