// Scripts and automations.
#include <algorithm>

#include "sim/home.hpp"
#include "sim/script.hpp"

namespace hassette::sim {

namespace {

void add_scripts(Services& services) {
  const auto start = [](Home& home, const ServiceCall& call, const StatePtr& script) {
    return start_script(home, script->entity_id(), call.data["variables"], call.context);
  };
  const auto stop = [](Home& home, const ServiceCall&, const StatePtr& script) {
    home.forget_scheduled(script->entity_id());
    home.patch(script->entity_id(), "off", Json::object({{"current", 0}}));
    return Outcome{};
  };
  services.add({.domain = "script",
                .name = "turn_on",
                .schema = Schema({{"variables", accept::object()}}),
                .run_for_entity = [start](Home& home, const ServiceCall& call, const StatePtr& s) {
                  static_cast<void>(start(home, call, s));  // turn_on does not wait for the end
                  return Outcome{};
                }});
  services.add({.domain = "script", .name = "turn_off", .run_for_entity = stop});
  services.add(
      {.domain = "script",
       .name = "toggle",
       .run_for_entity = [start, stop](Home& home, const ServiceCall& call, const StatePtr& s) {
         if (s->state() == "on") return stop(home, call, s);
         static_cast<void>(start(home, call, s));
         return Outcome{};
       }});
}

// What the automation does is caused by the call, and is nobody's own doing.
void trigger(Home& home, const ServiceCall& call, const State& automation) {
  const std::string& entity_id = automation.entity_id();
  const Context context = home.make_context({}, call.context.id);
  home.touch(entity_id, context);
  home.fire(
      "automation_triggered",
      Json::object({{"name", automation.attributes()["friendly_name"]}, {"entity_id", entity_id}}),
      context);
  home.patch(entity_id, std::nullopt,
             Json::object({{"last_triggered", iso_text(home.now())}, {"current", 1}}));
  const Json actions = std::as_const(home.memory(entity_id))["actions"];
  Json variables = call.data["variables"].is_object() ? call.data["variables"] : Json::object();
  variables["trigger"] = Json::object({{"platform", nullptr}});
  run_script(home, actions.is_null() ? Json::array() : actions, variables, context,
             [&home, entity_id](const ScriptEnd&) {
               if (home.state(entity_id)) {
                 home.patch(entity_id, std::nullopt, Json::object({{"current", 0}}));
               }
             });
}

void add_automations(Services& services) {
  services.add("automation", "turn_on", {}, [](Home& home, const ServiceCall&, const State& state) {
    home.write_state(state.entity_id(), "on");
  });
  services.add("automation", "turn_off", {{"stop_actions", accept::boolean()}},
               [](Home& home, const ServiceCall&, const State& state) {
                 home.write_state(state.entity_id(), "off");
               });
  services.add("automation", "toggle", {}, [](Home& home, const ServiceCall&, const State& state) {
    home.write_state(state.entity_id(), state.state() == "on" ? "off" : "on");
  });
  services.add(
      "automation", "trigger",
      {{"skip_condition", accept::boolean()}, {"variables", accept::object()}},
      [](Home& home, const ServiceCall& call, const State& state) { trigger(home, call, state); });
}

}  // namespace

void add_script_services(Services& services) {
  add_scripts(services);
  add_automations(services);
}

}  // namespace hassette::sim
