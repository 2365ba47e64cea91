#include "sim/load.hpp"

#include <fstream>
#include <hassette/error.hpp>
#include <map>

#include "json/parse.hpp"
#include "sim/home.hpp"
#include "sim/script.hpp"
#include "sim/template.hpp"

namespace hassette::sim {

namespace {

// The first answer to each of the commands that describe a home.
std::map<std::string, Json> recorded_answers(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Error("recording", "the recording cannot be opened", path);
  std::map<std::string, Json> answers;
  std::map<std::int64_t, std::string> asked;
  std::string line;
  while (std::getline(file, line)) {
    const auto parsed = json::parse(line);
    if (!parsed)
      throw Error("recording", "a line of the recording is not JSON: " + parsed.error(), path);
    const Json& frame = (*parsed)["frame"];
    const auto id = frame["id"].get<std::int64_t>();
    if (!id) continue;
    if ((*parsed)["dir"] == Json(">")) {
      asked.try_emplace(*id, frame["type"].get<std::string>().value_or(""));
    } else if (asked.contains(*id) && frame["success"] == Json(true)) {
      answers.try_emplace(asked[*id], frame["result"]);
    }
  }
  for (const char* needed : {"get_config", "get_states", "get_services"}) {
    if (!answers.contains(needed)) {
      throw Error("recording", std::string("the recording has no answer to ") + needed, path);
    }
  }
  return answers;
}

Derived follow_template(Home& home, const char* entity_id, const char* source, std::string code) {
  return {entity_id, {source}, [&home, code = std::move(code)]() -> std::optional<std::string> {
            return render_template(home, code).text;
          }};
}

// What tests/ha/configuration.yaml says, for the entities that the recording has.
void add_configured_behaviour(Home& home) {
  home.follow(follow_template(home, "sensor.doubled_level", "input_number.level",
                              "{{ states('input_number.level') | float(0) * 2 }}"));
  home.follow({"binary_sensor.hall_motion", {"input_boolean.motion"}, [&home] {
                 return std::optional<std::string>(home.state_text("input_boolean.motion"));
               }});
  follow_group(home, "group.downstairs");
  add_scene(home, "scene.movie", "Movie",
            Json::object(
                {{"light.ceiling_lights", Json::object({{"state", "on"}, {"brightness", 40}})}}));
  const Json target = Json::object({{"entity_id", "light.ceiling_lights"}});
  add_script(home, "night", "Night",
             Json::array({Json::object({{"action", "light.turn_off"}, {"target", target}})}),
             {"level"});
  const Json trigger = Json::object({{"platform", "event"}, {"event_type", "test_ping"}});
  const Json data = Json::object({{"n", "{{ trigger.event.data.n }}"}});
  add_automation(home, "automation.echo", Json::array({trigger}),
                 Json::array({Json::object({{"event", "test_pong"}, {"event_data", data}})}));
  home.memory("climate.heatpump")["native_unit"] = "°F";
}

}  // namespace

void load_recording(Home& home, const std::string& path) {
  const std::map<std::string, Json> answers = recorded_answers(path);
  home.set_config(answers.at("get_config"));
  for (const Json& state : answers.at("get_states").as_array()) home.place(state_from_json(state));
  for (const char* kind : {"entity", "device", "area", "floor", "label"}) {
    const auto list = answers.find(std::string("config/") + kind + "_registry/list");
    if (list != answers.end()) home.registries().load(kind, list->second);
  }
  if (const auto panels = answers.find("get_panels"); panels != answers.end()) {
    home.panels() = panels->second;
  }
  add_services(home.services());
  add_configured_behaviour(home);
  home.services().describe(answers.at("get_services"));
}

}  // namespace hassette::sim
