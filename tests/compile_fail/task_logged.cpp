#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<int> lit() { co_return 3; }
  Task<> on_initialize() override {
    logger.info("{} are on", lit());  // MISTAKE: co_await it first: this uses the Task, not its result
    // FIXED:     logger.info("{} are on", co_await lit());
    co_return;
  }
};
HASSETTE_APP(Lamp)
