// Scenes, scripts and automations.
#include <algorithm>

#include "sim/home.hpp"
#include "sim/script.hpp"

namespace hassette::sim {

namespace {

// A scene calls the services that lead to its states, as Home Assistant's reproduce_state does.
void apply(Home& home, const Json& entities, const Context& context) {
  for (const auto& [entity_id, wanted] : entities.as_object()) {
    const Json& state_wanted = wanted.is_object() ? wanted["state"] : wanted;
    std::string state = state_wanted.get<std::string>().value_or("on");
    if (state_wanted.is_bool()) state = state_wanted.as_bool() ? "on" : "off";
    ServiceCall call;
    call.domain = entity_id.substr(0, entity_id.find('.'));
    call.service = state == "off" ? "turn_off" : "turn_on";
    call.context = context;
    call.data["entity_id"] = entity_id;
    if (home.services().find(call.domain, call.service) == nullptr) {
      home.touch(entity_id, context);
      home.write_state(entity_id, state);
      continue;
    }
    if (wanted.is_object() && call.service == "turn_on" && call.domain == "light") {
      for (const auto& [key, value] : wanted.as_object()) {
        if (key != "state") call.data[key] = value;
      }
    }
    home.call(std::move(call), [](const ServiceResult&) {});
  }
}

void add_scenes(Services& services) {
  services.add("scene", "turn_on", {{"transition", accept::number()}},
               [](Home& home, const ServiceCall& call, const State& scene) {
                 home.write_state(scene.entity_id(), iso_text(home.now()));
                 const Json entities = home.memory(scene.entity_id())["entities"];
                 if (entities.is_object()) apply(home, entities, call.context);
               });
  services.add(
      {.domain = "scene",
       .name = "apply",
       .schema = Schema({{"entities", accept::object(), true}, {"transition", accept::number()}}),
       .run = [](Home& home, const ServiceCall& call) {
         apply(home, call.data["entities"], call.context);
         return Outcome{};
       }});
  services.add({.domain = "scene",
                .name = "create",
                .schema = Schema({{"scene_id", accept::text(), true},
                                  {"entities", accept::object()},
                                  {"snapshot_entities", accept::list()}}),
                .run = [](Home& home, const ServiceCall& call) {
                  const std::string id = call.data["scene_id"].as_string();
                  Json entities =
                      call.data.contains("entities") ? call.data["entities"] : Json::object();
                  const Json& snapshot = call.data["snapshot_entities"];
                  for (std::size_t i = 0; i < snapshot.size(); ++i) {
                    const std::string entity_id = snapshot.at(i).as_string();
                    entities[entity_id] = Json::object({{"state", home.state_text(entity_id)}});
                  }
                  add_scene(home, "scene." + id, id, entities);
                  return Outcome{};
                }});
}

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
  services.add("automation", "trigger", {{"skip_condition", accept::boolean()}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 const std::string& entity_id = state.entity_id();
                 home.fire("automation_triggered",
                           Json::object({{"name", state.attributes()["friendly_name"]},
                                         {"entity_id", entity_id},
                                         {"source", nullptr}}),
                           call.context);
                 home.patch(entity_id, std::nullopt,
                            Json::object({{"last_triggered", iso_text(home.now())}}));
                 const Json actions = home.memory(entity_id)["actions"];
                 if (actions.is_null()) return;
                 const Json variables =
                     Json::object({{"trigger", Json::object({{"platform", nullptr}})}});
                 run_script(home, actions, variables, call.context, [](const ScriptEnd&) {});
               });
}

}  // namespace

void add_script_services(Services& services) {
  add_scenes(services);
  add_scripts(services);
  add_automations(services);
}

}  // namespace hassette::sim
