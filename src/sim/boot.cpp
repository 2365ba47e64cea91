#include "sim/boot.hpp"

#include <algorithm>

#include <hassette/async.hpp>

#include "sim/home.hpp"
#include "sim/sun_entity.hpp"

namespace hassette::sim {

namespace {

// There before any integration that brings entities.
const std::vector<std::string> kEarlyDomains = {
    "homeassistant", "persistent_notification", "system_log", "logger", "person", "frontend",
    "recorder"};
const std::vector<std::string_view> kEarlyComponents = {"homeassistant", "persistent_notification",
                                                        "system_log",    "logger",
                                                        "person",        "frontend",
                                                        "auth",          "http",
                                                        "api",           "websocket_api",
                                                        "config",        "network",
                                                        "onboarding",    "repairs",
                                                        "lovelace",      "diagnostics",
                                                        "search",        "image_upload",
                                                        "file_upload",   "device_automation"};

// What was on its way when the home went down: the device arrives meanwhile, and what only the home
// did is over.
std::string settled(std::string_view domain, const State& state) {
  static const std::map<std::string_view, const char*> kArrived = {{"opening", "open"},
                                                                   {"closing", "closed"},
                                                                   {"locking", "locked"},
                                                                   {"unlocking", "unlocked"},
                                                                   {"returning", "docked"}};
  if (domain == "script") return "off";
  const auto arrived = kArrived.find(state.state());
  if (arrived == kArrived.end()) return state.state();
  // Where it tells its position it stopped there.
  const auto position = state.attributes()["current_position"].get<double>();
  if (position) return *position > 0 ? "open" : "closed";
  return arrived->second;
}

}  // namespace

void Restart::set_phase(const char* phase, Json components) {
  Json config = home_.config();
  config["state"] = phase;
  config["components"] = std::move(components);
  home_.set_config(std::move(config));
}

void Restart::shut_down() {
  const Json known = home_.config()["components"];
  if (home_.phase() == "RUNNING") {
    components_ = known;
    states_.clear();
    home_.states().for_each([&](const StatePtr& state) {
      if (!home_.transient().contains(state->entity_id())) states_.push_back(state);
    });
  }
  home_.transient().clear();
  home_.forget_all_scheduled();
  home_.clear_states();
  Json early = Json::array();
  for (const Json& name : components_.as_array()) {
    const auto& names = kEarlyComponents;
    if (std::ranges::find(names, name.as_string()) != names.end()) early.push_back(name);
  }
  set_phase("NOT_RUNNING", std::move(early));
  home_.services().withhold_all(kEarlyDomains);
}

void Restart::come_back_as(std::string entity_id, std::string state) {
  changed_[std::move(entity_id)] = std::move(state);
}

void Restart::bring_up(const std::string& domain, std::vector<StatePtr>& states) {
  home_.services().register_domain(domain);
  home_.fire("component_loaded", Json::object({{"component", domain}}), home_.make_context());
  for (const StatePtr& state : states) {
    const std::string& entity_id = state->entity_id();
    if (std::ranges::find(left_out_, entity_id) != left_out_.end()) continue;
    const auto change = changed_.find(entity_id);
    if (change == changed_.end() && !home_.is_derived(entity_id)) {
      come_back(domain, state);
      continue;
    }
    // Groups and templates know nothing before what they follow is there.
    home_.set(entity_id, home_.is_derived(entity_id) ? "unknown" : change->second,
              state->attributes(), home_.make_context());
  }
}

void Restart::come_back(const std::string& domain, const StatePtr& state) {
  Json attributes = state->attributes();
  std::string comes_as = settled(domain, *state);
  if (domain == "timer" && state->state() != "idle") {
    const bool restored = attributes["restore"] == Json(true);
    if (restored && state->state() == "active") {
      resume_timer(home_, state);
      return;
    }
    if (!restored) {
      comes_as = "idle";
      attributes = timer_at_rest(home_, *state);
    }
  } else if (domain == "alarm_control_panel") {
    comes_as = resume_alarm(home_, state);
    if (comes_as != state->state()) {
      attributes["previous_state"] = nullptr;
      attributes["next_state"] = nullptr;
    }
  } else if (attributes.contains("current") && (domain == "script" || domain == "automation")) {
    attributes["current"] = 0;
  }
  home_.set(state->entity_id(), std::move(comes_as), std::move(attributes), home_.make_context());
}

Task<> Restart::boot(RestartTimes times) {
  co_await sleep(times.empty);
  std::vector<std::string> order = home_.services().domains();
  std::map<std::string, std::vector<StatePtr>> by_domain;
  for (const StatePtr& state : states_) {
    const std::string domain(state->domain());
    by_domain[domain].push_back(state);
    if (std::ranges::find(order, domain) == order.end()) order.push_back(domain);
  }
  const auto pause =
      times.loading / static_cast<std::int64_t>(std::max<std::size_t>(order.size(), 1));
  Json loaded = home_.config()["components"];
  for (const std::string& domain : order) {
    loaded.push_back(domain);
    set_phase("NOT_RUNNING", loaded);
    bring_up(domain, by_domain[domain]);
    if (pause.count() > 0) co_await sleep(pause);
  }
  left_out_.clear();
  changed_.clear();
  set_phase("STARTING", components_);
  home_.fire("core_config_updated", Json::object(), home_.make_context());
  home_.refresh_derived();
  SunEntity().update(home_);  // which has moved on meanwhile
  home_.fire("homeassistant_start", Json::object(), home_.make_context());
  co_await sleep(times.starting);
  set_phase("RUNNING", components_);
  home_.fire("core_config_updated", Json::object(), home_.make_context());
  home_.fire("homeassistant_started", Json::object(), home_.make_context());
}

}  // namespace hassette::sim
