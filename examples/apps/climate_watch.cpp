// Suggests to open a window while it is cooler outside, and watches what the heating measures.
#include <hassette/app.hpp>
using namespace hassette;

struct ClimateWatchConfig {
  EntityId inside;
  EntityId outside;
  EntityId heating;
  double too_warm = 24;
};

class ClimateWatch : public App<ClimateWatchConfig> {
  Task<> on_initialize() override {
    co_await bus.on_state_change(app_config.inside, &ClimateWatch::on_temperature,
                                 {.name = "temperature"});
    co_await bus.on_attribute_change(
        app_config.heating, "current_temperature", &ClimateWatch::on_too_warm,
        {.name = "too warm", .changed_to = [this](const Json& degrees) {
           return degrees.get<double>() > app_config.too_warm;
         }});
  }

  void on_temperature(D::StateNew<states::Sensor> inside) {
    const auto outside = states.get<states::Sensor>(app_config.outside);
    if (!outside || !outside->number() || !inside.number()) return;
    if (inside.number() < app_config.too_warm - 0.5) has_said_so_ = false;
    if (has_said_so_ || inside.number() <= app_config.too_warm) return;
    if (outside->number() < inside.number()) {
      has_said_so_ = true;
      logger.info("{} °C inside, {} °C outside: open a window", inside.text(), outside->text());
    }
  }

  Task<> on_too_warm(D::StateNew<> heating) {
    if (heating.text() != "heat") co_return;
    logger.info("{} is warm enough, the heating goes off", heating.friendly_name());
    co_await api.call_service(
        "climate", "set_hvac_mode",
        {.target = {.entity_id = heating.entity_id()}, .data = {{"hvac_mode", "off"}}});
  }

  bool has_said_so_ = false;  // once each time that it gets too warm
};
HASSETTE_APP(ClimateWatch)
