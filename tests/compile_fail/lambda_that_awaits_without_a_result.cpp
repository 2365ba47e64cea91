#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await scheduler.run_in(3s, [this] { co_await api.turn_off("light.hall"); }, {.name = "off"});  // MISTAKE: 'co_await' cannot be used in a function with a deduced return type
    // FIXED:     co_await scheduler.run_in(3s, [this]() -> Task<> { co_await api.turn_off("light.hall"); }, {.name = "off"});
  }
};
HASSETTE_APP(Lamp)
