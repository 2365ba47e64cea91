// The contract: calls from tables, for what the bodies beside this file do not spell out.
//
// tests/contract/calls/NAME.jsonl holds one call a line, NAME.expected what Home Assistant 2025.4.4
// made of it: the answer, and what changed in the entities that are looked at. Both homes must give
// that; where the simulated one does not on purpose, differences.txt says why. The file README.md
// in that folder tells the form, and how to record.
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/repository_testing.hpp"
#include "json/parse.hpp"
#include "net/websocket.hpp"
#include "service_calls.hpp"
#include "time/iso8601.hpp"

namespace hassette::contract {
namespace {

using CallTables = Contract;
FOR_EACH_HOME(CallTables);

const std::string& folder() {
  static const std::string path = base::repository() + "/tests/contract/calls/";
  return path;
}

struct Line {
  std::size_t number = 0;  // in its file, from 1
  std::string text;
  Json call;
};

std::vector<Line> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<Line> lines;
  std::size_t number = 0;
  for (std::string text; std::getline(file, text);) {
    ++number;
    if (text.empty() || text.front() == '#') continue;
    auto parsed = json::parse(text);
    if (!parsed) {
      throw Error("calls", fmt::format("{}:{} is no JSON: {}", path, number, parsed.error()));
    }
    lines.push_back({number, text, *std::move(parsed)});
  }
  return lines;
}

std::set<std::string> tables() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().extension() == ".jsonl") names.insert(entry.path().stem().string());
  }
  return names;
}

/// "timers:12" of the lines `calls timers:12 REASON`.
std::set<std::string> differences() {
  std::ifstream file(base::repository() + "/tests/contract/differences.txt");
  std::set<std::string> places;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string recording;
    std::string place;
    if (words >> recording >> place && recording == "calls") places.insert(place);
  }
  return places;
}

/// Moments become a word, and keys are put in order, so that the texts of two can be compared.
Json without_times(const Json& value) {
  if (value.is_string() && time::parse_iso8601(value.as_string())) return "(a moment)";
  if (value.is_array()) {
    Json items = Json::array();
    for (const Json& item : value.as_array()) items.push_back(without_times(item));
    return items;
  }
  if (!value.is_object()) return value;
  std::map<std::string, Json> sorted;
  for (const auto& [key, item] : value.as_object()) sorted.emplace(key, without_times(item));
  Json members = Json::object();
  for (auto& [key, item] : sorted) members[key] = std::move(item);
  return members;
}

/// A client of its own: the words of a refusal are looked at as they are sent.
class Caller {
 public:
  explicit Caller(net::WebSocket socket) : socket_(std::move(socket)) {}

  static Task<Caller> connect(Contract* test) {
    Caller caller(co_await net::connect_websocket(
        test->loop, net::local_url("ws", test->home().port(), "/api/websocket"), {}, {}));
    co_await caller.next();
    co_await caller.socket_.write(
        Json::object({{"type", "auth"}, {"access_token", test->home().token()}}).dump());
    const Json welcome = co_await caller.next();
    EXPECT_EQ(welcome["type"], Json("auth_ok"));
    co_return caller;
  }

  Task<Json> ask(Json message) {
    message["id"] = ++last_id_;
    co_await socket_.write(message.dump());
    co_return co_await next();
  }

  /// State and attributes of these entities; what is not there is null.
  Task<Json> states(std::vector<std::string> entities) {
    Json shown = Json::object();
    if (entities.empty()) co_return shown;
    const Json answer = co_await ask(Json::object({{"type", "get_states"}}));
    for (const std::string& entity : entities) shown[entity] = nullptr;
    for (const Json& state : answer["result"].as_array()) {
      const std::string& entity = state["entity_id"].as_string();
      if (!shown.contains(entity)) continue;
      Json now = state["attributes"];
      now["(state)"] = state["state"];
      shown[entity] = std::move(now);
    }
    co_return shown;
  }

 private:
  Task<Json> next() {
    const std::string_view text = co_await socket_.read();
    co_return json::parse(text).value();
  }

  net::WebSocket socket_;
  std::int64_t last_id_ = 0;
};

std::vector<std::string> texts_of(const Json& value) {
  std::vector<std::string> texts;
  if (value.is_string()) texts.push_back(value.as_string());
  if (value.is_array()) {
    for (const Json& item : value.as_array()) texts.push_back(item.as_string());
  }
  return texts;
}

/// What a call made of each entity: the new values, "(gone)" for what is no more. From one moment
/// to another is no change here, since that may lie in the second in which it was asked.
Json changes(const Json& before, const Json& after, const std::set<std::string>& ignored) {
  Json changed = Json::object();
  for (const auto& [entity, now] : after.as_object()) {
    const Json& then = before[entity];
    Json of_it = Json::object();
    if (now.is_object()) {
      for (const auto& [key, value] : now.as_object()) {
        if (ignored.contains(key)) continue;
        if (!then.contains(key) || then[key].dump() != value.dump()) of_it[key] = value;
      }
    }
    if (then.is_object()) {
      for (const auto& [key, value] : then.as_object()) {
        if (!now.contains(key) && !ignored.contains(key)) of_it[key] = "(gone)";
      }
    }
    if (!of_it.empty()) changed[entity] = std::move(of_it);
  }
  return without_times(changed);  // in order
}

