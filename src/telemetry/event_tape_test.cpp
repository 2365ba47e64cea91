#include "telemetry/event_tape.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/board.hpp"

namespace hassette::telemetry {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;

constexpr TimePoint kStart{1'764'000'000s};

EventNote light(std::string_view what = "light.hall") {
  return {.time = kStart, .what = what, .old_text = "on", .new_text = "off", .state_change = true};
}

TEST(EventTape, keeps_the_last_hundred_in_order) {
  EventTape tape;
  EXPECT_TRUE(tape.entries().empty());
  for (int i = 0; i < 250; ++i) tape.record(light("light.l" + std::to_string(i)));
  const auto entries = tape.entries();
  ASSERT_EQ(entries.size(), 100u);
  EXPECT_EQ(entries.front().what, "light.l150");
  EXPECT_EQ(entries.back().what, "light.l249");
  EXPECT_EQ(entries.back().number, 250u);
  EXPECT_EQ(tape.counts(kStart).events, 250u);
}

TEST(EventTape, a_batch_counts_all_and_keeps_what_stays) {
  EventTape tape;
  tape.record(light());
  const std::vector<EventNote> notes(1000, light("light.kitchen"));
  EXPECT_EQ(tape.record(notes), 1001u);
  EXPECT_EQ(tape.entries().front().number, 902u);
  EXPECT_EQ(tape.counts(kStart + 1s).events, 1001u);
  EXPECT_DOUBLE_EQ(tape.counts(kStart + 1s).per_second, 100.1);
}

TEST(EventTape, tells_absent_from_empty) {
  EventTape tape;
  tape.record({.time = kStart,
               .what = "light.new",
               .new_text = "",
               .state_change = true,
               .recovered = true});
  const auto entry = tape.entries().front();
  EXPECT_FALSE(entry.has_old);
  EXPECT_TRUE(entry.has_new);
  EXPECT_TRUE(entry.recovered);
}

TEST(EventTape, names_the_handlers_that_an_event_started) {
  EventTape tape;
  const auto first = tape.record(light());
  const auto second = tape.record(light());
  tape.started(first, async::intern_label("lights", "motion"));
  tape.started(first, async::intern_label("doors", "watch"));
  tape.started(second + 1, async::intern_label("nobody", "nothing"));
  tape.started(0, async::intern_label("nobody", "nothing"));
  EXPECT_EQ(tape.entries()[0].started_count, 2u);
  EXPECT_EQ(tape.entries()[0].started[1]->app, "doors");
  EXPECT_EQ(tape.entries()[1].started_count, 0u);
  for (int i = 0; i < 100; ++i) tape.record(light());
  tape.started(first, async::intern_label("late", "handler"));
  for (const auto& entry : tape.entries()) EXPECT_EQ(entry.started_count, 0u);
}

TEST(EventTape, counts_more_handlers_than_it_names) {
  EventTape tape;
  const auto number = tape.record(light());
  for (int i = 0; i < 20; ++i) tape.started(number, async::intern_label("lights", "motion"));
  EXPECT_EQ(tape.entries()[0].started_count, 20u);
}

TEST(EventTape, the_rate_covers_the_last_ten_whole_seconds) {
  EventTape tape;
  for (int second = 0; second < 30; ++second) {
    for (int i = 0; i < 4; ++i) {
      EventNote note = light();
      note.time = kStart + std::chrono::seconds(second);
      tape.record(note);
    }
  }
  EXPECT_DOUBLE_EQ(tape.counts(kStart + 30s).per_second, 4.0);
  EXPECT_DOUBLE_EQ(tape.counts(kStart + 35s).per_second, 2.0);
  EXPECT_DOUBLE_EQ(tape.counts(kStart + 60s).per_second, 0.0);
}

TEST(EventTape, texts_from_outside_are_bounded_and_cut_between_characters) {
  EventTape tape;
  const std::string long_text = std::string(254, 'x') + "ä";
  tape.record({.time = kStart, .what = "sensor.long", .new_text = long_text});
  EXPECT_EQ(tape.entries()[0].new_text, std::string(254, 'x'));
}

TEST(EventTape, unknown_frames_are_counted_by_kind_and_the_kinds_are_bounded) {
  EventTape tape;
  tape.add_unknown_frame("surprise");
  tape.add_unknown_frame("surprise");
  EXPECT_THAT(tape.counts(kStart).unknown_frames, ElementsAre(Pair("surprise", 2u)));
  for (int i = 0; i < 1000; ++i) tape.add_unknown_frame("kind" + std::to_string(i));
  tape.add_dropped(7);
  const auto counts = tape.counts(kStart);
  EXPECT_LE(counts.unknown_frames.size(), 33u);
  EXPECT_EQ(counts.unknown_frames.at("other"), 969u);
  EXPECT_EQ(counts.dropped, 7u);
}

TEST(EventTape, a_called_service_is_named) {
  async::VirtualClock clock(kStart);
  Board board(clock, "0");
  const Event call{.type = "call_service", .data = {{"domain", "light"}, {"service", "turn_on"}}};
  const Event other{.type = "tag_scanned", .data = {{"tag_id", "7"}}};
  board.record(note_of(call, kStart));
  board.record(note_of(other, kStart));
  const Json events = board.snapshot()["events"];
  EXPECT_EQ(events["1"]["what"], "call_service");
  EXPECT_EQ(events["1"]["detail"], "light.turn_on");
  EXPECT_FALSE(events["2"].contains("detail"));
}

TEST(EventTape, a_snapshot_names_events_by_their_number) {
  async::VirtualClock clock(kStart);
  Board board(clock, "0");
  const auto number = board.record(light());
  board.events().started(number, async::intern_label("lights", "motion"));
  const Json event = board.snapshot()["events"]["1"];
  EXPECT_EQ(event["what"], "light.hall");
  EXPECT_EQ(event["old"], "on");
  EXPECT_EQ(event["new"], "off");
  EXPECT_EQ(event["started"].at(0), "lights/motion");
}

}  // namespace
}  // namespace hassette::telemetry
