#include "link.hpp"

#include <fmt/format.h>

#include <deque>
#include <vector>

#include <hassette/error.hpp>
#include "specs.hpp"

namespace hassette::simulation {

namespace {

/// An entity that no tape names.
const std::string kOther = "zone.home";
const std::string kNoAttributes = "{}";

TimePoint time_of(Micros time) {
  return TimePoint(std::chrono::microseconds(time));
}

model::WireState wire_of(const std::string& id, const Known& known, const std::string& attributes) {
  return {.entity_id = id,
          .state = known.text,
          .attributes = attributes,
          .context = R"("01SIM")",
          .last_changed = time_of(known.last_changed),
          .last_updated = time_of(known.last_updated)};
}

std::string attributes_of(const Known& known) {
  return known.level.empty() ? kNoAttributes : fmt::format(R"({{"level":{}}})", known.level);
}

const Known kOtherState{.text = "0", .level = {}};

}  // namespace

Task<> Link::run() {
  connect();
  co_await AsyncEvent().wait();
}

Task<Json> Link::call(Json, std::string, std::chrono::nanoseconds) {
  co_return Json::array();
}

Task<Json> Link::first_push(Json, std::string what, std::chrono::nanoseconds) {
  throw Error("simulation", "the home of a tape pushes nothing", what);
  co_return Json();
}

Task<std::pair<int, std::string>> Link::get(std::string, std::string) {
  co_return std::pair(404, std::string());
}

Task<> Link::want(std::string) {
  co_return;
}

void Link::connect() {
  std::deque<std::string> attributes;
  std::vector<model::WireState> states{wire_of(kOther, kOtherState, kNoAttributes)};
  for (const auto& [id, known] : home_) {
    attributes.push_back(attributes_of(known));
    states.push_back(wire_of(id, known, attributes.back()));
  }
  listener_.on_snapshot({.name = "tape",
                         .time_zone = "Europe/Berlin",
                         .version = "2025.4.4",
                         .state = "RUNNING",
                         .latitude = 52.52,
                         .longitude = 13.405,
                         .elevation = 34},
                        states);
  link_.state = ha::LinkState::kConnected;
  link_is(link_.state);
  link_.message.clear();
  listener_.on_link(link_);
}

void Link::lose() {
  link_.state = ha::LinkState::kLost;
  link_is(link_.state);
  link_.message = "the tape says so";
  listener_.on_link(link_);
}

void Link::change(const std::string& id, Micros home_clock) {
  const auto found = home_.find(id);
  ha::WireChange change{
      .entity_id = id, .state = {}, .time_fired = time_of(home_clock), .context = R"("01SIM")"};
  const std::string attributes =
      found == home_.end() ? kNoAttributes : attributes_of(found->second);
  if (found != home_.end()) change.state = wire_of(id, found->second, attributes);
  listener_.on_change(change);
}

void Link::event(std::string type, Json data) {
  listener_.on_event(
      {.type = std::move(type), .data = std::move(data), .context = {.id = "01SIM"}});
}

void Link::tell_clock(Micros home_clock) {
  ha::WireChange change{.entity_id = kOther,
                        .state = wire_of(kOther, kOtherState, kNoAttributes),
                        .time_fired = time_of(home_clock),
                        .context = R"("01SIM")"};
  listener_.on_change(change);
}

}  // namespace hassette::simulation
