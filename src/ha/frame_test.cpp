#include "ha/frame.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <memory>

#include "base/repository_testing.hpp"
#include "json/parse.hpp"
#include "time/iso8601.hpp"

namespace hassette::ha {
namespace {

/// A text with the 64 readable bytes behind it that a reader may touch, and not one more.
class Padded {
 public:
  explicit Padded(std::string_view text)
      : bytes_(std::make_unique<char[]>(text.size() + 64)), size_(text.size()) {
    std::ranges::copy(text, bytes_.get());
  }
  std::string_view text() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

std::string canonical(std::string_view json) {
  const auto value = json::parse(json);
  return value ? value->dump() : fmt::format("<{}>", json);
}

std::string shown(TimePoint time) {
  return std::to_string(time.time_since_epoch().count());
}

std::string shown(const model::WireState& state) {
  return fmt::format("{}={} {} {} {} {}", state.entity_id, state.state, canonical(state.attributes),
                     canonical(state.context), shown(state.last_changed),
                     shown(state.last_updated));
}

/// One line for each call.
class Calls final : public FrameSink {
 public:
  std::vector<std::string> lines;

  void on_change(const WireChange& change) override {
    lines.push_back(fmt::format("change {} {} {} {}", change.entity_id,
                                change.state ? shown(*change.state) : "removed",
                                canonical(change.context), shown(change.time_fired)));
  }
  void on_event(const WireEvent& event) override {
    lines.push_back(fmt::format("event {} {} {} {} {}", event.type, canonical(event.data),
                                canonical(event.context), shown(event.time_fired), event.remote));
  }
  void on_push(std::uint64_t id, std::string_view event) override {
    lines.push_back(fmt::format("push {} {}", id, canonical(event)));
  }
  void on_result(const WireResult& result) override {
    lines.push_back(fmt::format("result {} {} {} {} {}", result.id, result.success,
                                result.result.empty() ? "" : canonical(result.result),
                                result.error_code, result.error_message));
  }
  void on_pong(std::uint64_t id) override { lines.push_back(fmt::format("pong {}", id)); }
  void on_auth(std::string_view type, std::string_view message, std::string_view version) override {
    lines.push_back(fmt::format("auth {} {} {}", type, message, version));
  }
  void on_garbage(Garbage kind, std::string_view) override {
    lines.push_back(fmt::format("garbage: {}", to_string(kind)));
  }
};

std::vector<std::string> read(FrameReader& reader, std::string_view text) {
  const Padded padded(text);
  Calls calls;
  reader.read(padded.text(), calls);
  return calls.lines;
}

std::vector<std::string> read(std::string_view text) {
  FrameReader reader;
  return read(reader, text);
}

// --- The same from a whole tree of values, slowly

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
    const auto states = reader.read_states(text.text());
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

// --- By hand

using Lines = std::vector<std::string>;

std::string garbage(Garbage kind) {
  return fmt::format("garbage: {}", to_string(kind));
}

TEST(Frame, is_one_message_or_many_in_their_order) {
  EXPECT_EQ(read(R"([])"), Lines());
  EXPECT_EQ(read(R"([{"type":"pong","id":1},{"id":2,"type":"pong"}])"),
            (Lines{"pong 1", "pong 2"}));
  std::string many = "[";
  Lines expected;
  for (int i = 1; i <= 5000; ++i) {
    many += fmt::format(R"({}{{"id":{},"type":"result","success":true,"result":null}})",
                        i > 1 ? "," : "", i);
    expected.push_back(fmt::format("result {} true null  ", i));
  }
  EXPECT_EQ(read(many + "]"), expected);
}

TEST(Frame, may_hold_escapes_everywhere) {
  EXPECT_EQ(
      read(R"({"type":"event","id":3,"event":{"event_type":"state_changed","data":)"
           R"({"entity_id":"light.\u006barl","new_state":{"entity_id":"light.\u006barl",)"
           R"("state":"\"on\"\n\ud83d\udca1","attributes":{"a":"\\"},"context":null}}}})"),
      (Lines{
          "change light.karl light.karl=\"on\"\n\xF0\x9F\x92\xA1 {\"a\":\"\\\\\"} null 0 0 <> 0"}));
}

TEST(Frame, tells_a_removed_entity_from_one_of_which_nothing_is_said) {
  EXPECT_EQ(read(R"({"type":"event","event":{"event_type":"state_changed","data":)"
                 R"({"entity_id":"light.a","old_state":{"x":1},"new_state":null}}})"),
            (Lines{"change light.a removed <> 0"}));
  EXPECT_EQ(read(R"({"type":"event","event":{"event_type":"state_changed","data":)"
                 R"({"entity_id":"light.a"}}})"),
            (Lines{garbage(Garbage::kIncomplete)}));
  EXPECT_EQ(read(R"({"type":"event","event":{"event_type":"state_changed"}})"),
            (Lines{garbage(Garbage::kIncomplete)}));
}

