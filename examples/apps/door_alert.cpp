// Says so when the front door stays open at night, and takes it back when somebody closes it.
#include <hassette/app.hpp>
using namespace hassette;

struct DoorAlertConfig {
  EntityId door;
  std::chrono::seconds patience = 2min;
  TimeOfDay night_begins = "22:00";
  TimeOfDay night_ends = "06:30";
};

class DoorAlert : public App<DoorAlertConfig> {
  Task<> on_initialize() override {
    co_await bus.on_state_change(
        app_config.door, &DoorAlert::on_left_open,
        {.name = "left open", .changed_to = "on", .duration = app_config.patience});
    co_await bus.on_state_change(app_config.door, &DoorAlert::on_closed,
                                 {.name = "closed", .changed_to = "off"});
  }

  Task<> on_left_open(D::StateNew<states::BinarySensor> door) {
    if (!is_night()) co_return;
    const auto message = fmt::format("{} has been open for {}.", door.friendly_name(),
                                     format_duration(app_config.patience));
    logger.warning("{}", message);
    co_await api.call_service("persistent_notification", "create",
                              {.data = {{"title", "Close the door"},
                                        {"message", message},
                                        {"notification_id", "door_alert"}}});
    is_alarmed_ = true;
  }

  Task<> on_closed() {
    if (!is_alarmed_) co_return;
    is_alarmed_ = false;
    co_await api.call_service("persistent_notification", "dismiss",
                              {.data = {{"notification_id", "door_alert"}}});
  }

  bool is_night() const {
    const TimeOfDay time = local_now().time_of_day();
    return time >= app_config.night_begins || time < app_config.night_ends;
  }

  bool is_alarmed_ = false;
};
HASSETTE_APP(DoorAlert)
