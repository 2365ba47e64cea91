// Alarm control panels, as Home Assistant's manual one behaves: it is the demo's.
//
// What a panel is about to be stands in its attributes: next_state while it arms, previous_state
// while it arms or rings. Nothing else is kept, so that a panel also goes on after a restart.
#include <string_view>

#include "sim/home.hpp"

namespace hassette::sim {

namespace {

constexpr auto kArming = std::chrono::seconds(5);
constexpr auto kRinging = std::chrono::seconds(10);
constexpr const char* kCode = "1234";  // the demo's; a panel without code_format has none

// Where it is, or where it is on its way to.
std::string heading_of(const State& panel) {
  const Json& next = panel.attributes()["next_state"];
  return next.is_string() ? next.as_string() : panel.state();
}

void show(Home& home, const std::string& entity_id, const std::string& state, Json previous,
          Json next) {
  home.patch(
      entity_id, state,
      Json::object({{"previous_state", std::move(previous)}, {"next_state", std::move(next)}}));
}

void settle_after(Home& home, const std::string& entity_id, std::chrono::nanoseconds time,
                  const std::string& state) {
  home.after(entity_id, time,
             [&home, entity_id, state] { show(home, entity_id, state, nullptr, nullptr); });
}

void go(Home& home, const State& panel, const std::string& goal) {
  const std::string before = heading_of(panel);
  if (before == goal) return;
  const std::string& entity_id = panel.entity_id();
  if (goal == "triggered") {
    show(home, entity_id, goal, before, nullptr);
    settle_after(home, entity_id, kRinging, before);
  } else {
    show(home, entity_id, "arming", before, goal);
    settle_after(home, entity_id, kArming, goal);
  }
}

std::string code_of(const ServiceCall& call) {
  return call.data["code"].get<std::string>().value_or("");
}

void check_code(const ServiceCall& call, const State& panel) {
  if (panel.attributes()["code_format"].is_null() || code_of(call) == kCode) return;
  throw validation_failure("Invalid alarm code provided", "invalid_code", nullptr, "manual");
}

void disarm(Home& home, const ServiceCall& call, const State& panel) {
  check_code(call, panel);
  home.forget_scheduled(panel.entity_id());
  show(home, panel.entity_id(), "disarmed", nullptr, nullptr);
}

void arm(Home& home, const ServiceCall& call, const State& panel, const std::string& goal) {
  if (panel.attributes()["code_arm_required"] == Json(true)) {
    if (code_of(call).empty()) {
      throw validation_failure(
          "Arming requires a code but none was given for " + panel.entity_id(), "code_arm_required",
          Json::object({{"entity_id", panel.entity_id()}}), "alarm_control_panel");
    }
    check_code(call, panel);
  }
  go(home, panel, goal);
}

void trigger(Home& home, const State& panel) {
  const Json& previous = panel.attributes()["previous_state"];
  const bool rang =
      panel.state() == "triggered" || (panel.state() == "arming" && previous == Json("triggered"));
  if (rang) {  // Home Assistant looks up how long it would ring then, and finds nothing
    throw CommandFailure{"unknown_error", "<AlarmControlPanelState.TRIGGERED: 'triggered'>", {}};
  }
  go(home, panel, "triggered");
}

}  // namespace

std::string resume_alarm(Home& home, const StatePtr& panel) {
  const std::string heading = heading_of(*panel);
  const Json& previous = panel->attributes()["previous_state"];
  const bool rings = heading == "triggered" && previous.is_string();
  if (panel->state() != "arming" && !rings) return panel->state();
  std::string goal = rings ? previous.as_string() : heading;
  const auto passed = home.now() - panel->last_updated();
  const auto time = rings ? kRinging : kArming;
  if (passed >= time) return goal;
  settle_after(home, panel->entity_id(), time - passed, goal);
  return panel->state();
}

void add_alarm_services(Services& services) {
  const std::string domain = "alarm_control_panel";
  const std::vector<Field> code = {{"code", accept::text()}};
  services.add(domain, "alarm_disarm", code, disarm);
  for (const char* kind : {"home", "away", "night", "vacation", "custom_bypass"}) {
    services.add(domain, std::string("alarm_arm_") + kind, code,
                 [goal = std::string("armed_") + kind](Home& home, const ServiceCall& call,
                                                       const State& panel) {
                   arm(home, call, panel, goal);
                 });
  }
  services.add(domain, "alarm_trigger", code,
               [](Home& home, const ServiceCall&, const State& panel) { trigger(home, panel); });
}

}  // namespace hassette::sim
