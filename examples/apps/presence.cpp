// When the last person has left: the lights go off and the door is locked, unless guests are there.
#include <hassette/app.hpp>
using namespace hassette;

struct PresenceConfig {
  EntityId door_lock;
  std::optional<EntityId> guests;
};

class Presence : public App<PresenceConfig> {
  Task<> on_initialize() override {
    co_await bus.on_state_change("person.*", &Presence::on_move, {.name = "people"});
  }

  Task<> on_move(D::StateNew<> person) {
    logger.info("{} is now: {}", person.friendly_name(), person.text());
    if (states.anybody_home() || are_guests_here()) co_return;
    logger.info("everybody has left");
    for (const auto& light : states.light().all()) {
      if (light.is_on()) co_await api.turn_off(light.entity_id());
    }
    co_await api.call_service("lock", "lock", {.target = {.entity_id = app_config.door_lock}});
  }

  bool are_guests_here() const {
    if (!app_config.guests) return false;
    const auto guests = states.get<states::InputBoolean>(*app_config.guests);
    return guests && guests->is_on();
  }
};
HASSETTE_APP(Presence)
