// The contract: the requests of tests/data/ha-2025.4.4, sent once more to a home that has just
// begun, get the frames and answers that are recorded there, from the real home as from the
// simulated one.
//
// Moments, random ids and the folder of the configuration become words, and what Home Assistant
// keeps in sets is put in order; the ids of contexts must correspond one to one. Of the entities
// that differences.txt calls `live` nothing is compared.
#include <deque>
#include <fstream>
#include <regex>
#include <set>

#include "base/repository_testing.hpp"
#include "net/http.hpp"
#include "net/websocket.hpp"
#include "sim/replay.hpp"
#include "visit.hpp"

namespace hassette::contract {
namespace {

using sim::replay::Conversation;

const std::string& folder() {
  static const std::string path = base::repository() + "/tests/data/ha-2025.4.4/";
  return path;
}

/// Brings what is recorded, and what a home says now, into the form in which they are compared.
class Canon {
 public:
  explicit Canon(std::string config_dir) : config_dir_(std::move(config_dir)) {
    std::ifstream file(base::repository() + "/tests/contract/differences.txt");
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string kind;
      std::string entity;
      if (words >> kind >> entity && kind == "live") live_.insert(entity);
    }
  }

  Json operator()(const Json& value, std::string_view key = {}) const {
    // The ids of contexts stand alone, and have to correspond.
    static const std::regex kContext("[0-9A-HJKMNP-TV-Z]{26}");
    const bool is_context = value.is_string() && std::regex_match(value.as_string(), kContext);
    if (value.is_string()) return is_context ? value : without_chance(value.as_string());
    if (value.is_array()) return in_order(value, key);
    if (!value.is_object()) return value;
    const bool is_state = value.contains("state") || value.contains("attributes");
    if (is_state && is_live(value["entity_id"])) {
      return Json::object({{"entity_id", value["entity_id"]}});
    }
    Json members = Json::object();
    for (const auto& [name, member] : value.as_object()) {
      members[without_chance(name)] = live_.contains(name) ? Json() : (*this)(member, name);
    }
    return members;
  }

  /// The change of an entity that may change at any moment.
  bool comes_by_chance(const Json& message) const {
    const Json& event = message["event"];
    if (is_live(event["data"]["entity_id"])) return true;
    const Json& changed = event["c"];
    return changed.is_object() && !changed.empty() &&
           std::ranges::all_of(changed.as_object(),
                               [&](const auto& entry) { return live_.contains(entry.first); });
  }

  /// Of the services' own words none are recorded.
  static void drop_words(Json& value) {
    if (value.is_array()) {
      for (Json& item : value.as_array()) drop_words(item);
    }
    if (!value.is_object()) return;
    for (auto& [key, member] : value.as_object()) {
      const bool words =
          (key == "name" || key == "description" || key == "example") && member.is_string();
      if (words) {
        member = "";
      } else {
        drop_words(member);
      }
    }
  }

 private:
  bool is_live(const Json& entity) const {
    return entity.is_string() && live_.contains(entity.as_string());
  }

  std::string without_chance(std::string text) const {
    static const std::regex kChance(
        R"(\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)?)?)"
        R"(|\b[0-9a-f]{32,}\b|[0-9A-HJKMNP-TV-Z]{26})");
    if (const std::size_t at = text.find(config_dir_); at != std::string::npos) {
      text.replace(at, config_dir_.size(), "/config");
    }
    return std::regex_replace(text, kChance, "(by chance)");
  }

  /// Lists of things that have names stand in the order of these, and of what is a set otherwise.
  Json in_order(const Json& list, std::string_view key) const {
    // "a" of what a change removed: names of attributes.
    const bool is_set = key == "components" || key == "a" || key.ends_with("list_external_dirs");
    const bool has_names = std::ranges::all_of(
        list.as_array(), [](const Json& item) { return !name_of(item).empty(); });
    std::multimap<std::string, Json> sorted;
    Json::Array items;
    for (const Json& item : list.as_array()) {
      Json canonical = (*this)(item);
      if (is_set || has_names) {
        std::string name = is_set ? canonical.dump() : name_of(canonical);
        sorted.emplace(std::move(name), std::move(canonical));
      } else {
        items.push_back(std::move(canonical));
      }
    }
    for (auto& [name, item] : sorted) items.push_back(std::move(item));
    return items;
  }
  static std::string name_of(const Json& item) {
    for (const char* name : {"entity_id", "ei", "id", "domain"}) {
      if (item.contains(name)) return item[name].dump() + item["name"].dump();
    }
    return {};
  }

