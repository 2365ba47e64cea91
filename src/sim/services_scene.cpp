// Scenes: what is written down in the configuration, and what scene.create adds while it runs.
#include "sim/checks.hpp"
#include "sim/home.hpp"
#include "sim/reproduce.hpp"
#include "sim/script.hpp"

namespace hassette::sim {

namespace {

bool is_scene(Home& home, const std::string& entity_id) {
  return home.state(entity_id) && std::as_const(home.memory(entity_id))["entities"].is_object();
}

bool was_created(Home& home, const std::string& entity_id) {
  return std::as_const(home.memory(entity_id))["created"] == Json(true);
}

// But for when it was last turned on, which one of the same name shows again.
void forget_scene(Home& home, const std::string& entity_id) {
  home.remove(entity_id, home.context_of(entity_id));
  Json& memory = home.memory(entity_id);
  memory = Json::object({{"turned_on", std::as_const(memory)["turned_on"]}});
}

Json options_of(const ServiceCall& call) {
  Json options = Json::object();
  if (call.data.contains("transition")) options["transition"] = call.data["transition"];
  return options;
}

Outcome turn_on(Home& home, const ServiceCall& call, const StatePtr& scene) {
  const std::string now = iso_text(home.now());
  home.memory(scene->entity_id())["turned_on"] = now;
  home.write_state(scene->entity_id(), now);
  const Json entities = std::as_const(home.memory(scene->entity_id()))["entities"];
  if (!entities.is_object()) return {};
  return {.takes = reproduce(home, entities, options_of(call), call.context)};
}

std::optional<std::string> overlap(const Json& data) {
  const Json& snapshot = data["snapshot_entities"];
  for (std::size_t i = 0; i < snapshot.size(); ++i) {
    if (data["entities"].contains(snapshot.at(i).as_string())) {
      return "entities and snapshot_entities must not overlap";
    }
  }
  return std::nullopt;
}

Outcome create(Home& home, const ServiceCall& call) {
  Json entities = call.data.contains("entities") ? call.data["entities"] : Json::object();
  const Json& snapshot = call.data["snapshot_entities"];
  for (std::size_t i = 0; i < snapshot.size(); ++i) {
    const StatePtr& state = home.state(snapshot.at(i).as_string());
    if (!state) continue;
    Json kept = state->attributes();
    kept["state"] = state->state();
    entities[state->entity_id()] = std::move(kept);
  }
  if (entities.empty()) return {};  // Home Assistant has no empty scenes
  const std::string& name = call.data["scene_id"].as_string();
  const std::string entity_id = "scene." + name;
  if (is_scene(home, entity_id)) {
    if (!was_created(home, entity_id)) return {};  // nor one in the place of another
    forget_scene(home, entity_id);
  }
  add_scene(home, entity_id, name, entities);
  home.memory(entity_id)["created"] = true;
  home.transient().insert(entity_id);  // it does not outlive a restart
  return {};
}

Outcome remove(Home& home, const ServiceCall& call) {
  const auto refuse = [](const std::string& message, const char* key,
                         const std::string& entity_id) {
    throw validation_failure(message, key, Json::object({{"entity_id", entity_id}}), "scene");
  };
  for (const std::string& entity_id : resolve_target(home, call.data, "scene").entities) {
    if (!is_scene(home, entity_id)) {
      refuse(entity_id + " is not a valid entity ID of a scene", "entity_not_scene", entity_id);
    }
    if (!was_created(home, entity_id)) {
      refuse("The scene " + entity_id + " is not created with action `scene.create`",
             "entity_not_dynamically_created", entity_id);
    }
    forget_scene(home, entity_id);
  }
  return {};
}

}  // namespace

void add_scene_services(Services& services) {
  services.add({.domain = "scene",
                .name = "turn_on",
                .schema = Schema({{"transition", accept::transition()}}),
                .run_for_entity = turn_on});
  services.add({.domain = "scene",
                .name = "apply",
                .schema = Schema(
                    {{"entities", accept::states(), true}, {"transition", accept::transition()}}),
                .run = [](Home& home, const ServiceCall& call) {
                  return Outcome{.takes = reproduce(home, call.data["entities"], options_of(call),
                                                    call.context)};
                }});
  services.add({.domain = "scene",
                .name = "create",
                .schema = Schema({{"scene_id", accept::slug(), true},
                                  {"entities", accept::states()},
                                  {"snapshot_entities", accept::entity_list()}}),
                .at_least_one_of = {"entities", "snapshot_entities"},
                .run = create,
                .check_whole = overlap});
  std::vector<std::string> target_keys;
  for (const Field& field : target_fields()) target_keys.push_back(field.name);
  services.add({.domain = "scene",
                .name = "delete",
                .schema = Schema(target_fields()),
                .at_least_one_of = std::move(target_keys),
                .run = remove});
}

}  // namespace hassette::sim
