#include "app/engine.hpp"

#include <hassette/logger.hpp>

#include "async/loop.hpp"
#include "base/first_few.hpp"
#include "bus/engine_events.hpp"
#include "log/log.hpp"

namespace hassette::app {

namespace {

/// Home Assistant's clock is compared with ours at one change in so many, and the greatest lead
/// within so long counts: what comes late looks like a clock that is behind.
constexpr std::uint32_t kCompareOneIn = 64;
constexpr std::chrono::minutes kCompareWithin{10};

}  // namespace

Engine::Engine(async::Loop& loop, async::Pool& pool, const ha::Connector& connect,
               run::Observer& runs, EngineObserver& observer, const EngineOptions& options)
    : loop_(loop),
      observer_(observer),
      options_(options),
      cache_(&loop),
      router_(cache_, runs, *this),
      timetable_(loop, runs),
      home_(connect(*this)),
      job_entities_(cache_),
      calendars_(loop),
      service_names_(loop, *home_),
      services_{.loop = loop,
                .pool = pool,
                .cache = cache_,
                .router = router_,
                .timetable = timetable_,
                .home = *home_,
                .service_names = service_names_},
      chores_(loop, [](const async::Label& label, const std::exception_ptr& error) {
        Logger(label.app).error("`{}` failed: {}", label.task, async::describe(error));
      }) {
  if (options_.zone) timetable_.set_zone(*options_.zone);
  router_.set_membership(&registries_);
  router_.set_place(&timetable_.place());
  router_.set_ledger(options_.ledger);
  timetable_.connect({.entities = &job_entities_,
                      .calendars = &calendars_,
                      .ledger = options_.ledger,
                      .seed = options_.seed,
                      .clock_steps_are_told = options_.clock_steps_are_told});
}

Task<> Engine::run() {
  chores_.spawn(async::intern_label("engine", "calendars"), calendars_.run(home_.get()));
  chores_.spawn(async::intern_label("engine", "registries"), want_registry_events(this));
  std::exception_ptr end;
  try {
    co_await home_->run();
  } catch (...) {
    end = std::current_exception();
  }
  co_await io_shield(chores_.close(CancelReason::kShutdown), std::chrono::seconds(1));
  if (end) std::rethrow_exception(end);
}

void Engine::on_link(const ha::Link& link) {
  const bool connected = link.state == ha::LinkState::kConnected;
  // A home that is away again proves nothing about what it lacks: the next snapshot will.
  if (!connected) stop();
  observer_.on_link(link);
  if (connected == was_connected_) return;
  was_connected_ = connected;
  if (!connected) {
    router_.dispatch(bus::disconnected_event(loop_.wall(), link.message));
    return;
  }
  router_.dispatch(bus::connected_event(loop_.wall(), !ready_.is_set()));
  compared_since_ = {};
  refresh_registries();
  calendars_.all_changed();
  if (!ready_.is_set()) {
    chores_.spawn(async::intern_label("engine", "readiness"), become_ready(this));
  }
}

Task<> Engine::become_ready(Engine* self) {
  try {
    co_await io_timeout(self->registries_read_.wait(), self->options_.registries_limit);
  } catch (const TimeoutError&) {  // targets follow when they come
  }
  self->router_.home_is_known();
  self->ready_.set();
}

// --- registries

void Engine::refresh_registries() {
  refresh_again_ = true;
  if (std::exchange(refreshing_, true)) return;
  chores_.spawn(async::intern_label("engine", "registries"), refresh(this));
}

Task<> Engine::refresh(Engine* self) {
  struct Over {
    Engine* engine;
    ~Over() { engine->refreshing_ = false; }
  } const over{self};
  while (std::exchange(self->refresh_again_, false)) {
    co_await self->registries_.refresh(self->home_.get());
    self->router_.targets_changed();
    self->registries_read_.set();
    // Apps that did not wait for them any longer have targets that can be judged only now.
    if (self->ready_.is_set()) self->router_.home_is_known();
  }
}

Task<> Engine::want_registry_events(Engine* self) {
  for (const std::string& type : Registries::event_types()) {
    try {
      co_await self->home_->want(type);
    } catch (const HomeAssistantError&) {  // said by the connection; they are read at each connect
    }
  }
}

// --- what the home sends

void Engine::on_config(const ha::HomeConfig& config) {
  time::Place place{.zone = timetable_.zone(),
                    .observer = {.latitude = config.latitude,
                                 .longitude = config.longitude,
                                 .elevation = config.elevation}};
  if (!options_.zone) {
    if (const auto zone = time::Zone::find(config.time_zone)) {
      place.zone = *zone;
    } else {
      Logger("engine").warning(
          "Home Assistant's time zone is unusable ({}); wall-clock jobs follow {}", zone.error(),
          place.zone.name());
    }
  }
  timetable_.set_place(place);
  // From now on the log, too, shows the times that clocks in the home show.
  log::set_zone(
      [zone = place.zone](async::WallTime time) { return zone.to_local(time).utc_offset; });
  calendars_.set_zone(place.zone);
  observer_.on_home(config);
}

ha::Differences Engine::on_snapshot(const ha::HomeConfig& config,
                                    std::span<const model::WireState> states) {
  on_config(config);
  const std::vector<state::Change> changes = cache_.reconcile(states, loop_.wall());
  ha::Differences differences;
  for (const state::Change& change : changes) {
    if (change.is_news) differences.add(change.entity->text());
  }
  if (!ready_.is_set()) {  // there is nothing yet that a change could be told to
    observer_.settle(cache_.size());
    return differences;
  }
  for (const state::Change& change : changes) {
    if (change.is_news) {
      take(change);
    } else {
      router_.dispatch(change);  // to what waits for something that lasts
    }
  }
  loop_.start_io_timer(*this, loop_.io_now() + options_.missing_grace);
  return differences;
}

void Engine::on_change(const ha::WireChange& change) {
  if (changes_++ % kCompareOneIn == 0) compare_clocks(change.time_fired);
  take(change.state ? cache_.apply(*change.state, change.time_fired, change.context)
                    : cache_.remove(change.entity_id, change.time_fired, change.context));
}

void Engine::compare_clocks(TimePoint time_fired) {
  const TimePoint now = loop_.wall();
  const auto lead = time_fired - now;
  if (now - compared_since_ < kCompareWithin && lead <= router_.clock_offset()) return;
  if (now - compared_since_ >= kCompareWithin) compared_since_ = now;
  router_.set_clock_offset(lead);
}

void Engine::on_event(Event event) {
  observer_.on_event(event);
  if (Registries::concerns(event.type)) refresh_registries();
  router_.dispatch(std::move(event));
  observer_.settle(cache_.size());
}

void Engine::fire() {
  const std::vector<state::Change> removed = cache_.remove_missing(loop_.wall());
  ha::Differences gone;
  for (const state::Change& change : removed) gone.add(change.entity->text());
  if (gone.count > 0) {
    static const Logger logger("engine");
    logger.info("{} {} not come back with Home Assistant: {}", gone.count,
                gone.count == 1 ? "entity has" : "entities have",
                base::first_few(gone.named, gone.count));
  }
  for (const state::Change& change : removed) take(change);
}

void Engine::take(const state::Change& change) {
  observer_.on_change(change);
  router_.dispatch(change);
  job_entities_.changed(change.entity->text());
  calendars_.changed(change.entity->text());
  observer_.settle(cache_.size());
}

void Engine::tell_of_service(std::string_view service, const std::string& error) {
  router_.dispatch(bus::service_state_event(loop_.wall(), service, error));
}

Task<> Engine::want(std::string event_type) {
  co_await home_->want(std::move(event_type));
}

}  // namespace hassette::app