Json message_for(const Json& call) {
  const std::string name = call["call"].as_string();
  const std::size_t dot = name.find('.');
  Json message = Json::object({{"type", "call_service"},
                               {"domain", name.substr(0, dot)},
                               {"service", name.substr(dot + 1)}});
  if (call.contains("data")) message["service_data"] = call["data"];
  if (call.contains("on")) message["target"] = Json::object({{"entity_id", call["on"]}});
  if (call.contains("target")) message["target"] = call["target"];
  if (call.contains("return_response")) message["return_response"] = call["return_response"];
  return message;
}

Task<> until_says(Caller* caller, std::string entity, Json state) {
  const auto end = std::chrono::steady_clock::now() + 30s;
  while ((co_await caller->states({entity}))[entity]["(state)"] != state) {
    if (std::chrono::steady_clock::now() > end) {
      throw Error("calls", fmt::format("{} never says {}", entity, state.dump()));
    }
    co_await io_sleep(20ms);
  }
}

/// Plays one line: what is recorded of it, or to be compared.
Task<Json> play(Caller* caller, const Json call, std::set<std::string> ignored) {
  const std::vector<std::string> looked_at =
      texts_of(call["look"].is_null() ? call["on"] : call["look"]);
  const Json before = without_times(co_await caller->states(looked_at));
  const Json answer = co_await caller->ask(message_for(call));
  if (call["wait"].is_object()) {
    for (const auto& [entity, state] : call["wait"].as_object()) {
      co_await until_says(caller, entity, state);
    }
  }
  const Json after = without_times(co_await caller->states(looked_at));
  Json made = Json::object({{"call", call["call"]}});
  if (call["prepare"] == Json(true)) co_return made;
  const bool accepted = answer["success"] == Json(true);
  made["answer"] = accepted ? Json("accepted") : without_times(answer["error"]);
  if (accepted && call.contains("return_response")) {
    made["response"] = without_times(answer["result"]["response"]);
  }
  const Json changed = changes(before, after, ignored);
  if (!changed.empty()) made["changed"] = changed;
  co_return made;
}

/// All answers to a table, in its order.
Task<std::vector<std::string>> play_all(Contract* test, std::string name, std::vector<Line> lines) {
  Caller caller = co_await Caller::connect(test);
  std::set<std::string> ignored;
  std::vector<std::string> made;
  for (const Line& line : lines) {
    if (!line.call.contains("call")) {
      for (std::string& key : texts_of(line.call["ignore"])) ignored.insert(std::move(key));
      for (const std::string& key : texts_of(line.call["heed"])) ignored.erase(key);
      made.push_back(line.text);
      continue;
    }
    try {
      made.push_back((co_await play(&caller, line.call, ignored)).dump());
    } catch (const std::exception& error) {
      throw Error("calls",
                  fmt::format("{}.jsonl:{}: {}\n  {}", name, line.number, error.what(), line.text));
    }
  }
  co_return made;
}

void record(const std::string& name, const std::vector<std::string>& made) {
  std::ofstream file(folder() + name + ".expected");
  for (const std::string& line : made) file << line << '\n';
}

void compare(const std::string& name, const std::vector<Line>& lines,
             const std::vector<std::string>& made, const std::set<std::string>& on_purpose) {
  const std::vector<Line> recorded = lines_of(folder() + name + ".expected");
  ASSERT_EQ(recorded.size(), lines.size()) << name << ".expected is not of this table: record it";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string place = fmt::format("{}:{}", name, lines[i].number);
    if (on_purpose.contains(place)) {
      EXPECT_NE(made[i], recorded[i].text) << place << " differs no more; differences.txt says so";
    } else {
      EXPECT_EQ(made[i], recorded[i].text) << place << ' ' << lines[i].text;
    }
  }
}

CONTRACT(CallTables, give_what_is_recorded) {
  if (!words_are_comparable(test)) co_return;
  const bool simulated = Contract::GetParam() == "simulator";
  const char* const one = std::getenv("HASSETTE_TEST_CALLS");
  const bool recording = !simulated && std::getenv("HASSETTE_RECORD_CALLS") != nullptr;
  const std::set<std::string> on_purpose = simulated ? differences() : std::set<std::string>();
  for (const std::string& name : tables()) {
    if (one && name != one) continue;
    const std::vector<Line> lines = lines_of(folder() + name + ".jsonl");
    const std::vector<std::string> made = co_await play_all(test, name, lines);
    if (recording) {
      record(name, made);
    } else {
      compare(name, lines, made, on_purpose);
    }
  }
}

}  // namespace
}  // namespace hassette::contract
