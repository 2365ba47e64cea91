#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  double level_ = 0;
  Task<> on_initialize() override {
    level_ = states.get("light.hall")->attribute("level");  // MISTAKE: assigning to 'double' from incompatible type 'const Json'
    // FIXED:     level_ = states.get("light.hall")->attribute_as<double>("level").value_or(0);
    co_return;
  }
};
HASSETTE_APP(Lamp)
