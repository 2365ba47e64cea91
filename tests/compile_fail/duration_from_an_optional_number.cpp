#include <hassette/app.hpp>
using namespace hassette;

struct LampConfig {
  std::optional<int> after;
};

class Lamp : public App<LampConfig> {
  Task<> on_initialize() override {
    StateChangeOptions options{.name = "hall"};
    options.duration = app_config.after;  // MISTAKE: call to consteval function 'hassette::MaybeLength::MaybeLength<int>'
    // FIXED:     if (app_config.after) options.duration = std::chrono::seconds(*app_config.after);
    co_await bus.on_state_change("light.hall", [] {}, options);
  }
};
HASSETTE_APP(Lamp)
