// What takes its time: covers and valves that move, locks that turn.
#include <algorithm>
#include <optional>

#include "sim/home.hpp"

namespace hassette::sim {

namespace {

constexpr auto kStep = std::chrono::seconds(1);
constexpr std::int64_t kPercentAStep = 10;
constexpr const char* kTilt = "current_tilt_position";

std::string at_rest(std::int64_t position) {
  return position > 0 ? "open" : "closed";
}

// What somebody wrote as a state may be any number; nothing stands outside its range.
std::optional<std::int64_t> position_of(const State& state, const char* key = "current_position") {
  const auto shown = state.attributes()[key].get<std::int64_t>();
  return shown ? std::optional(std::clamp<std::int64_t>(*shown, 0, 100)) : std::nullopt;
}

// One step towards the goal each second; the state says which way until it is there.
void move_on(Home& home, const std::string& entity_id, std::int64_t goal) {
  const StatePtr state = home.state(entity_id);
  const auto position = state ? position_of(*state) : std::nullopt;
  if (!position) return;
  const std::int64_t next = *position < goal ? std::min(goal, *position + kPercentAStep)
                                             : std::max(goal, *position - kPercentAStep);
  const bool there = next == goal;
  home.patch(entity_id, there ? at_rest(next) : state->state(),
             Json::object({{"current_position", next}}));
  if (there) return;
  home.after(entity_id, kStep, [&home, entity_id, goal] { move_on(home, entity_id, goal); });
}

void move_to(Home& home, const State& state, std::int64_t goal) {
  const std::string& entity_id = state.entity_id();
  const auto position = position_of(state);
  if (!position) {  // it does not say where it is: it is there at once
    home.write_state(entity_id, at_rest(goal));
    return;
  }
  home.forget_scheduled(entity_id);
  if (*position == goal) {
    home.write_state(entity_id, at_rest(goal));
    return;
  }
  home.write_state(entity_id, *position < goal ? "opening" : "closing");
  home.after(entity_id, kStep, [&home, entity_id, goal] { move_on(home, entity_id, goal); });
}

void halt(Home& home, const State& state) {
  home.forget_scheduled(state.entity_id());
  const auto position = position_of(state);
  home.write_state(state.entity_id(), position ? at_rest(*position) : state.state());
}

void toggle(Home& home, const State& state) {
  if (state.state() == "opening" || state.state() == "closing") {
    halt(home, state);
  } else {
    move_to(home, state, state.state() == "closed" ? 100 : 0);
  }
}

// Tilting goes on beside the way up or down, so it is scheduled under a name of its own.
std::string tilt_of(const std::string& entity_id) {
  return entity_id + " tilt";
}

void tilt_on(Home& home, const std::string& entity_id, std::int64_t goal) {
  const StatePtr state = home.state(entity_id);
  const auto now = state ? position_of(*state, kTilt) : std::nullopt;
  if (!now || *now == goal) return;
  const std::int64_t next =
      *now < goal ? std::min(goal, *now + kPercentAStep) : std::max(goal, *now - kPercentAStep);
  home.patch(entity_id, std::nullopt, Json::object({{kTilt, next}}));
  home.after(tilt_of(entity_id), kStep,
             [&home, entity_id, goal] { tilt_on(home, entity_id, goal); });
}

void tilt(Home& home, const State& state, std::int64_t goal) {
  const std::string& entity_id = state.entity_id();
  home.forget_scheduled(tilt_of(entity_id));
  home.after(tilt_of(entity_id), kStep,
             [&home, entity_id, goal] { tilt_on(home, entity_id, goal); });
}

void add_position(Services& services, const char* domain, const char* name) {
  services.add(domain, name, {{"position", accept::integer_within(0, 100), true}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 move_to(home, state, call.data["position"].as_int());
               });
}

void add_ways(Services& services, const std::string& domain) {
  const auto to = [](std::int64_t goal) {
    return
        [goal](Home& home, const ServiceCall&, const State& state) { move_to(home, state, goal); };
  };
  services.add(domain, "open_" + domain, {}, to(100));
  services.add(domain, "close_" + domain, {}, to(0));
  services.add(domain, "stop_" + domain, {},
               [](Home& home, const ServiceCall&, const State& state) { halt(home, state); });
  services.add(domain, "toggle", {},
               [](Home& home, const ServiceCall&, const State& state) { toggle(home, state); });
}

// The caller waits until the lock has turned, as with the demo's locks.
void add_lock(Services& services, std::string name, const std::string& on_the_way,
              const std::string& there) {
  services.add({.domain = "lock",
                .name = std::move(name),
                .schema = Schema({{"code", accept::text()}}),
                .run_for_entity = [on_the_way, there](Home& home, const ServiceCall&,
                                                      const StatePtr& state) {
                  const std::string entity_id = state->entity_id();
                  home.write_state(entity_id, on_the_way);
                  home.after(entity_id, kLockTurns,
                             [&home, entity_id, there] { home.write_state(entity_id, there); });
                  return Outcome{.takes = kLockTurns};
                }});
}

}  // namespace

void add_moving_services(Services& services) {
  add_ways(services, "cover");
  add_position(services, "cover", "set_cover_position");
  const auto to = [](std::int64_t position) {
    return [position](Home& home, const ServiceCall&, const State& state) {
      tilt(home, state, position);
    };
  };
  services.add("cover", "open_cover_tilt", {}, to(100));
  services.add("cover", "close_cover_tilt", {}, to(0));
  services.add("cover", "stop_cover_tilt", {},
               [](Home& home, const ServiceCall&, const State& state) {
                 home.forget_scheduled(tilt_of(state.entity_id()));
               });
  services.add("cover", "set_cover_tilt_position",
               {{"tilt_position", accept::integer_within(0, 100), true}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 tilt(home, state, call.data["tilt_position"].as_int());
               });
  services.add("cover", "toggle_cover_tilt", {},
               [](Home& home, const ServiceCall&, const State& state) {
                 tilt(home, state, position_of(state, kTilt).value_or(0) > 0 ? 0 : 100);
               });
  add_ways(services, "valve");
  add_position(services, "valve", "set_valve_position");
  add_lock(services, "lock", "locking", "locked");
  add_lock(services, "unlock", "unlocking", "unlocked");
  add_lock(services, "open", "opening", "open");
}

}  // namespace hassette::sim