  std::string config_dir_;
  std::set<std::string, std::less<>> live_;
};

class Replays : public ::testing::TestWithParam<std::string> {
 public:
  void SetUp() override {
    begun_ = begin_home(GetParam());
    if (!begun_.home) GTEST_SKIP() << begun_.why_not;
    if (GetParam() == "real" && begun_.home->version() != "2025.4.4") {
      GTEST_SKIP() << "recorded is 2025.4.4, and this is " << begun_.home->version();
    }
  }
  Home& home() { return *begun_.home; }

  void run(Task<> task) {
    std::exception_ptr error;
    const auto watch = [](Replays* test, Task<> body, std::exception_ptr* failed) -> Task<> {
      try {
        co_await std::move(body);
      } catch (...) {
        *failed = std::current_exception();
      }
      test->loop_.stop();
    };
    bodies_.spawn(async::intern_label("test", "body"), watch(this, std::move(task), &error));
    loop_.run();
    if (error) ADD_FAILURE() << async::describe(error);
  }

  Task<> play_all() {
    const net::HttpResponse config = co_await fetch({.target = "/api/config"});
    const auto told = json::parse(config.body);
    canon_.emplace(told ? (*told)["config_dir"].get<std::string>().value_or("/config") : "?");
    for (const Conversation& conversation : sim::replay::load(folder() + "ws.jsonl")) {
      co_await converse(&conversation);
    }
    std::ifstream calls(folder() + "rest.jsonl");
    std::size_t number = 0;
    for (std::string line; std::getline(calls, line);) {
      co_await call(++number, json::parse(line).value());
    }
  }

  std::size_t compared = 0;

 private:
  using Recorded = std::vector<sim::replay::Received>;

  /// What comes, message by message; null once the home has closed.
  struct Line {
    net::WebSocket socket;
    std::deque<Json> come = {};

    Task<Json> next(const Canon* canon) {
      while (come.empty()) co_await read(canon);
      Json first = std::move(come.front());
      come.pop_front();
      co_return first;
    }

   private:
    Task<> read(const Canon* canon) {
      try {
        const Json frame = json::parse(co_await socket.read()).value();
        const Json::Array messages = frame.is_array() ? frame.as_array() : Json::Array{frame};
        for (const Json& message : messages) {
          if (!canon->comes_by_chance(message)) come.push_back(message);
        }
      } catch (const net::NetError&) {
        come.emplace_back();
      }
    }
  };

  Task<> converse(const Conversation* conversation) {
    Line line{co_await net::connect_websocket(
        loop_, net::local_url("ws", home().port(), "/api/websocket"), {}, {})};
    co_await expect(&line, &conversation->greeting, {});
    std::int64_t last_id = 0;
    bool open = true;
    std::string together;  // what was sent with the next, which alone has an answer
    for (const sim::replay::Sent& turn : conversation->turns) {
      if (turn.answers.empty()) {
        together += turn.text + ',';
        continue;
      }
      std::string text = turn.text;
      const auto request = json::parse(text);
      if (request && (*request)["access_token"] != Json("wrong") &&
          (*request)["type"] == Json("auth")) {
        text = Json::object({{"type", "auth"}, {"access_token", home().token()}}).dump();
      }
      if (request) last_id = std::max(last_id, (*request)["id"].get<std::int64_t>().value_or(0));
      if (!together.empty()) text = '[' + std::exchange(together, {}) + text + ']';
      co_await line.socket.write(std::move(text));
      open = co_await expect(&line, &turn.answers, request ? (*request)["type"] : Json());
    }
    if (!open) co_return;
    // Nothing is left that nobody asked for.
    const std::int64_t id = last_id + 1;
    co_await line.socket.write(Json::object({{"id", id}, {"type", "ping"}}).dump());
    EXPECT_EQ(co_await next(&line), Json::object({{"id", id}, {"type", "pong"}}));
  }

