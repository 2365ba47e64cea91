#pragma once
// For tests only: what a frame was read as, in lines.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ha/frame.hpp"
#include "json/cursor_testing.hpp"
#include "json/parse.hpp"

namespace hassette::ha {

using json::Padded;

inline std::string canonical(std::string_view json) {
  const auto value = json::parse(json);
  return value ? value->dump() : fmt::format("<{}>", json);
}

inline std::string shown(TimePoint time) {
  return std::to_string(time.time_since_epoch().count());
}

inline std::string shown(const model::WireState& state) {
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

inline std::vector<std::string> read(FrameReader& reader, std::string_view text) {
  const Padded padded(text);
  Calls calls;
  reader.read(padded.text(), calls);
  return calls.lines;
}

inline std::vector<std::string> read(std::string_view text) {
  FrameReader reader;
  return read(reader, text);
}

}  // namespace hassette::ha
