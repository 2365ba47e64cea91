// Frames that Home Assistant sent, against the same read from a whole tree of values, slowly.
#include <fstream>

#include "base/repository_testing.hpp"
#include "ha/frame_testing.hpp"
#include "time/iso8601.hpp"

namespace hassette::ha {
namespace {

std::string text_of(const Json& value) {
  return value.get<std::string>().value_or("");
}

TimePoint time_of(const Json& value) {
  return time::parse_iso8601(text_of(value)).value_or(TimePoint());
}

std::string shown_state(const Json& state) {
  return fmt::format("{}={} {} {} {} {}", text_of(state["entity_id"]), text_of(state["state"]),
                     state["attributes"].dump(), state["context"].dump(),
                     shown(time_of(state["last_changed"])), shown(time_of(state["last_updated"])));
}

std::string slow_event(const Json& message, std::int64_t id) {
  const Json& event = message["event"];
  const std::string fired = shown(time_of(event["time_fired"]));
  if (!event.contains("event_type")) return fmt::format("push {} {}", id, event.dump());
  const Json& data = event["data"];
  if (event["event_type"] != Json("state_changed")) {
    return fmt::format("event {} {} {} {} {}", text_of(event["event_type"]), data.dump(),
                       event["context"].dump(), fired, event["origin"] == Json("REMOTE"));
  }
  const Json& state = data["new_state"];
  return fmt::format("change {} {} {} {}", text_of(data["entity_id"]),
                     state.is_null() ? "removed" : shown_state(state), event["context"].dump(),
                     fired);
}

std::string slow(const Json& message) {
  const std::string type = text_of(message["type"]);
  if (message.contains("id") && !message["id"].is_int()) {
    return fmt::format("garbage: {}", to_string(Garbage::kIncomplete));
  }
  const std::int64_t id = message["id"].get<std::int64_t>().value_or(0);
  if (type == "event") return slow_event(message, id);
  if (type == "pong") return fmt::format("pong {}", id);
  if (type == "result") {
    const Json* result = message.find("result");
    const Json& error = message["error"];
    return fmt::format("result {} {} {} {} {}", id, message["success"].as_bool(),
                       result ? result->dump() : "", text_of(error["code"]),
                       text_of(error["message"]));
  }
  return fmt::format("auth {} {} {}", type, text_of(message["message"]),
                     text_of(message["ha_version"]));
}

std::vector<std::string> slowly(const Json& frame) {
  if (!frame.is_array()) return {slow(frame)};
  std::vector<std::string> lines;
  for (const Json& message : frame.as_array()) lines.push_back(slow(message));
  return lines;
}

/// The frames that Home Assistant sent in a recorded conversation.
std::vector<Json> recorded(const std::string& version) {
  std::ifstream file(base::repository() + "/tests/data/ha-" + version + "/ws.jsonl");
  std::vector<Json> frames;
  for (std::string line; std::getline(file, line);) {
    const Json entry = json::parse(line).value();
    if (entry["dir"] == Json("<") && entry.contains("frame")) frames.push_back(entry["frame"]);
  }
  return frames;
}

/// The same value with the members of each object the other way round.
Json reversed(const Json& value) {
  if (value.is_array()) {
    Json::Array items;
    for (const Json& item : value.as_array()) items.push_back(reversed(item));
    return Json(std::move(items));
  }
  if (!value.is_object()) return value;
  Json::Object members;
  for (const auto& [key, member] : value.as_object()) members.emplace_back(key, reversed(member));
  std::ranges::reverse(members);
  return Json::object(std::move(members));
}

class Recordings : public ::testing::TestWithParam<std::string> {};

TEST_P(Recordings, are_read_as_a_whole_parse_reads_them) {
  const std::vector<Json> frames = recorded(GetParam());
  ASSERT_GT(frames.size(), 100u);
  FrameReader reader;
  for (const Json& frame : frames) EXPECT_EQ(read(reader, frame.dump()), slowly(frame));
}

TEST_P(Recordings, are_read_alike_in_any_order_of_keys) {
  FrameReader reader;
  for (const Json& frame : recorded(GetParam())) {
    const Json other = reversed(frame);
    EXPECT_EQ(read(reader, other.dump()), slowly(other));
  }
}

TEST_P(Recordings, are_garbage_from_where_they_are_cut_off) {
  FrameReader reader;
  for (const Json& frame : recorded(GetParam())) {
    const std::string text = frame.dump();
    const std::vector<std::string> whole = slowly(frame);
    const std::size_t step = std::max<std::size_t>(1, text.size() / 150);
    for (std::size_t size = 0; size < text.size(); size += step) {
      std::vector<std::string> lines = read(reader, std::string_view(text).substr(0, size));
      const std::size_t count = lines.size();
      while (!lines.empty() && lines.back().starts_with("garbage")) lines.pop_back();
      EXPECT_LT(lines.size(), count) << "nothing was counted";
      ASSERT_LE(lines.size(), whole.size());
      EXPECT_TRUE(std::equal(lines.begin(), lines.end(), whole.begin()));
    }
  }
}

TEST_P(Recordings, give_their_snapshot_of_states) {
  FrameReader reader;
  std::size_t snapshots = 0;
  for (const Json& frame : recorded(GetParam())) {
    const Json& result = frame["result"];
    if (!result.at(0).contains("entity_id") || !result.at(0).contains("last_changed")) continue;
    const Padded text(result.dump());
    json::TokenIndex index;
    const auto states = reader.read_states(text.text(), index);
    ASSERT_TRUE(states) << states.error();
    ASSERT_EQ(states->size(), result.size());
    for (std::size_t i = 0; i < states->size(); ++i) {
      EXPECT_EQ(shown((*states)[i]), shown_state(result.at(i)));
    }
    ++snapshots;
  }
  EXPECT_GE(snapshots, 1u);
}

INSTANTIATE_TEST_SUITE_P(Versions, Recordings, ::testing::Values("2025.4.4", "2024.3.3"),
                         [](const auto& chosen) {
                           std::string name = "of_" + chosen.param;
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace hassette::ha
