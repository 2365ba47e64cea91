#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    api.turn_on("light.hall");  // MISTAKE: co_await it: a Task does nothing until it is awaited
    // FIXED:     co_await api.turn_on("light.hall");
    co_return;
  }
};
HASSETTE_APP(Lamp)
