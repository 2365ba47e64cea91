// Timers, which run on the loop's clock, counters and schedules.
#include <algorithm>

#include <fmt/format.h>

#include "sim/home.hpp"
#include "time/iso8601.hpp"

namespace hassette::sim {

namespace {

void tell(Home& home, const char* what, const std::string& entity_id) {
  home.fire(what, Json::object({{"entity_id", entity_id}}), home.context_of(entity_id));
}

}  // namespace

Json timer_at_rest(Home& home, const State& timer) {
  Json shown = timer.attributes();
  shown.erase("finishes_at");
  shown.erase("remaining");
  const Json& kept = home.memory(timer.entity_id());
  if (kept["configured_duration"].is_string()) shown["duration"] = kept["configured_duration"];
  return shown;
}

namespace {

// To idle; the attributes of a running timer go.
void end(Home& home, const std::string& entity_id, const char* event) {
  const StatePtr state = home.state(entity_id);
  if (!state) return;
  home.forget_scheduled(entity_id);
  const Json finished_at = state->attributes()["finishes_at"];
  const Context context = home.context_of(entity_id);
  home.set(entity_id, "idle", timer_at_rest(home, *state), context, true);
  Json data = Json::object({{"entity_id", entity_id}});
  if (std::string_view(event) == "timer.finished" && finished_at.is_string()) {
    data["finished_at"] = finished_at;
  }
  home.fire(event, std::move(data), context);
}

void run_until(Home& home, const State& state, TimePoint ends, std::int64_t remaining,
               Json duration) {
  Json shown = state.attributes();
  shown["duration"] = std::move(duration);
  shown["finishes_at"] = iso_text(ends);
  shown["remaining"] = python_duration(remaining);
  const std::string& entity_id = state.entity_id();
  home.write(entity_id, "active", std::move(shown), true);
  home.after(entity_id, ends - home.now(),
             [&home, entity_id] { end(home, entity_id, "timer.finished"); });
}

std::int64_t whole_seconds_left(const State& state, TimePoint now) {
  const auto ends = state.attributes()["finishes_at"].get<std::string>();
  const auto moment = ends ? time::parse_iso8601(*ends) : std::nullopt;
  if (!moment) return 0;
  return std::chrono::floor<std::chrono::seconds>(*moment -
                                                  std::chrono::floor<std::chrono::seconds>(now))
      .count();
}

void start(Home& home, const ServiceCall& call, const State& state) {
  const bool idle = state.state() == "idle";
  Json duration = state.attributes()["duration"];
  // A duration of the call is for this run alone.
  if (idle) home.memory(state.entity_id())["configured_duration"] = duration;
  std::int64_t seconds = seconds_from(call.data["duration"]).value_or(0);
  if (seconds != 0) {
    duration = python_duration(seconds);
  } else {
    seconds = seconds_from(state.attributes()[idle ? "duration" : "remaining"]).value_or(0);
  }
  // Home Assistant counts from the begun second, so a timer ends a little early.
  const TimePoint ends =
      std::chrono::floor<std::chrono::seconds>(home.now()) + std::chrono::seconds(seconds);
  run_until(home, state, ends, seconds, std::move(duration));
  tell(home, idle ? "timer.started" : "timer.restarted", state.entity_id());
}

void pause(Home& home, const State& state) {
  if (state.state() != "active") return;
  home.forget_scheduled(state.entity_id());
  Json shown = state.attributes();
  shown["remaining"] = python_duration(whole_seconds_left(state, home.now()));
  shown.erase("finishes_at");
  home.write(state.entity_id(), "paused", std::move(shown), true);
  tell(home, "timer.paused", state.entity_id());
}

void change(Home& home, const ServiceCall& call, const State& state) {
  if (state.state() != "active") {
    throw CommandFailure{"home_assistant_error",
                         fmt::format("Timer {} is not running, only active timers can be changed",
                                     state.entity_id()),
                         {}};
  }
  const std::int64_t left =
      whole_seconds_left(state, home.now()) + seconds_from(call.data["duration"]).value_or(0);
  if (left > seconds_from(state.attributes()["duration"]).value_or(0)) {
    throw CommandFailure{
        "home_assistant_error",
        fmt::format("Not possible to change timer {} beyond duration", state.entity_id()),
        {}};
  }
  const TimePoint ends =
      std::chrono::floor<std::chrono::seconds>(home.now()) + std::chrono::seconds(left);
  run_until(home, state, ends, left, state.attributes()["duration"]);
  tell(home, "timer.changed", state.entity_id());
}

void count(Home& home, const State& state, std::int64_t value) {
  const auto low = state.attributes()["minimum"].get<std::int64_t>();
  const auto high = state.attributes()["maximum"].get<std::int64_t>();
  if (low) value = std::max(value, *low);
  if (high) value = std::min(value, *high);
  home.write_state(state.entity_id(), std::to_string(value));
}

void set_count(Home& home, const State& state, std::int64_t value) {
  const auto refuse = [&](const char* side, std::int64_t bound) {
    throw CommandFailure{"home_assistant_error",
                         fmt::format("Value {} for {} exceeding the {} value of {}", value,
                                     state.entity_id(), side, bound),
                         {}};
  };
  const auto low = state.attributes()["minimum"].get<std::int64_t>();
  const auto high = state.attributes()["maximum"].get<std::int64_t>();
  if (low && value < *low) refuse("minimum", *low);
  if (high && value > *high) refuse("maximum", *high);
  home.write_state(state.entity_id(), std::to_string(value));
}

std::int64_t counted(const State& state) {
  return std::atoll(state.state().c_str());
}
std::int64_t step_of(const State& state) {
  return state.attributes()["step"].get<std::int64_t>().value_or(1);
}

Check duration() {
  return [](Json& value) -> std::optional<std::string> {
    if (seconds_from(value)) return std::nullopt;
    return "offset " + python_repr(value) + " should be format 'HH:MM', 'HH:MM:SS' or 'HH:MM:SS.F'";
  };
}

}  // namespace

void add_timer_services(Services& services) {
  services.add("timer", "start", {{"duration", duration()}}, start);
  services.add("timer", "pause", {},
               [](Home& home, const ServiceCall&, const State& state) { pause(home, state); });
  services.add("timer", "cancel", {}, [](Home& home, const ServiceCall&, const State& state) {
    if (state.state() != "idle") end(home, state.entity_id(), "timer.cancelled");
  });
  services.add("timer", "finish", {}, [](Home& home, const ServiceCall&, const State& state) {
    if (state.state() == "active") end(home, state.entity_id(), "timer.finished");
  });
  services.add("timer", "change", {{"duration", duration(), true}}, change);

  services.add("counter", "increment", {}, [](Home& home, const ServiceCall&, const State& state) {
    count(home, state, counted(state) + step_of(state));
  });
  services.add("counter", "decrement", {}, [](Home& home, const ServiceCall&, const State& state) {
    count(home, state, counted(state) - step_of(state));
  });
  services.add("counter", "reset", {}, [](Home& home, const ServiceCall&, const State& state) {
    count(home, state, state.attributes()["initial"].get<std::int64_t>().value_or(0));
  });
  services.add("counter", "set_value", {{"value", accept::integer_within(0, INT64_MAX), true}},
               [](Home& home, const ServiceCall& call, const State& state) {
                 set_count(home, state, call.data["value"].as_int());
               });
}

}  // namespace hassette::sim
