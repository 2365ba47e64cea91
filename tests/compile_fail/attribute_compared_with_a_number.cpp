#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    if (states.get("light.hall")->attribute("level") > 20) logger.info("high");  // MISTAKE: invalid operands to binary expression \('const Json' and 'int'\)
    // FIXED:     if (states.get("light.hall")->attribute("level").as_int() > 20) logger.info("high");
    co_return;
  }
};
HASSETTE_APP(Lamp)
