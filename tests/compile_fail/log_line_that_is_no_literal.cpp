#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  std::string text_ = "on";
  Task<> on_initialize() override {
    logger.info(text_);  // MISTAKE: call to consteval function 'hassette::LogFormat<>
    // FIXED:     logger.info("{}", text_);
    co_return;
  }
};
HASSETTE_APP(Lamp)
