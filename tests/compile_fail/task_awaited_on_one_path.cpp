#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    auto turning_on = api.turn_on("light.hall");
    if (states.anybody_home()) co_await std::move(turning_on);
  }  // MISTAKE: ~Task
  // FIXED:     else co_await std::move(turning_on); }
};
HASSETTE_APP(Lamp)
