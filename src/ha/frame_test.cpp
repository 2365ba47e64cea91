// Frames by hand: what they may hold, and what is wrong with others.
#include "ha/frame_testing.hpp"
#include "time/iso8601.hpp"

namespace hassette::ha {
namespace {

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
           R"("state":"\"on\"\n\ud83d\udca1","attributes":{"a":"\\"},"context":null}},)"
           R"("time_fired":"1970-01-01T00:00:00+00:00"}})"),
      (Lines{
          "change light.karl light.karl=\"on\"\n\xF0\x9F\x92\xA1 {\"a\":\"\\\\\"} null 0 0 <> 0"}));
}

TEST(Frame, tells_a_removed_entity_from_one_of_which_nothing_is_said) {
  EXPECT_EQ(read(R"({"type":"event","event":{"event_type":"state_changed","data":)"
                 R"({"entity_id":"light.a","old_state":{"x":1},"new_state":null},)"
                 R"("time_fired":"1970-01-01T00:00:00+00:00"}})"),
            (Lines{"change light.a removed <> 0"}));
  EXPECT_EQ(read(R"({"type":"event","event":{"event_type":"state_changed","data":)"
                 R"({"entity_id":"light.a"},"time_fired":"1970-01-01T00:00:00+00:00"}})"),
            (Lines{garbage(Garbage::kIncomplete)}));
  EXPECT_EQ(read(R"({"type":"event","event":{"event_type":"state_changed",)"
                 R"("time_fired":"1970-01-01T00:00:00+00:00"}})"),
            (Lines{garbage(Garbage::kIncomplete)}));
}

TEST(Frame, is_incomplete_where_a_change_has_no_time) {
  constexpr std::string_view kChange =
      R"({{"type":"event","event":{{"event_type":"state_changed","data":)"
      R"({{"entity_id":"light.a","new_state":null}}{}}}}})";
  EXPECT_EQ(read(fmt::format(kChange, R"(,"time_fired":"1970-01-01T00:00:00+00:00")")),
            (Lines{"change light.a removed <> 0"}));
  EXPECT_EQ(read(fmt::format(kChange, "")), (Lines{garbage(Garbage::kIncomplete)}));
}

TEST(Frame, may_name_the_type_of_an_event_last) {
  EXPECT_EQ(read(R"({"event":{"context":{"id":"c"},"data":{"new_state":{"state":"on",)"
                 R"("entity_id":"light.a"},"entity_id":"light.a"},"event_type":"state_changed",)"
                 R"("time_fired":"1970-01-01T00:00:00+00:00"},)"
                 R"("type":"event","id":3})"),
            (Lines{R"(change light.a light.a=on {} <> 0 0 {"id":"c"} 0)"}));
  EXPECT_EQ(read(R"({"event":{"data":[1],"origin":"REMOTE","event_type":"x"},"type":"event"})"),
            (Lines{"event x [1] <> 0 true"}));
  EXPECT_EQ(read(R"({"event":{"data":[1],"origin":"x","event_type":"x"},"type":"event"})"),
            (Lines{"event x [1] <> 0 false"}));
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
                     R"({{"entity_id":"{0}","new_state":{{"entity_id":"{0}","state":"{1}"}}}},)"
                     R"("time_fired":"1970-01-01T00:00:00+00:00"}}}})",
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
  // One without an id for each that is still to be handed on when nothing more is seen.
  EXPECT_EQ(std::ranges::count(sink.lines, "soon "), std::ptrdiff_t{FrameReader::kAhead});
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

TEST(Frame, goes_on_behind_a_message_that_is_wrong_inside) {
  for (const char* text :
       {R"([{"id":{"a":[1]}},{"type":"pong","id":2}])", R"([{"id" 1},{"type":"pong","id":2}])"}) {
    EXPECT_EQ(read(text), (Lines{garbage(Garbage::kIncomplete), "pong 2"})) << text;
  }
}

TEST(Frame, has_nothing_behind_its_end) {
  EXPECT_EQ(read("[}]"), (Lines{garbage(Garbage::kNotJson)}));
  EXPECT_EQ(read(R"([{"type":"pong","id":1}] ])"), (Lines{"pong 1", garbage(Garbage::kNotJson)}));
  EXPECT_EQ(read(R"([{"type":"pong","id":1}] {"a":[]])"),
            (Lines{"pong 1", garbage(Garbage::kNotJson)}));
}

TEST(Frame, says_of_a_member_that_comes_twice_what_it_says_last_but_for_the_type) {
  EXPECT_EQ(read(R"({"type":"event","event":{"event_type":"state_changed","data":)"
                 R"({"entity_id":"light.a","new_state":{"entity_id":"light.a","state":"on"},)"
                 R"("new_state":null},"time_fired":"1970-01-01T00:00:00+00:00"}})"),
            (Lines{"change light.a removed <> 0"}));
  EXPECT_EQ(read(R"({"type":"event","event":{"event_type":"a","event_type":"b","data":1}})"),
            (Lines{"event a 1 <> 0 false"}));
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
       {"\"5\"", "1.5", "-1", "null", "true", "[1]", "1e2", "99999999999999999999", "01"}) {
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
       R"({"type":"event","event":{"event_type":"state_changed","data":{"entity_id":"","new_state":null},"time_fired":"1970-01-01T00:00:00+00:00"}})",
       R"({"type":"event","event":{"event_type":"state_changed","data":{"entity_id":"a.b","new_state":{"entity_id":"a.b"}},"time_fired":"1970-01-01T00:00:00+00:00"}})",
       R"({"type":"event","event":{"event_type":"state_changed","data":{"entity_id":"a.b","new_state":{"entity_id":"a.b","state":1}},"time_fired":"1970-01-01T00:00:00+00:00"}})"}) {
    EXPECT_EQ(read(text), (Lines{garbage(Garbage::kIncomplete)})) << text;
  }
}

