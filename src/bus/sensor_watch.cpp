#include "bus/sensor_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include <hassette/duration.hpp>
#include "async/loop.hpp"
#include "bus/engine_events.hpp"
#include "bus/router.hpp"

namespace hassette {

std::string RateOfChange::summary() const {
  return fmt::format("change per {} {}, over {}", unit_name_, condition_.summary(),
                     format_duration(over_));
}

std::string Crossing::summary() const {
  std::string text = fmt::format("{} {}", rising ? "rising above" : "falling below", limit);
  if (hysteresis > 0) {
    text += fmt::format(", again after {}", rising ? limit - hysteresis : limit + hysteresis);
  }
  return text;
}

namespace bus {

namespace {

std::uint32_t number_in(const state::Cache& cache, const StateChange& change) {
  return cache.find(change.entity_id.str())->number;
}

/// The state that is there already, as a change.
StateChange present(const state::Entity& entity, TimePoint now) {
  return {.entity_id = *entity.id,
          .old_state = std::nullopt,
          .new_state = entity.state,
          .time_fired = now,
          .context = entity.state->context(),
          .immediate = true};
}

}  // namespace

std::optional<double> number_of(const std::optional<State>& state) {
  return state ? Value(state->text()).number() : std::nullopt;
}

// --- Stale

StaleWatch::StaleWatch(Owner& owner, run::Source source, std::string topic, Policy policy,
                       Where<StateChange> where, std::unique_ptr<Handler<StateChange>> handler,
                       const Entities& entities, std::chrono::nanoseconds after)
    : Watch(owner, std::move(source), std::move(topic), std::move(policy), std::move(where),
            std::move(handler)),
      input_(hear(entities, {}, false, [this](const StateChange& change) { updated(change); })),
      after_(after) {
  hear(std::string(kDisconnected), [this] { connection_lost(); });
  hear(std::string(kConnected), [this] { connection_back(); });
}

/// How long ago the state was written, on Home Assistant's clock.
std::chrono::nanoseconds StaleWatch::age(const State& state) const {
  return std::max<std::chrono::nanoseconds>(home_now() - state.last_updated(),
                                            std::chrono::nanoseconds(0));
}

void StaleWatch::begun() {
  for (const std::uint32_t number : input_.entities) {
    const state::Entity& entity = cache().entities()[number];
    if (!entity.state) continue;
    Known& known = known_.try_emplace(number, present(entity, loop().wall())).first->second;
    wait(number, known, age(*entity.state));
  }
}

void StaleWatch::updated(const StateChange& change) {
  const std::uint32_t number = number_in(cache(), change);
  if (!change.new_state) {
    known_.erase(number);
    return;
  }
  // That it has become unavailable is no news from the sensor: the time goes on.
  const auto found = known_.find(number);
  if (!change.new_state->has_value() && found != known_.end()) return;
  Known& known =
      found != known_.end() ? found->second : known_.try_emplace(number, change).first->second;
  known.last = change;
  known.told = false;
  wait(number, known, change.recovered ? age(*change.new_state) : std::chrono::nanoseconds(0));
}

void StaleWatch::wait(std::uint32_t entity, Known& known, std::chrono::nanoseconds gone) {
  if (!known.alarm) {
    known.alarm = std::make_unique<Alarm>(*this, [this, entity] { too_old(entity); });
  }
  if (away_) return;
  known.alarm->start_in(std::max(after_ - gone, std::chrono::nanoseconds(0)));
}

void StaleWatch::too_old(std::uint32_t entity) {
  if (!std::ranges::binary_search(input_.entities, entity)) {  // it has left an area or group
    known_.erase(entity);
    return;
  }
  Known& known = known_.at(entity);
  known.told = true;
  complete(StateChange(known.last), entity);
}

void StaleWatch::connection_lost() {
  away_ = true;
  for (auto& [number, known] : known_) {
    if (known.alarm) known.alarm->stop();
  }
}

void StaleWatch::connection_back() {
  if (!std::exchange(away_, false)) return;
  for (auto& [number, known] : known_) {
    // What has come and gone meanwhile without a difference was news from the sensor, too.
    const std::optional<State>& is = cache().entities()[number].state;
    State& last = *known.last.new_state;
    if (is && is->has_value() && is->last_updated() != last.last_updated()) {
      last = *is;
      known.told = false;
    }
    if (!known.told) wait(number, known, age(last));
  }
}

// --- Rate

namespace {
constexpr std::size_t kMostSamples = 4096;
}

RateWatch::RateWatch(Owner& owner, run::Source source, std::string topic, Policy policy,
                     Where<StateChange> where, std::unique_ptr<Handler<StateChange>> handler,
                     const Entities& entities, RateOfChange rate)
    : Watch(owner, std::move(source), std::move(topic), std::move(policy), std::move(where),
            std::move(handler)),
      input_(hear(entities, {}, true, [this](const StateChange& change) { changed(change); })),
      rate_(std::move(rate)) {}

void RateWatch::begun() {
  for (const std::uint32_t number : input_.entities) {
    const auto& state = cache().entities()[number].state;
    const auto value = number_of(state);
    if (value) known_[number].samples.push_back({state->last_changed(), *value});
  }
}

void RateWatch::changed(const StateChange& change) {
  const std::uint32_t number = number_in(cache(), change);
  const auto value = number_of(change.new_state);
  if (!value) {  // nobody knows what it was meanwhile
    known_.erase(number);
    return;
  }
  Known& known = known_[number];
  const Sample now{change.new_state->last_changed(), *value};
  const auto rate = rate_at(known, now);
  bool met = false;
  try {
    const async::Loop::Naming naming(loop(), runner().label());
    met = rate && rate_.condition()(Value(Json(*rate)));
  } catch (...) {
    condition_threw(std::make_shared<const StateChange>(change));
  }
  const bool began = met && !std::exchange(known.met, met);
  known.met = met;
  if (began) complete(change, number);
}

std::optional<double> RateWatch::rate_at(Known& known, const Sample& now) const {
  std::deque<Sample>& samples = known.samples;
  // A clock that was set back says nothing of what lies between.
  if (!samples.empty() && now.time < samples.back().time) samples.clear();
  samples.push_back(now);
  const TimePoint begin =
      now.time - std::chrono::duration_cast<TimePoint::duration>(rate_.window());
  while (samples.size() > 1 && samples[1].time <= begin) samples.pop_front();
  if (samples.size() > kMostSamples) {  // coarser within the window, exact at its ends
    std::deque<Sample> fewer;
    for (std::size_t i = 0; i < samples.size(); i += 2) fewer.push_back(samples[i]);
    if (samples.size() % 2 == 0) fewer.push_back(samples.back());
    samples = std::move(fewer);
  }
  if (samples.front().time > begin) return std::nullopt;  // not known for long enough
  using Real = std::chrono::duration<double>;
  return (now.value - samples.front().value) * (Real(rate_.unit()) / Real(rate_.window()));
}

// --- Crossing

CrossingWatch::CrossingWatch(Owner& owner, run::Source source, std::string topic, Policy policy,
                             Where<StateChange> where,
                             std::unique_ptr<Handler<StateChange>> handler,
                             const Entities& entities, const Crossing& crossing)
    : Watch(owner, std::move(source), std::move(topic), std::move(policy), std::move(where),
            std::move(handler)),
      input_(hear(entities, {}, true, [this](const StateChange& change) { changed(change); })),
      crossing_(crossing) {}

bool CrossingWatch::is_beyond(double value) const {
  return crossing_.rising ? value > crossing_.limit : value < crossing_.limit;
}

bool CrossingWatch::is_back(double value) const {
  return crossing_.rising ? value <= crossing_.limit - crossing_.hysteresis
                          : value >= crossing_.limit + crossing_.hysteresis;
}

void CrossingWatch::begun() {
  for (const std::uint32_t number : input_.entities) {
    const auto value = number_of(cache().entities()[number].state);
    if (value) armed_.emplace(number, !is_beyond(*value));
  }
}

void CrossingWatch::changed(const StateChange& change) {
  const std::uint32_t number = number_in(cache(), change);
  if (!change.new_state) {
    armed_.erase(number);
    return;
  }
  const auto value = number_of(change.new_state);
  if (!value) return;  // on which side it is, it will say
  const auto [found, first] = armed_.try_emplace(number, !is_beyond(*value));
  if (first) return;
  if (is_back(*value)) {
    found->second = true;
  } else if (is_beyond(*value) && std::exchange(found->second, false)) {
    complete(change, number);
  }
}

}  // namespace bus
}  // namespace hassette
