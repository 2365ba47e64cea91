#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await scheduler.run_every(5min, [this] { return off("light.hall"); }, {.name = "off"});  // MISTAKE: function returns a type 'Task<void>' .* but is neither a coroutine nor a coroutine wrapper
    // FIXED:     co_await scheduler.run_every(5min, [this]() -> Task<> { co_await off("light.hall"); }, {.name = "off"});
  }
  Task<> off(EntityId light) { co_await api.turn_off(light); }
};
HASSETTE_APP(Lamp)
