#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    const std::string text = states.get("light.hall")->text();  // MISTAKE: no viable conversion from 'std::string_view' \(aka [^)]*\) to 'const std::string' \(aka
    // FIXED:     const std::string text(states.get("light.hall")->text());
    co_return;
  }
};
HASSETTE_APP(Lamp)
