#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_return api.turn_on("light.hall");  // MISTAKE: no member named 'return_value'
    // FIXED: co_await api.turn_on("light.hall");
  }
};
HASSETTE_APP(Lamp)
