#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    logger.info("{} lights are {}", 3);  // MISTAKE: LogFormat<int>[\s\S]*argument not found
    // FIXED:     logger.info("{} lights", 3);
    co_return;
  }
};
HASSETTE_APP(Lamp)
