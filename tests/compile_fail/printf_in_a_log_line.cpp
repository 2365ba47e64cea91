#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    logger.info("%d lights", 3);  // MISTAKE: this_text_has_fewer_braces_than_there_are_values_behind_it
    // FIXED:     logger.info("{} lights", 3);
    co_return;
  }
};
HASSETTE_APP(Lamp)
