#include "model_bus.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

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

bool ModelWorld::is_night() const {
  const auto sun = known.find("sun.sun");
  return sun != known.end() && sun->second.text == "night";
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
  if (spec_.where == "night") return world_.is_night();
  if (spec_.where == "even") return !what.value.empty() && (what.value.back() - '0') % 2 == 0;
  if (spec_.where != "throws" || !world_.is_night()) return true;
  count("condition threw");
  world_.trace.add(world_.agenda.now(), spec_.runs.label, "condition failed");
  world_.errors.tell(spec_.runs, "the question fails at night (" + what.cause() + ")");
  return false;
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
  if (!present_.empty()) count("change came before what was there was looked at");
  see_present();
  if (active_) see(what);
}

void ModelListener::see(const Happening& what) {
  if (!what.is_news && !holds_.contains(what.entity)) return;
  if (spec_.duration > 0) return hold(what);
  if (asks(what)) accept(what);
}

void ModelListener::look_at_present() {
  for (const auto& [id, state] : world_.known) {
    if (spec_.hears(id))
      present_.push_back({.entity = id, .was = {}, .is = state, .immediate = true});
  }
  world_.agenda.soon([self = shared_from_this()] { self->see_present(); });
}

void ModelListener::see_present() {
  for (const Happening& what : std::exchange(present_, {})) {
    if (active_) see(what);
  }
}

void ModelListener::hold(const Happening& what) {
  if (const auto found = holds_.find(what.entity); found != holds_.end()) {
    if (hold_lasts(what)) {
      if (what.returned && spec_.attribute.empty()) return hold_anew(what);
      return count("hold went on through a change");
    }
    count(what.is ? "hold was ended by a change" : "hold was ended by a removal");
    world_.agenda.drop(found->second.due);
    holds_.erase(found);
  }
  if (!what.is || !asks(what)) return;
  Micros gone = 0;
  if (what.recovered || what.immediate) {
    const Micros since = spec_.attribute.empty() ? what.is->last_changed : what.is->last_updated;
    gone = std::clamp<Micros>(world_.home_clock() - since, 0, spec_.duration);
  }
  if (gone < spec_.duration) return begin_hold(what, gone);
  count("hold had lasted long enough");
  accept(what);
}

bool ModelListener::hold_lasts(const Happening& what) const {
  if (!what.is) return false;
  return spec_.changed_to.empty() ? value(what.was) == value(what.is)
                                  : meets(spec_.changed_to, what.is);
}

/// The state was another while the home was away: it has lasted only since it came back.
void ModelListener::hold_anew(const Happening& what) {
  const Hold before = holds_.at(what.entity);
  world_.agenda.drop(before.due);
  holds_.erase(what.entity);
  count("hold counted anew from when the state came back");
  begin_hold({.entity = what.entity,
              .was = before.began.was,
              .is = what.is,
              .recovered = true,
              .immediate = before.began.immediate},
             std::clamp<Micros>(world_.home_clock() - what.is->last_changed, 0, spec_.duration));
}

void ModelListener::begin_hold(const Happening& what, Micros gone) {
  count(gone > 0 ? "hold counted from last_changed" : "hold began");
  const std::uint64_t due = world_.agenda.set(
      world_.agenda.now() + spec_.duration - gone,
      [self = shared_from_this(), entity = what.entity] { self->hold_is_over(entity); });
  holds_.emplace(what.entity, Hold{what, due, world_.outages});
}

void ModelListener::hold_is_over(const std::string& entity) {
  const Hold over = holds_.at(entity);
  holds_.erase(entity);
  if (over.outages < world_.outages) count("hold went on through an outage");
  if (where(over.began)) return accept(over.began);
  count("hold ended with a no of where");
}

void ModelListener::accept(const Happening& what) {
  if (spec_.debounce > 0) return debounce(what);
  if (spec_.throttle > 0) return throttle(what);
  begin(what);
}

void ModelListener::debounce(const Happening& what) {
  Lane& lane = lanes_[what.entity];
  if (lane.due > 0) count("debounce began anew");
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
    count("ran at the beginning of a throttle");
    return begin(what);
  }
  if (!spec_.both_edges || lane.newest) {
    count("throttle dropped an event");
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
  count("ran at the end of a throttle");
  begin(newest);
}

void ModelListener::begin(const Happening& what) {
  const auto self = shared_from_this();
  if (spec_.once) end();
  auto run = std::make_shared<ModelRuns::Run>();
  run->lane = what.event.empty() ? what.entity : "event";
  run->cause = what.cause();
  run->shown = what.shown();
  count_run(what);
  runs_.submit(run);
}

/// Which options had a part in it.
void ModelListener::count_run(const Happening& what) {
  const std::string& ids = spec_.entities;
  count(!what.event.empty()                  ? "ran for an event"
        : ids.find(',') != std::string::npos ? "ran for a list"
        : ids.find('*') != std::string::npos ? "ran for a glob"
                                             : "ran for an entity");
  if (!spec_.attribute.empty()) count("ran for an attribute");
  if (!spec_.changed_to.empty()) count("ran with changed_to");
  if (!spec_.changed_from.empty()) count("ran with changed_from");
  if (spec_.changed == "any") count("ran with changed = false");
  if (spec_.changed == "up") count("ran with increased");
  if (!spec_.where.empty()) count("ran with where");
  if (spec_.priority != 0) count("ran with a priority");
  if (spec_.once) count("ran with once");
  if (spec_.duration > 0) count("ran after a duration");
  if (spec_.debounce > 0) count("ran after a debounce");
  if (what.recovered) count("ran for what was recovered");
  if (what.immediate) count("ran for what was there");
}

// --- The end

void ModelListener::end() {
  if (!active_) return;
  active_ = false;
  for (const auto& [entity, hold] : holds_) {
    count("hold was ended by the registration's end");
    world_.agenda.drop(hold.due);
  }
  for (const auto& [entity, lane] : lanes_) {
    if (spec_.debounce > 0) count("debounce was ended by the registration's end");
    if (lane.newest) count("throttle was ended by the registration's end");
    world_.agenda.drop(lane.due);
  }
  holds_.clear();
  lanes_.clear();
}

void ModelListener::cancel(const ModelRuns::Run* caller) {
  const auto self = shared_from_this();
  end();
  runs_.cancel(caller);
}

}  // namespace hassette::simulation
