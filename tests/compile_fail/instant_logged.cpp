#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    logger.info("at {}", now());  // MISTAKE: write local_time
    // FIXED:     logger.info("at {}", local_time(now()));
    co_return;
  }
};
HASSETTE_APP(Lamp)
