#include <hassette/app.hpp>
using namespace hassette;

class Lamp : public App<> {
  Task<> on_initialize() override {
    if (api.render_template("{{ 1 }}")) {  // MISTAKE: co_await it first: this asks the Task, not its result
                                           // FIXED:     if ((co_await api.render_template("{{ 1 }}")).is_int()) {
      co_await api.turn_on("light.hall");
    }
  }
};
HASSETTE_APP(Lamp)
