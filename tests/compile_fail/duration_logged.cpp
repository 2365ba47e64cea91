#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    logger.info("for {}", 5min);  // MISTAKE: write format_duration
    // FIXED:     logger.info("for {}", format_duration(5min));
    co_return;
  }
};
HASSETTE_APP(Lamp)