TEST(Frame, may_name_the_type_of_an_event_last) {
  EXPECT_EQ(read(R"({"event":{"context":{"id":"c"},"data":{"new_state":{"state":"on",)"
                 R"("entity_id":"light.a"},"entity_id":"light.a"},"event_type":"state_changed"},)"
                 R"("type":"event","id":3})"),
            (Lines{R"(change light.a light.a=on {} <> 0 0 {"id":"c"} 0)"}));
  EXPECT_EQ(read(R"({"event":{"data":[1],"origin":"REMOTE","event_type":"x"},"type":"event"})"),
            (Lines{"event x [1] <> 0 true"}));
}

TEST(Frame, is_a_push_where_it_is_no_event_of_the_bus) {
  EXPECT_EQ(read(R"({"id":3,"type":"event","event":{"result":1.5}})"),
            (Lines{R"(push 3 {"result":1.5})"}));
  EXPECT_EQ(read(R"({"id":3,"type":"event","event":[1,{"a":2}]})"),
            (Lines{R"(push 3 [1,{"a":2}])"}));
  EXPECT_EQ(read(R"({"id":3,"type":"event","event":{}})"), (Lines{"push 3 {}"}));
  EXPECT_EQ(read(R"({"id":3,"type":"event","event":null})"), (Lines{"push 3 null"}));
}

// --- Changes that are seen coming

/// Also tells what was announced.
class Announced final : public FrameSink {
 public:
  Lines lines;
  void on_expected(std::string_view id) override { lines.push_back(fmt::format("soon {}", id)); }
  void on_change(const WireChange& change) override {
    lines.push_back(fmt::format("{}={}", change.entity_id, change.state->state));
  }
  void on_event(const WireEvent&) override { lines.emplace_back("event"); }
  void on_push(std::uint64_t, std::string_view) override { lines.emplace_back("push"); }
  void on_result(const WireResult&) override { lines.emplace_back("result"); }
  void on_pong(std::uint64_t id) override { lines.push_back(fmt::format("pong {}", id)); }
  void on_auth(std::string_view, std::string_view, std::string_view) override {}
  void on_garbage(Garbage, std::string_view) override { lines.emplace_back("garbage"); }
};

std::string change_of(std::string_view id, std::string_view state) {
  return fmt::format(R"({{"type":"event","event":{{"event_type":"state_changed","data":)"
                     R"({{"entity_id":"{0}","new_state":{{"entity_id":"{0}","state":"{1}"}}}}}}}})",
                     id, state);
}

TEST(Frame, of_many_messages_announces_changes_before_it_hands_them_on) {
  // More than are announced at once; every state has an escape, for which the parser needs memory.
  std::string text = "[";
  Lines in_order;
  for (int i = 0; i < 50; ++i) {
    text += change_of(fmt::format("light.n{}", i), fmt::format(R"(\u0041{})", i)) + ',';
    in_order.push_back(fmt::format("light.n{}=A{}", i, i));
    if (i % 7 == 0) text += R"(5,{"id":1,"type":"pong"},)";
    if (i % 7 == 0) in_order.insert(in_order.end(), {"garbage", "pong 1"});
  }
  const Padded padded(text + R"({"id":2,"type":"pong"}])");
  in_order.emplace_back("pong 2");
  Announced sink;
  FrameReader().read(padded.text(), sink);
  for (int i = 0; i < 50; ++i) {
    const auto soon = std::ranges::find(sink.lines, fmt::format("soon light.n{}", i));
    const auto change = std::ranges::find(sink.lines, fmt::format("light.n{}=A{}", i, i));
    EXPECT_LT(soon, change) << i;
  }
  std::erase_if(sink.lines, [](const std::string& line) { return line.starts_with("soon "); });
  EXPECT_EQ(sink.lines, in_order);
}

TEST(Frame, that_breaks_off_hands_on_what_came_before) {
  const Padded padded("[" + change_of("light.a", "on") + "," + change_of("light.b", "on") + ",!]");
  Announced sink;
  FrameReader().read(padded.text(), sink);
  std::erase_if(sink.lines, [](const std::string& line) { return line.starts_with("soon "); });
  ASSERT_GE(sink.lines.size(), 3u);
  EXPECT_EQ(sink.lines[0], "light.a=on");
  EXPECT_EQ(sink.lines[1], "light.b=on");
  EXPECT_EQ(sink.lines.back(), "garbage");
}

