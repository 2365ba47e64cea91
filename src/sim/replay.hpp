// Comparing a simulated conversation with a recorded one, for tests.
//
// Ids of contexts become their order of appearance, times become a word: what is left must be
// equal, value by value. Plain functions; not part of the library's interface.
#pragma once

#include <algorithm>
#include <fstream>
#include <hassette/json.hpp>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "json/parse.hpp"
#include "time/iso8601.hpp"

namespace hassette::sim::replay {

// One connection of the recording: what the client sent, and what came until it sent again.
struct Received {
  std::size_t line = 0;  // of the recording, counted from 1
  Json message;          // null where the server closed
};
struct Sent {
  std::size_t line = 0;
  double at = 0;
  std::string text;
  std::vector<Received> answers;
};
struct Conversation {
  std::vector<Received> greeting;
  std::vector<Sent> turns;
};

inline std::vector<Conversation> load(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("no recording at " + path);
  std::vector<Conversation> conversations;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const Json entry = json::parse(line).value();
    if (!entry.contains("dir")) continue;
    const Json& frame = entry["frame"];
    const bool greets = frame["type"] == Json("auth_required");
    if (greets) conversations.emplace_back();
    Conversation& now = conversations.back();
    if (entry["dir"] == Json(">")) {
      now.turns.push_back({number,
                           entry["t"].as_double(),
                           frame.is_string() ? frame.as_string() : frame.dump(),
                           {}});
      continue;
    }
    std::vector<Received>& answers = now.turns.empty() ? now.greeting : now.turns.back().answers;
    if (frame.is_array()) {
      for (const Json& message : frame.as_array()) answers.push_back({number, message});
    } else {
      answers.push_back({number, frame});
    }
  }
  return conversations;
}

// Equal but for times, and for context ids, which must correspond one to one in the whole
// conversation.
class Matcher {
 public:
  bool matches(const Json& recorded, const Json& simulated) {
    auto before = std::pair(to_simulated_, to_recorded_);
    if (equal(recorded, simulated, {})) return true;
    std::tie(to_simulated_, to_recorded_) = std::move(before);
    return false;
  }

 private:
  bool equal(const Json& a, const Json& b, std::string_view key) {
    static const std::set<std::string_view> times = {"lc",         "lu",          "when",
                                                     "created_at", "modified_at", "timestamp"};
    if (a.kind() != b.kind() && !(a.is_number() && b.is_number())) return false;
    if (a.is_number()) return times.contains(key) || a == b;
    if (a.is_string()) return equal_text(a.as_string(), b.as_string());
    if (a.size() != b.size()) return false;
    if (a.is_array()) {
      for (std::size_t i = 0; i < a.size(); ++i) {
        if (!equal(a.at(i), b.at(i), {})) return false;
      }
      return true;
    }
    if (!a.is_object()) return a == b;
    return std::ranges::all_of(a.as_object(), [&](const Json::Member& member) {
      const Json* other = b.find(member.first);
      return other && equal(member.second, *other, member.first);
    });
  }

  bool equal_text(const std::string& a, const std::string& b) {
    if (is_ulid(a) && is_ulid(b)) {
      return to_simulated_.try_emplace(a, b).first->second == b &&
             to_recorded_.try_emplace(b, a).first->second == a;
    }
    return a == b || (is_time(a) && is_time(b));
  }

  static bool is_ulid(const std::string& text) {
    return text.size() == 26 &&
           text.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ") == std::string::npos;
  }
  static bool is_time(const std::string& text) {
    return text.size() >= 19 && time::parse_iso8601(text).has_value();
  }

  std::map<std::string, std::string> to_simulated_;
  std::map<std::string, std::string> to_recorded_;
};

// Where two values differ first, for a message that can be read.
inline std::string first_difference(const Json& a, const Json& b, const std::string& path = "$",
                                    const std::string& key = {}) {
  if (a.is_object() && b.is_object()) {
    for (const auto& [name, value] : a.as_object()) {
      const Json* other = b.find(name);
      if (!other) return path + '.' + name + ": only recorded: " + value.dump().substr(0, 300);
      if (std::string found = first_difference(value, *other, path + '.' + name, name);
          !found.empty()) {
        return found;
      }
    }
    for (const auto& [name, value] : b.as_object()) {
      if (!a.contains(name))
        return path + '.' + name + ": only simulated: " + value.dump().substr(0, 300);
    }
    return {};
  }
  if (a.is_array() && b.is_array() && a.size() == b.size()) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      std::string found = first_difference(a.at(i), b.at(i), path + '[' + std::to_string(i) + ']');
      if (!found.empty()) return found;
    }
    return {};
  }
  if (Matcher().matches(Json::object({{key, a}}), Json::object({{key, b}}))) return {};
  return path + ": recorded " + a.dump().substr(0, 400) + ", simulated " + b.dump().substr(0, 400);
}

// "12 reason" a line: the lines of the recording that may differ, and why.
inline std::map<std::size_t, std::string> load_differences(const std::string& path,
                                                           std::string_view recording) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("no list of differences at " + path);
  std::map<std::size_t, std::string> reasons;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t space = line.find(' ');
    if (line.substr(0, space) != recording) continue;
    const std::size_t reason = line.find(' ', space + 1);
    reasons.emplace(std::stoul(line.substr(space + 1)), line.substr(reason + 1));
  }
  return reasons;
}

}  // namespace hassette::sim::replay
