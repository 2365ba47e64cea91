// A line about the home soon after the start and now and then, each evening a report.
#include <algorithm>
#include <hassette/app.hpp>
using namespace hassette;

struct DailyReportConfig {
  TimeOfDay at = "21:30";
  std::chrono::seconds every = 1h;
  std::vector<EntityId> thermometers;
};

class DailyReport : public App<DailyReportConfig> {
  Task<> on_initialize() override {
    co_await scheduler.run_daily(app_config.at, &DailyReport::report, {.name = "evening report"});
    co_await scheduler.run_in(20s, &DailyReport::summarise, {.name = "first summary"});
    co_await scheduler.run_every(app_config.every, &DailyReport::summarise, {.name = "summary"});
  }

  void report() {
    for (const auto& light : states.light().all()) {
      if (light.is_on()) logger.info("{} is still on", light.friendly_name());
    }
    for (const auto& sensor : states.sensor().all()) {
      if (sensor.device_class() == "temperature") {
        logger.info("{}: {} {}", sensor.friendly_name(), sensor.text(),
                    sensor.unit_of_measurement().value_or(""));
      }
    }
  }

  void summarise() {
    const auto lights = states.light().all();
    const auto on = std::ranges::count_if(lights, &states::Light::is_on);
    std::string warmth;
    for (const auto& thermometer : app_config.thermometers) {
      const auto sensor = states.get<states::Sensor>(thermometer);
      if (!sensor || !sensor->number()) continue;
      warmth += fmt::format(", {} {} {}", sensor->friendly_name(), sensor->text(),
                            sensor->unit_of_measurement().value_or(""));
    }
    logger.info("{} of {} lights are on, {}{}", on, lights.size(),
                states.anybody_home() ? "somebody is home" : "nobody is home", warmth);
  }
};
HASSETTE_APP(DailyReport)
