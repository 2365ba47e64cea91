#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  struct Level {
    int percent = 3;
  };
  Task<> on_initialize() override {
    logger.info("{}", Level());  // MISTAKE: a value of this type cannot be logged
    // FIXED:     logger.info("{}", Level().percent);
    co_return;
  }
};
HASSETTE_APP(Lamp)
