#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await scheduler.run_in(3s, &Lamp::off, {.name = "off"});
  }
  void off() {  // MISTAKE: this function cannot be a coroutine: 'std::coroutine_traits<void,
                // FIXED:   Task<> off() {
    co_await api.turn_off("light.hall");
  }
};
HASSETTE_APP(Lamp)
