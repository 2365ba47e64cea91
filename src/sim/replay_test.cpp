#include "sim/replay.hpp"

#include <gtest/gtest.h>

#include "async/loop.hpp"
#include "base/repository_testing.hpp"
#include "sim/home.hpp"
#include "sim/load.hpp"
#include "sim/rest.hpp"
#include "sim/session.hpp"

namespace hassette::sim {
namespace {

class Collected final : public Wire {
 public:
  void send(std::string text) override {
    const Json frame = json::parse(text).value();
    if (frame.is_array()) {
      for (const Json& message : frame.as_array()) messages.push_back(message);
    } else {
      messages.push_back(frame);
    }
  }
  void close(std::uint16_t) override { messages.emplace_back(); }
  std::vector<Json> messages;
};

struct Tally {
  std::size_t compared = 0;
  std::size_t equal = 0;
  std::set<std::size_t> listed_but_equal;
};

class Replay {
 public:
  explicit Replay(const std::string& recording)
      : conversations_(replay::load(recording + "/ws.jsonl")),
        differences_(replay::load_differences(
            base::repository() + "/tests/contract/differences.txt", "ws")) {
    load_recording(home_, recording + "/ws.jsonl");
    access_.token =
        json::parse(conversations_.at(0).turns.at(0).text).value()["access_token"].as_string();
  }

  Tally run() {
    for (const replay::Conversation& conversation : conversations_) run(conversation);
    return finish();
  }

  // The calls were recorded right after the conversations, on the same home.
  Tally run_rest(const std::string& recording) {
    for (const replay::Conversation& conversation : conversations_) run(conversation);
    tally_ = {};
    differed_.clear();
    differences_ =
        replay::load_differences(base::repository() + "/tests/contract/differences.txt", "rest");
    std::ifstream file(recording + "/rest.jsonl");
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) run_call(++number, json::parse(line).value());
    return finish();
  }

 private:
  Tally finish() {
    for (const auto& [line, reason] : differences_) {
      if (!differed_.contains(line)) tally_.listed_but_equal.insert(line);
    }
    return tally_;
  }

  void run_call(std::size_t line, const Json& recorded) {
    RestRequest request;
    request.method = recorded["method"].as_string();
    std::string target = recorded["path"].as_string();
    request.authorization = "Bearer " + access_.token;
    if (const std::size_t note = target.find(" ("); note != std::string::npos) {
      request.authorization = target.find("(no token)") != std::string::npos ? "" : "Bearer wrong";
      target.resize(note);
    }
    request.target = target;
    const Json& body = recorded["body"];
    if (!body.is_null()) request.body = body.is_string() ? body.as_string() : body.dump();
    RestAnswer answer{0, "", "", ""};
    answer_rest(home_, access_, request, [&](RestAnswer given) { answer = std::move(given); });
    loop_.run_ready();
    const auto value = json::parse(answer.body);
    const bool json = answer.content_type == "application/json" && value;
    const bool bytes =
        recorded["answer"].is_string() && recorded["answer"].as_string().starts_with('<');
    Json have = Json::object({{"status", answer.status}, {"content_type", answer.content_type}});
    Json want =
        Json::object({{"status", recorded["status"]}, {"content_type", recorded["content_type"]}});
    if (!bytes) {  // of pictures and logs the recording only holds the size
      have["answer"] = json ? *value : Json(answer.body);
      want["answer"] = recorded["answer"];
    }
    judge(line, want, have);
  }

  void run(const replay::Conversation& conversation) {
    Collected wire;
    const async::MonoTime begin = loop_.now();
    Session session(home_, wire, access_);
    session.open();
    loop_.run_ready();
    compare(conversation.greeting, wire, 0);
    for (std::size_t i = 0; i < conversation.turns.size(); ++i) {
      const replay::Sent& turn = conversation.turns[i];
      // Frames that the client sent together arrive together.
      const bool last = i + 1 == conversation.turns.size();
      const double until = last ? turn.at + 4 : conversation.turns[i + 1].at;
      session.receive(turn.text);
      if (turn.answers.empty() && !last && until - turn.at < 0.01) continue;
      loop_.run_until(begin + std::chrono::microseconds(static_cast<std::int64_t>(until * 1e6)));
      compare(turn.answers, wire, turn.line);
    }
  }

  void compare(const std::vector<replay::Received>& expected, Collected& wire, std::size_t asked) {
    const std::vector<Json> got = std::exchange(wire.messages, {});
    for (std::size_t i = 0; i < std::max(expected.size(), got.size()); ++i) {
      const std::size_t line = i < expected.size() ? expected[i].line : asked;
      const Json want = i < expected.size() ? expected[i].message : Json("nothing");
      const Json have = i < got.size() ? got[i] : Json("nothing");
      judge(line, want, have);
    }
  }

  void judge(std::size_t line, const Json& want, const Json& have) {
    ++tally_.compared;
    if (matcher_.matches(want, have)) {
      ++tally_.equal;
      return;
    }
    differed_.insert(line);
    if (differences_.contains(line)) return;
    ADD_FAILURE() << "line " << line << ": " << replay::first_difference(want, have)
                  << "\nsimulated: " << have.dump().substr(0, 500);
  }

  std::vector<replay::Conversation> conversations_;
  std::map<std::size_t, std::string> differences_;
  async::VirtualClock clock_{*time::parse_iso8601("2026-11-23T00:16:20.060000+00:00")};
  async::ParkReactor reactor_;
  async::Loop loop_{clock_, reactor_};
  Home home_{loop_, 1};
  Access access_;
  replay::Matcher matcher_;
  std::set<std::size_t> differed_;
  Tally tally_;
};

TEST(Replay, gives_the_recorded_messages_but_for_the_listed_differences) {
  Replay replay(base::repository() + "/tests/data/ha-2025.4.4");
  const Tally tally = replay.run();
  RecordProperty("compared", static_cast<int>(tally.compared));
  RecordProperty("equal", static_cast<int>(tally.equal));
  std::cout << tally.equal << " of " << tally.compared << " messages equal\n";
  EXPECT_TRUE(tally.listed_but_equal.empty())
      << "the list of differences names lines that do not differ";
}

TEST(Replay, gives_the_recorded_rest_answers_but_for_the_listed_differences) {
  const std::string recording = base::repository() + "/tests/data/ha-2025.4.4";
  Replay replay(recording);
  const Tally tally = replay.run_rest(recording);
  std::cout << tally.equal << " of " << tally.compared << " answers equal\n";
  EXPECT_TRUE(tally.listed_but_equal.empty())
      << "the list of differences names lines that do not differ";
}

}  // namespace
}  // namespace hassette::sim
