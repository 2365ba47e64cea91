#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    logger.info("{}", states.get("light.hall"));  // MISTAKE: this may be nothing, so it cannot be logged
    // FIXED:     logger.info("{}", states.get("light.hall")->text());
    co_return;
  }
};
HASSETTE_APP(Lamp)
