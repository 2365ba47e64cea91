#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<int> lit() { co_return 3; }
  Task<> on_initialize() override {
    const int count = lit();  // MISTAKE: no viable conversion from 'Task<int>' to
    // FIXED:     const int count = co_await lit();
    if (count > 2) co_await api.turn_off("light.hall");
  }
};
HASSETTE_APP(Lamp)