TEST(Frame, is_looked_into_before_it_is_read) {
  Announced sink;
  FrameReader::look_ahead(change_of("light.a", "on"), sink);
  EXPECT_EQ(sink.lines, (Lines{"soon light.a"}));
  for (const std::string& other :
       {std::string(R"({"id":1,"type":"pong"})"), std::string(),
        change_of(std::string(300, 'x'), ""), change_of("light.a", "on").substr(0, 80),
        "[" + change_of("light.a", "on") + "]"}) {
    FrameReader::look_ahead(other, sink);
  }
  EXPECT_EQ(sink.lines.size(), 1u);
}

TEST(Frame, needs_an_id_that_is_a_whole_positive_number) {
  for (const char* id :
       {"\"5\"", "1.5", "-1", "null", "true", "[1]", "1e2", "99999999999999999999"}) {
    EXPECT_EQ(read(fmt::format(R"({{"id":{},"type":"pong"}})", id)),
              (Lines{garbage(Garbage::kIncomplete)}))
        << id;
  }
  EXPECT_EQ(read(R"({"id":18446744073709551615,"type":"pong"})"),
            (Lines{"pong 18446744073709551615"}));
  EXPECT_EQ(read(R"({"type":"pong"})"), (Lines{"pong 0"}));
}

TEST(Frame, has_no_effect_where_a_part_is_of_the_wrong_kind) {
  for (
      const char* text :
      {R"({"type":5})", R"({"id":1})", R"({})", R"({"type":"event"})",
       R"({"type":"result","id":1,"success":"yes"})", R"({"type":"result","error":[]})",
       R"({"type":"event","event":{"event_type":5}})",
       R"({"type":"event","event":{"event_type":"a"},"event":{"event_type":"b"}})",
       R"({"type":"event","event":{"event_type":"a","time_fired":"yesterday"}})",
       R"({"type":"event","event":{"event_type":"state_changed","data":7}})",
       R"({"type":"event","event":{"event_type":"state_changed","data":{"entity_id":"","new_state":null}}})",
       R"({"type":"event","event":{"event_type":"state_changed","data":{"entity_id":"a.b","new_state":{"entity_id":"a.b"}}}})",
       R"({"type":"event","event":{"event_type":"state_changed","data":{"entity_id":"a.b","new_state":{"entity_id":"a.b","state":1}}}})"}) {
    EXPECT_EQ(read(text), (Lines{garbage(Garbage::kIncomplete)})) << text;
  }
}

TEST(Frame, is_counted_by_what_is_wrong_with_it) {
  for (const char* text : {"", " ", "x", "\"", "{\"a\":1}}", "{\"type\":\"pong\"} x",
                           "[{\"type\":\"pong\"}", "\xFF\xFE", "{\"type\":\"\xC3\"}"}) {
    EXPECT_EQ(read(text), (Lines{garbage(Garbage::kNotJson)})) << text;
  }
  // An object is not looked through before it is read: what breaks off inside it just lacks the
  // rest.
  EXPECT_EQ(read("{not json"), (Lines{garbage(Garbage::kIncomplete)}));
  for (const char* text : {"5", "\"text\"", "null", "true"}) {
    EXPECT_EQ(read(text), (Lines{garbage(Garbage::kNotAnObject)})) << text;
  }
  EXPECT_EQ(read(R"([5,{"type":"pong","id":1},"x",[]])"),
            (Lines{garbage(Garbage::kNotAnObject), "pong 1", garbage(Garbage::kNotAnObject),
                   garbage(Garbage::kNotAnObject)}));
  EXPECT_EQ(read(R"({"type":"party","id":1})"), (Lines{garbage(Garbage::kUnknownType)}));
}

TEST(Frame, may_be_nested_beyond_reason) {
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  EXPECT_EQ(read(deep).size(), 1u);
  EXPECT_EQ(read(R"({"type":"result","id":1,"success":true,"result":)" + deep + "}").size(), 1u);
}

TEST(Snapshot, is_refused_as_a_whole_where_a_state_is_unreadable) {
  FrameReader reader;
  for (const char* text : {"", "{}", "[1]", R"([{"entity_id":"a.b"}])", R"([{"state":"on"}])",
                           R"([{"entity_id":"a.b","state":"on"})"}) {
    const Padded padded(text);
    EXPECT_FALSE(reader.read_states(padded.text())) << text;
  }
  const Padded none("[]");
  EXPECT_EQ(reader.read_states(none.text()).value().size(), 0u);
}

}  // namespace
}  // namespace hassette::ha
