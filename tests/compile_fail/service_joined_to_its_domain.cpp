#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    co_await api.call_service("light.turn_on", {.data = {{"entity_id", "light.hall"}}});  // MISTAKE: non-aggregate type 'std::string'[^\n]* with a designated initializer list\n[^\n]*parameter 'service' here
    // FIXED:     co_await api.call_service("light", "turn_on", {.data = {{"entity_id", "light.hall"}}});
  }
};
HASSETTE_APP(Lamp)
