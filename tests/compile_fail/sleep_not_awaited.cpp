#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    sleep(5s);  // MISTAKE: co_await it: a Task does nothing until it is awaited
    // FIXED:     co_await hassette::sleep(5s);
    co_await api.turn_on("light.hall");
  }
};
HASSETTE_APP(Lamp)
