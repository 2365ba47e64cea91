#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    const State sun = api.get_state("sun.sun");  // MISTAKE: no viable conversion from 'Task<State>' to
    // FIXED:     const State sun = co_await api.get_state("sun.sun");
    if (sun.text() == "below_horizon") co_await api.turn_on("light.hall");
  }
};
HASSETTE_APP(Lamp)
