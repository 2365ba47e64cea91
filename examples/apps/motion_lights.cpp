// A light that follows motion: on when somebody moves, off when nobody has for a while.
#include <hassette/app.hpp>
using namespace hassette;

struct MotionLightsConfig {
  EntityId motion;
  EntityId light;
  std::chrono::seconds off_after = 5min;
};

class MotionLights : public App<MotionLightsConfig> {
  Task<> on_initialize() override {
    co_await bus.on_state_change(app_config.motion, &MotionLights::on_motion,
                                 {.name = "motion", .changed_to = "on"});
    co_await bus.on_state_change(
        app_config.motion, &MotionLights::on_clear,
        {.name = "clear", .changed_to = "off", .duration = app_config.off_after});
  }
  Task<> on_motion(D::StateNew<states::BinarySensor> sensor) {
    logger.info("motion at {}", sensor.friendly_name());
    co_await api.turn_on(app_config.light, {{"brightness", 200}});
  }
  Task<> on_clear() { co_await api.turn_off(app_config.light); }
};
HASSETTE_APP(MotionLights)
