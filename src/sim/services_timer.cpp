// Timers, which run on the loop's clock, counters and schedules.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "sim/home.hpp"
#include "time/iso8601.hpp"

namespace hassette::sim {

namespace {

// A timer tells of itself: nobody stands behind its events, not even who called it.
void tell(Home& home, const char* what, const std::string& entity_id) {
  home.fire(what, Json::object({{"entity_id", entity_id}}), home.make_context());
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
  Json finished_at = state->attributes()["finishes_at"];
  home.write(entity_id, "idle", timer_at_rest(home, *state), true);
  Json data = Json::object({{"entity_id", entity_id}});
  if (std::string_view(event) == "timer.finished") {
    if (finished_at.is_null()) {  // it was paused
      finished_at = iso_text(std::chrono::floor<std::chrono::seconds>(home.now()));
    }
    data["finished_at"] = std::move(finished_at);
  }
  home.fire(event, std::move(data), home.make_context());
}

using Period = std::chrono::microseconds;

Json shown_period(Period period) {
  return duration_text(std::chrono::floor<std::chrono::seconds>(period).count());
}

Period period_in(const Json& value) {
  return period_from(value).value_or(Period(0));
}

// Home Assistant counts from the begun second, so a timer ends a little early.
TimePoint begun_second(Home& home) {
  return std::chrono::floor<std::chrono::seconds>(home.now());
}

void run_until(Home& home, const State& state, TimePoint ends, Period remaining, Json duration) {
  Json shown = state.attributes();
  shown["duration"] = std::move(duration);
  shown["finishes_at"] = iso_text(ends);
  shown["remaining"] = shown_period(remaining);
  const std::string& entity_id = state.entity_id();
  home.write(entity_id, "active", std::move(shown), true);
  // Of an end that somebody wrote: in nanoseconds, eight thousand years are too many.
  constexpr Period kLongest = std::chrono::days(100 * 365);
  home.after(entity_id, std::clamp<Period>(ends - home.now(), Period(0), kLongest),
             [&home, entity_id] { end(home, entity_id, "timer.finished"); });
}

std::optional<TimePoint> end_of(const State& state) {
  const auto ends = state.attributes()["finishes_at"].get<std::string>();
  return ends ? time::parse_iso8601(*ends) : std::nullopt;
}

void start(Home& home, const ServiceCall& call, const State& state) {
  const bool idle = state.state() == "idle";
  Json duration = state.attributes()["duration"];
  // A duration of the call is for this run alone.
  if (idle) home.memory(state.entity_id())["configured_duration"] = duration;
  Period period = period_in(call.data["duration"]);
  if (period.count() != 0) {
    duration = shown_period(period);
  } else {
    period = period_in(state.attributes()[idle ? "duration" : "remaining"]);
  }
  run_until(home, state, begun_second(home) + period, period, std::move(duration));
  tell(home, idle ? "timer.started" : "timer.restarted", state.entity_id());
}

void pause(Home& home, const State& state) {
  if (state.state() != "active") return;
  home.forget_scheduled(state.entity_id());
  Json shown = state.attributes();
  const auto ends = end_of(state);
  shown["remaining"] = shown_period(ends ? *ends - begun_second(home) : Period(0));
  shown.erase("finishes_at");
  home.write(state.entity_id(), "paused", std::move(shown), true);
  tell(home, "timer.paused", state.entity_id());
}

void change(Home& home, const ServiceCall& call, const State& state) {
  const auto refuse = [](std::string words) {
    throw CommandFailure{"home_assistant_error", std::move(words), {}};
  };
  const std::string& entity_id = state.entity_id();
  const auto ends = end_of(state);
  if (state.state() != "active" || !ends) {
    refuse(fmt::format("Timer {} is not running, only active timers can be changed", entity_id));
    return;
  }
  const Period by = period_in(call.data["duration"]);
  const Period left = *ends + by - begun_second(home);
  if (left > period_in(state.attributes()["duration"])) {
    refuse(fmt::format("Not possible to change timer {} beyond duration", entity_id));
  }
  if (period_in(state.attributes()["remaining"]) + by < Period(0)) {
    refuse(fmt::format("Not possible to change timer {} to negative time remaining", entity_id));
  }
  run_until(home, state, *ends + by, left, state.attributes()["duration"]);
  tell(home, "timer.changed", entity_id);
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

// The state moved by so many steps of the counter, as far as 64 bits reach.
std::int64_t counted(const State& state, int steps) {
  std::int64_t value = 0;
  std::from_chars(state.state().data(), state.state().data() + state.state().size(), value);
  const auto step = state.attributes()["step"].get<std::int64_t>().value_or(1);
  std::int64_t moved = 0;
  const bool beyond = steps > 0 ? __builtin_add_overflow(value, step, &moved)
                                : __builtin_sub_overflow(value, step, &moved);
  return beyond ? value : moved;
}

Field duration() {
  const auto check = [](Json& value) -> std::optional<std::string> {
    const bool parts = value.is_object() && !value.empty();
    if (!parts && !fractional_seconds_from(value)) {
      std::string given = value.is_string() ? value.as_string() : python_repr(value);
      if (given.starts_with('-') || given.starts_with('+')) given.erase(0, 1);
      return "offset " + given + " should be format 'HH:MM', 'HH:MM:SS' or 'HH:MM:SS.F'";
    }
    if (fractional_seconds_from(value) && !period_from(value)) {
      throw CommandFailure{"unknown_error", "Python int too large to convert to C int", {}};
    }
    return std::nullopt;
  };
  const std::vector<Field> parts = {{"days", accept::number()},
                                    {"hours", accept::number()},
                                    {"minutes", accept::number()},
                                    {"seconds", accept::number()},
                                    {"milliseconds", accept::number()}};
  return {.name = "duration", .check = check, .inside = parts};
}

}  // namespace

void resume_timer(Home& home, const StatePtr& timer) {
  const std::string& entity_id = timer->entity_id();
  const Json& attributes = timer->attributes();
  const auto ends = end_of(*timer);
  const TimePoint now = begun_second(home);
  if (ends && *ends > now) {
    run_until(home, *timer, *ends, *ends - now, attributes["duration"]);
    tell(home, "timer.restarted", entity_id);
    return;
  }
  home.set(entity_id, "idle", timer_at_rest(home, *timer), home.make_context());
  home.fire("timer.finished",
            Json::object({{"entity_id", entity_id}, {"finished_at", attributes["finishes_at"]}}),
            home.make_context());
}

void add_timer_services(Services& services) {
  services.add("timer", "start", {duration()}, start);
  services.add("timer", "pause", {},
               [](Home& home, const ServiceCall&, const State& state) { pause(home, state); });
  services.add("timer", "cancel", {}, [](Home& home, const ServiceCall&, const State& state) {
    if (state.state() != "idle") end(home, state.entity_id(), "timer.cancelled");
  });
  services.add("timer", "finish", {}, [](Home& home, const ServiceCall&, const State& state) {
    if (state.state() != "idle") end(home, state.entity_id(), "timer.finished");
  });
  services.add("timer", "change", {duration()}, change);

  services.add("counter", "increment", {}, [](Home& home, const ServiceCall&, const State& state) {
    count(home, state, counted(state, 1));
  });
  services.add("counter", "decrement", {}, [](Home& home, const ServiceCall&, const State& state) {
    count(home, state, counted(state, -1));
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
