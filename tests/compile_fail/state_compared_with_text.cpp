#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    if (states.get("light.hall") == "on") logger.info("on");  // MISTAKE: invalid operands to binary expression \('Found<State>' and
    // FIXED:     if (states.get("light.hall")->text() == "on") logger.info("on");
    co_return;
  }
};
HASSETTE_APP(Lamp)
