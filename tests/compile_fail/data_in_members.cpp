#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await api.turn_on("light.hall", {.brightness = 20});  // MISTAKE: initialization of non-aggregate type 'Json' with a designated initializer list
    // FIXED:     co_await api.turn_on("light.hall", {{"brightness", 20}});
    co_return;
  }
};
HASSETTE_APP(Lamp)