  Task<Json> next(Line* line) {
    co_return co_await io_timeout(line->next(&*canon_), std::chrono::seconds(20));
  }

  /// False once the home has closed.
  Task<bool> expect(Line* line, const Recorded* recorded, Json type) {
    for (const auto& [number, message] : *recorded) {
      if (canon_->comes_by_chance(message)) continue;
      const std::string place = fmt::format("ws.jsonl:{}", number);
      Json come;
      try {
        come = co_await next(line);
      } catch (const TimeoutError&) {
        throw Error("contract", place + " did not come");
      }
      if (type == Json("get_services")) Canon::drop_words(come);
      judge(place, message, come);
      if (message.is_null()) co_return false;
    }
    co_return true;
  }

  Task<> call(std::size_t number, Json recorded) {
    net::HttpRequest request{.method = recorded["method"].as_string(),
                             .target = recorded["path"].as_string(),
                             .headers = {{"Content-Type", "application/json"}}};
    std::string authorization = "Bearer " + home().token();
    if (const std::size_t note = request.target.find(" ("); note != std::string::npos) {
      authorization = request.target.contains("(no token)") ? "" : "Bearer wrong";
      request.target.resize(note);
    }
    if (!authorization.empty()) request.headers.push_back({"Authorization", authorization});
    for (std::size_t at = 0; (at = request.target.find(' ', at)) != std::string::npos;) {
      request.target.replace(at, 1, "%20");
    }
    const Json& body = recorded["body"];
    if (!body.is_null()) request.body = body.is_string() ? body.as_string() : body.dump();
    const bool lists_services = request.target == "/api/services";
    const net::HttpResponse response = co_await fetch(std::move(request));
    const bool is_json = response.content_type == "application/json";
    Json answer = is_json ? json::parse(response.body).value_or(Json()) : Json(response.body);
    if (lists_services) Canon::drop_words(answer);
    const std::string place = fmt::format("rest.jsonl:{}", number);
    EXPECT_EQ(Json(response.status), recorded["status"]) << place;
    EXPECT_EQ(Json(response.content_type), recorded["content_type"]) << place;
    const Json& wanted = recorded["answer"];
    const bool is_size = wanted.is_string() && wanted.as_string().starts_with('<');
    if (!is_size && !rest_differences_.contains(number)) judge(place, wanted, answer);
  }

  Task<net::HttpResponse> fetch(net::HttpRequest request) {
    if (request.headers.empty()) {
      request.headers.push_back({"Authorization", "Bearer " + home().token()});
    }
    co_return co_await net::http_fetch(loop_, net::local_url("http", home().port(), "/"),
                                       std::move(request), {}, std::chrono::seconds(30));
  }

  void judge(const std::string& place, const Json& recorded, const Json& come) {
    ++compared;
    const Json wanted = (*canon_)(recorded);
    const Json have = (*canon_)(come);
    if (matcher_.matches(wanted, have)) return;
    ADD_FAILURE() << place << ": " << sim::replay::first_difference(wanted, have);
  }

  Begun begun_;
  async::RealClock clock_;
  net::AsioReactor reactor_;
  async::Loop loop_{clock_, reactor_};
  std::optional<Canon> canon_;
  sim::replay::Matcher matcher_;
  std::map<std::size_t, std::string> rest_differences_ =
      sim::replay::load_differences(base::repository() + "/tests/contract/differences.txt", "rest");
  async::Bucket bodies_{loop_, nullptr};
};

TEST_P(Replays, of_the_recorded_requests_get_the_recorded_frames) {
  run(play_all());
  EXPECT_GT(compared, 200U);
  std::cout << compared << " frames and answers compared\n";
}

FOR_EACH_HOME(Replays);

}  // namespace
}  // namespace hassette::contract
