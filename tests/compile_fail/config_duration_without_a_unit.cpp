#include <hassette/app.hpp>
using namespace hassette;

struct LampConfig {
  std::chrono::seconds off_after = 5;  // MISTAKE: no viable conversion from 'int' to 'std::chrono::seconds' \(aka 'duration<
  // FIXED:   std::chrono::seconds off_after = 5s;
};

class Lamp : public App<LampConfig> {
  Task<> on_initialize() override { co_await sleep(app_config.off_after); }
};
HASSETTE_APP(Lamp)
