#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    const auto lamp = co_await states.get("light.hall");  // MISTAKE: no member named 'await_ready' in
    // FIXED:     const auto lamp = states.get("light.hall");
    if (lamp) co_await api.turn_off("light.hall");
  }
};
HASSETTE_APP(Lamp)
