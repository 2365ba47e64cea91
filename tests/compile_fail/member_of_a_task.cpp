#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    auto sun = api.get_state("sun.sun");
    const std::string text(sun.text());  // MISTAKE: no member named 'text' in 'hassette::Task<
    // FIXED:     const std::string text((co_await std::move(sun)).text());
    if (text == "below_horizon") co_await api.turn_on("light.hall");
  }
};
HASSETTE_APP(Lamp)
