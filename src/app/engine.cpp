#include "app/engine.hpp"

#include <hassette/logger.hpp>

#include "async/loop.hpp"
#include "log/log.hpp"

namespace hassette::app {

Engine::Engine(async::Loop& loop, async::Pool& pool, const ha::Connector& connect,
               run::Observer& runs, EngineObserver& observer, std::optional<time::Zone> zone,
               std::chrono::nanoseconds missing_grace)
    : loop_(loop),
      observer_(observer),
      missing_grace_(missing_grace),
      zone_(zone),
      cache_(&loop),
      router_(cache_, runs, *this),
      timetable_(loop, runs),
      home_(connect(*this)),
      services_{.loop = loop,
                .pool = pool,
                .cache = cache_,
                .router = router_,
                .timetable = timetable_,
                .home = *home_} {
  if (zone_) timetable_.set_zone(*zone_);
}

void Engine::on_link(const ha::Link& link) {
  // A home that is away again proves nothing about what it lacks: the next snapshot will.
  if (link.state != ha::LinkState::kConnected) stop();
  if (link.state == ha::LinkState::kConnected) ready_.set();
  observer_.on_link(link);
}

std::size_t Engine::on_snapshot(const ha::HomeConfig& config,
                                std::span<const model::WireState> states) {
  if (!zone_) {
    if (const auto zone = time::Zone::find(config.time_zone)) {
      timetable_.set_zone(*zone);
    } else {
      Logger("engine").warning(
          "Home Assistant's time zone is unusable ({}); wall-clock jobs follow {}", zone.error(),
          timetable_.zone().name());
    }
  }
  // From now on the log, too, shows the times that clocks in the home show.
  log::set_zone(
      [zone = timetable_.zone()](async::WallTime time) { return zone.to_local(time).utc_offset; });
  observer_.on_home(config);
  const std::vector<state::Change> changes = cache_.reconcile(states, loop_.wall());
  if (!ready_.is_set()) {  // there is nothing yet that a change could be told to
    observer_.settle(cache_.size());
    return changes.size();
  }
  for (const state::Change& change : changes) take(change);
  loop_.start_io_timer(*this, loop_.io_now() + missing_grace_);
  return changes.size();
}

void Engine::on_change(const ha::WireChange& change) {
  take(change.state ? cache_.apply(*change.state, change.time_fired, change.context)
                    : cache_.remove(change.entity_id, change.time_fired, change.context));
}

void Engine::on_event(Event event) {
  observer_.on_event(event);
  router_.dispatch(std::move(event));
  observer_.settle(cache_.size());
}

void Engine::fire() {
  for (const state::Change& change : cache_.remove_missing(loop_.wall())) take(change);
}

void Engine::take(const state::Change& change) {
  observer_.on_change(change);
  router_.dispatch(change);
  observer_.settle(cache_.size());
}

Task<> Engine::want(std::string event_type) {
  co_await home_->want(std::move(event_type));
}

}  // namespace hassette::app
