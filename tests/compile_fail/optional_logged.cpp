#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    logger.info("{}", states.get<states::Light>("light.hall")->brightness());  // MISTAKE: this may be nothing, so it cannot be logged
    // FIXED:     logger.info("{}", states.get<states::Light>("light.hall")->brightness().value_or(0));
    co_return;
  }
};
HASSETTE_APP(Lamp)
