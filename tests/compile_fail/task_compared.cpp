#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<int> lit() { co_return 3; }
  Task<> on_initialize() override {
    if (lit() > 2) co_await api.turn_off("light.hall");  // MISTAKE: invalid operands to binary expression \('Task<int>' and
    // FIXED:     if (co_await lit() > 2) co_await api.turn_off("light.hall");
  }
};
HASSETTE_APP(Lamp)
