// How the simulated home comes up again, held against a recorded restart of the real one.
#include <fstream>
#include <map>
#include <set>

#include "async/bucket.hpp"
#include "base/repository_testing.hpp"
#include "sim/boot.hpp"
#include "sim/load.hpp"
#include "sim/replay.hpp"
#include "sim/test_home.hpp"

namespace hassette::sim {
namespace {

using namespace std::chrono_literals;

// What a client learns from the moment that it is let in again.
struct Comeback {
  // What was answered, then the events; a run of them that only loads or settles is one step.
  std::vector<std::string> steps;
  // "None -> off, off -> on": what each entity went through.
  std::map<std::string, std::string> entities;
  std::multiset<std::string> services;
  std::set<std::string> different;  // entities of the lines that the list of differences names

  void step(std::string what) {
    if (steps.empty() || steps.back() != what) steps.push_back(std::move(what));
  }
  void change(const std::string& entity_id, const Json& before, const Json& after) {
    step(before.is_null() ? "loads" : "settles");
    std::string& story = entities[entity_id];
    story += (story.empty() ? "" : ", ") + python_repr(before) + " -> " + python_repr(after);
  }
  void event(const std::string& type, const Json& data) {
    if (type == "service_registered") {
      services.insert(data["domain"].as_string() + '.' + data["service"].as_string());
    }
    const bool loads =
        type == "service_registered" || type == "component_loaded" || type == "panels_updated";
    step(loads ? "loads" : type);
  }
};

// Without the lines that the list of differences names.
Comeback recorded_comeback() {
  const auto differences =
      replay::load_differences(base::repository() + "/tests/contract/differences.txt", "restart");
  std::ifstream file(base::repository() + "/tests/data/ha-2025.4.4/restart.jsonl");
  Comeback comeback;
  bool was_refused = false;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const Json entry = json::parse(line).value();
    const std::string what = entry["what"].as_string();
    was_refused = was_refused || what == "refused";
    if (!was_refused) continue;
    if (differences.contains(number)) {
      if (entry["entity"].is_string()) comeback.different.insert(entry["entity"].as_string());
      continue;
    }
    if (what == "config") comeback.step("config " + entry["state"].as_string());
    if (what == "states") comeback.step("states " + entry["count"].dump());
    if (what != "event") continue;
    if (entry["event"] == Json("state_changed")) {
      comeback.change(entry["entity"].as_string(), entry["old"], entry["new"]);
    } else {
      comeback.event(entry["event"].as_string(), entry["data"]);
    }
  }
  return comeback;
}

Comeback comeback_of(const std::vector<Json>& messages) {
  const auto text_of = [](const Json& state) { return state.is_null() ? Json() : state["state"]; };
  Comeback comeback;
  for (const Json& message : messages) {
    const Json& result = message["result"];
    if (result.is_object()) comeback.step("config " + result["state"].as_string());
    if (result.is_array()) comeback.step("states " + std::to_string(result.size()));
    if (message["type"] != Json("event")) continue;
    const Json& event = message["event"];
    const Json& data = event["data"];
    const std::string type = event["event_type"].as_string();
    if (type != "state_changed") {
      comeback.event(type, data);
      continue;
    }
    // The sun goes on while the home loads; the recorded one had not yet looked up again.
    if (data["entity_id"] == Json("sun.sun") && !data["old_state"].is_null()) continue;
    comeback.change(data["entity_id"].as_string(), text_of(data["old_state"]),
                    text_of(data["new_state"]));
  }
  return comeback;
}

// As the client of the recording: it asks as soon as it is let in, and listens until all is up.
std::vector<Json> listen_to_a_restart() {
  async::VirtualClock clock{*time::parse_iso8601("2026-11-23T00:16:36+00:00")};
  async::ParkReactor reactor;
  async::Loop loop{clock, reactor};
  Home home{loop, 7};
  load_recording(home, base::repository() + "/tests/data/ha-2025.4.4/ws.jsonl");
  home.write_state("input_number.level", "22.0");  // which was set before that restart
  loop.run_ready();
  Restart restart(home);
  restart.shut_down();
  async::Bucket fibers{loop, nullptr};
  fibers.spawn(async::intern_label("test", "restart"), restart.boot({}));
  Listened wire;
  const Access access{.token = "owner"};
  Session session(home, wire, access);
  session.open();
  session.receive(Json::object({{"type", "auth"}, {"access_token", access.token}}).dump());
  session.receive(R"({"id":1,"type":"subscribe_events"})");
  session.receive(R"({"id":2,"type":"get_config"})");
  session.receive(R"({"id":3,"type":"get_states"})");
  loop.run_until(loop.now() + 5s);
  return wire.messages;
}

TEST(Comeback_, is_the_recorded_one_but_for_the_listed_differences) {
  const Comeback recorded = recorded_comeback();
  const Comeback simulated = comeback_of(listen_to_a_restart());
  EXPECT_EQ(simulated.steps, recorded.steps);
  EXPECT_EQ(simulated.services, recorded.services);
  ASSERT_GT(recorded.entities.size(), 100u);
  for (const auto& [entity_id, story] : simulated.entities) {
    EXPECT_TRUE(recorded.entities.contains(entity_id) || recorded.different.contains(entity_id))
        << entity_id << " came, with " << story;
  }
  for (const auto& [entity_id, story] : recorded.entities) {
    const auto found = simulated.entities.find(entity_id);
    EXPECT_EQ(found == simulated.entities.end() ? "(never came)" : found->second, story)
        << entity_id;
  }
}

using RestartedHome = HomeTest;

TEST_F(RestartedHome, has_its_timers_at_rest_with_their_own_duration) {
  home.write("timer.t", "idle", Json::object({{"duration", "0:00:10"}}));
  call("timer", "start", Json::object({{"entity_id", "timer.t"}, {"duration", 60}}));
  EXPECT_EQ(attribute("timer.t", "duration"), Json("0:01:00"));
  Restart restart(home);
  restart.shut_down();
  async::Bucket fibers{loop, nullptr};
  fibers.spawn(async::intern_label("test", "restart"), restart.boot({}));
  pass(5s);
  EXPECT_EQ(home.state_text("timer.t"), "idle");
  EXPECT_EQ(attribute("timer.t", "duration"), Json("0:00:10"));
  EXPECT_TRUE(attribute("timer.t", "finishes_at").is_null());
}

}  // namespace
}  // namespace hassette::sim
