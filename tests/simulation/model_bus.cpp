#include "model_bus.hpp"

#include <algorithm>
#include <charconv>

namespace hassette::simulation {

namespace {

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

std::string text_of(const std::optional<Known>& state) {
  return state ? state->text : "(none)";
}

}  // namespace

std::string Happening::cause() const {
  if (!event.empty()) return "event " + event;
  return entity + ": " + text_of(was) + " → " + text_of(is) + (recovered ? ", recovered" : "") +
         (immediate ? ", immediate" : "");
}

std::string Happening::shown() const {
  return value.empty() ? cause() : cause() + " " + value;
}

ModelListener::ModelListener(ModelWorld& world, ListenSpec spec)
    : world_(world), spec_(std::move(spec)), runs_(world, spec_.runs) {}

// --- Questions

/// The state's text, or the attribute; nothing where there is none.
std::optional<std::string> ModelListener::value(const std::optional<Known>& state) const {
  if (!state) return std::nullopt;
  if (spec_.attribute.empty()) return state->text;
  return state->level.empty() ? std::nullopt : std::optional(state->level);
}

bool ModelListener::meets(const std::string& condition, const std::optional<Known>& state) const {
  if (condition.empty()) return true;
  const auto is = value(state);
  if (!is) return false;
  if (condition == "above20") return number(*is).value_or(0) > 20;
  if (const auto wanted = number(condition)) return number(*is) == wanted;
  return *is == condition;
}

bool ModelListener::changed(const Happening& what) const {
  if (spec_.attribute.empty() && (!what.was || !what.is)) return true;  // appeared, or removed
  return value(what.was) != value(what.is);
}

bool ModelListener::where(const Happening& what) {
  const auto sun = world_.known.find("sun.sun");
  const bool night = sun != world_.known.end() && sun->second.text == "night";
  if (spec_.where == "night") return night;
  if (spec_.where == "even") return !what.value.empty() && (what.value.back() - '0') % 2 == 0;
  if (spec_.where == "throws" && night) {
    world_.trace.add(world_.agenda.now(), spec_.runs.label, "condition failed");
    return false;
  }
  return true;
}

bool ModelListener::asks(const Happening& what) {
  if (what.event.empty()) {
    if (spec_.changed != "any" && !changed(what)) return false;
    if (spec_.changed == "up") {
      const auto was = value(what.was);
      const auto is = value(what.is);
      if (!was || !is || !number(*was) || !number(*is) || *number(*is) <= *number(*was))
        return false;
    }
    if (!meets(spec_.changed_from, what.was)) return false;
    if (!meets(spec_.changed_to, what.is)) return false;
  }
  return where(what);
}

// --- From the event to the run

void ModelListener::take(const Happening& what) {
  if (spec_.duration > 0) return hold(what);
  if (asks(what)) accept(what);
}

void ModelListener::look_at_present() {
  std::vector<Happening> present;
  for (const auto& [id, state] : world_.known) {
    if (spec_.hears(id))
      present.push_back({.entity = id, .was = {}, .is = state, .immediate = true});
  }
  world_.agenda.soon([self = shared_from_this(), present] {
    for (const Happening& what : present) {
      if (self->active_) self->take(what);
    }
  });
}

void ModelListener::hold(const Happening& what) {
  if (const auto found = holds_.find(what.entity); found != holds_.end()) {
    const bool lasts = spec_.changed_to.empty() ? value(what.was) == value(what.is)
                                                : meets(spec_.changed_to, what.is);
    if (what.is && lasts) return;
    world_.agenda.drop(found->second.due);
    holds_.erase(found);
    world_.trace.count("hold ended");
  }
  if (!what.is || !asks(what)) return;
  Micros gone = 0;
  if (what.recovered || what.immediate) {
    const Micros since = spec_.attribute.empty() ? what.is->last_changed : what.is->last_updated;
    gone = std::clamp<Micros>(world_.home_clock() - since, 0, spec_.duration);
  }
  if (gone == spec_.duration) return accept(what);
  const std::uint64_t due = world_.agenda.set(world_.agenda.now() + spec_.duration - gone,
                                              [self = shared_from_this(), what] {
                                                self->holds_.erase(what.entity);
                                                if (self->where(what)) self->accept(what);
                                              });
  holds_.emplace(what.entity, Hold{what, due});
}

void ModelListener::accept(const Happening& what) {
  if (spec_.debounce > 0) return debounce(what);
  if (spec_.throttle > 0) return throttle(what);
  begin(what);
}

void ModelListener::debounce(const Happening& what) {
  Lane& lane = lanes_[what.entity];
  world_.agenda.drop(lane.due);
  lane.due =
      world_.agenda.set(world_.agenda.now() + spec_.debounce, [self = shared_from_this(), what] {
        self->lanes_.erase(what.entity);
        self->begin(what);
      });
}

void ModelListener::throttle(const Happening& what) {
  Lane& lane = lanes_[what.entity];
  if (world_.agenda.now() >= lane.closed_until) {
    lane.closed_until = world_.agenda.now() + spec_.throttle;
    return begin(what);
  }
  if (!spec_.both_edges || lane.newest) {
    world_.trace.add(world_.agenda.now(), spec_.runs.label, "throttled");
  }
  if (!spec_.both_edges) return;
  if (!lane.newest) {
    lane.due = world_.agenda.set(lane.closed_until, [self = shared_from_this(), what] {
      self->throttle_is_over(what.entity);
    });
  }
  lane.newest = what;
}

void ModelListener::throttle_is_over(const std::string& entity) {
  Lane& lane = lanes_[entity];
  lane.closed_until = world_.agenda.now() + spec_.throttle;
  const Happening newest = *lane.newest;
  lane.newest.reset();
  begin(newest);
}

void ModelListener::begin(const Happening& what) {
  const auto self = shared_from_this();
  if (spec_.once) end();
  auto run = std::make_shared<ModelRuns::Run>();
  run->lane = what.event.empty() ? what.entity : "event";
  run->cause = what.cause();
  run->shown = what.shown();
  if (what.recovered) world_.trace.count("ran for what was recovered");
  if (what.immediate) world_.trace.count("ran for what was there");
  runs_.submit(run);
}

// --- The end

void ModelListener::end() {
  if (!active_) return;
  active_ = false;
  for (const auto& [entity, hold] : holds_) world_.agenda.drop(hold.due);
  for (const auto& [entity, lane] : lanes_) world_.agenda.drop(lane.due);
  holds_.clear();
  lanes_.clear();
}

void ModelListener::cancel(const ModelRuns::Run* caller) {
  const auto self = shared_from_this();
  end();
  runs_.cancel(caller);
}

}  // namespace hassette::simulation
