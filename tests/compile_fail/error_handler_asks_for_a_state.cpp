#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    bus.on_error([](D::StateNew<>) {});  // MISTAKE: an error handler takes const HandlerError& or nothing
    // FIXED:     bus.on_error([](const HandlerError&) {});
    co_return;
  }
};
HASSETTE_APP(Lamp)
