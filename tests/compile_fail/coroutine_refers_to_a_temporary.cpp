#include <hassette/app.hpp>
using namespace hassette;

Task<> greet(const std::string& name, const Logger& logger) {
  co_await hassette::sleep(1s);
  logger.info("hello {}", name);
}

class Lamp : public App<> {
  Task<> on_initialize() override {
    auto greeting = greet(std::string("Anna"), logger);  // MISTAKE: temporary whose address is used as value of local variable 'greeting' will be destroyed
    // FIXED:     auto name = std::string("Anna"); auto greeting = greet(name, logger);
    co_await std::move(greeting);
  }
};
HASSETTE_APP(Lamp)