TEST(Frame, has_the_time_that_it_says_whatever_the_one_before_it_said) {
  FrameReader reader;
  // Each beside the one before it: the same second, another fraction, second, offset, or length.
  for (const char* moment :
       {"2026-05-03T04:21:31.173024+00:00", "2026-05-03T04:21:31.173024+00:00",
        "2026-05-03T04:21:31.999999+00:00", "2026-05-03T04:21:31.000000+00:00",
        "2026-05-03T04:21:32.000001+00:00", "2026-05-03T04:21:32.000001+02:00",
        "2026-05-03T04:21:32.500000+02:00", "2026-05-03T04:21:32.5000009+02:00",
        "2026-05-03T04:21:32.500000+02:00", "2026-05-03T04:21:32+00:00",
        "2026-05-03T04:21:32.5+00:00", "2026-05-03T04:21:32.50Z",
        "1969-12-31T23:59:59.000001+00:00", "1969-12-31T23:59:59.999998+00:00"}) {
    const auto time = time::parse_iso8601(moment);
    ASSERT_TRUE(time) << moment;
    EXPECT_EQ(
        read(reader, fmt::format(R"({{"type":"event","event":{{"event_type":"a","time_fired":)"
                                 R"("{}"}}}})",
                                 moment)),
        (Lines{fmt::format("event a <> <> {} false", shown(*time))}))
        << moment;
  }
  for (const char* nonsense :
       {"1969-12-31T23:59:59.99999x+00:00", "1969-12-31T23:59:59.-00001+00:00",
        "1969-12-31T23:59:59.999999 00:00", "1969-12-31T23:59:59.999999+00:0\\u0030", ""}) {
    EXPECT_EQ(
        read(reader, fmt::format(R"({{"type":"event","event":{{"event_type":"a","time_fired":)"
                                 R"("{}"}}}})",
                                 nonsense)),
        (Lines{garbage(Garbage::kIncomplete)}))
        << nonsense;
  }
  EXPECT_EQ(read(R"({"type":"event","event":{"event_type":"a","time_fired":""}})"),
            (Lines{garbage(Garbage::kIncomplete)}));  // of a reader that remembers none
}

TEST(Frame, may_have_white_space_behind_a_member) {
  for (const char* gap : {"", " ", "\n  "}) {
    EXPECT_EQ(read(fmt::format(R"({{"type":"event"{0},"event":{{"event_type":"a","time_fired":)"
                               R"("2026-05-03T04:21:31.000001+00:00"{0}}}}})",
                               gap)),
              (Lines{"event a <> <> 1777782091000001 false"}))
        << "<" << gap << ">";
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
  json::TokenIndex index;
  for (const char* text : {"", "{}", "[1]", R"([{"entity_id":"a.b"}])", R"([{"state":"on"}])",
                           R"([{"entity_id":"a.b","state":"on"})", "[] []", R"([]{"a":1}])"}) {
    const Padded padded(text);
    EXPECT_FALSE(reader.read_states(padded.text(), index)) << text;
  }
  const Padded none("[]");
  EXPECT_EQ(reader.read_states(none.text(), index).value().size(), 0u);
}

TEST(Snapshot, keeps_its_texts_whatever_is_read_next) {
  FrameReader reader;
  json::TokenIndex index;
  const Padded padded(
      R"([{"entity_id":"a.b","state":"\u0061 long state, of more than any string"}])");
  const auto states = reader.read_states(padded.text(), index);
  read(reader, change_of("a.b", R"(\u0062)"));
  EXPECT_EQ(states.value().at(0).state, "a long state, of more than any string");
}

TEST(Snapshot, is_refused_where_an_entity_has_no_name) {
  FrameReader reader;
  json::TokenIndex index;
  const Padded padded(R"([{"entity_id":"","state":"on"}])");
  EXPECT_FALSE(reader.read_states(padded.text(), index));
}

}  // namespace
}  // namespace hassette::ha
