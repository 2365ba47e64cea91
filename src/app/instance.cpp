#include "app/instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include <hassette/error.hpp>

#include "async/loop.hpp"
#include "bus/engine_events.hpp"
#include "bus/listener.hpp"
#include "bus/router.hpp"
#include "run/error_tasks.hpp"
#include "run/runner.hpp"
#include "schedule/timetable.hpp"
#include "telemetry/facts.hpp"

namespace hassette {

namespace {

/// What the constructor of an app's object takes from the engine, handed over on the side so that
/// authors need no constructors.
struct Construction {
  app::Instance* instance;
  std::shared_ptr<void> config;
};
thread_local Construction* construction = nullptr;

}  // namespace

namespace app {

using std::chrono::milliseconds;

/// What a hook that was cut short has for its own cleanup, in real time. An engine ends within two
/// seconds: shutdown hooks have one by default, and this and the 0.4 s of instance_end.cpp come
/// after it. An app that is cut during its start has no shutdown hooks, and only these 0.7 s.
constexpr milliseconds kLastWords{300};

/// The engine's own limit on hooks, beside the timeouts that hooks have themselves.
class LimitPassed : public TimeoutError {
 public:
  using TimeoutError::TimeoutError;
};

Instance::Instance(const Services& services, std::string app_key, std::string name)
    : services_(services),
      app_key_(std::move(app_key)),
      name_(std::move(name)),
      bus_owner_{.app = name_, .self = nullptr, .bucket = &bucket_, .router = &services.router},
      schedule_owner_{
          .app = name_, .self = nullptr, .bucket = &bucket_, .timetable = &services.timetable},
      home_(services.home, services.service_names, bus_owner_),
      bucket_(
          services.loop,
          [this](const async::Label& label, const std::exception_ptr& error) {
            task_failed(label, error);
          },
          [](const async::Label& label) {
            Logger(label.app).warning(
                "`{}` was spawned while the app was being destroyed: it does not run", label.task);
          }) {
  // How many error handlers may run at once is for the app, whatever they serve.
  bus_owner_.error_tasks = std::make_shared<run::ErrorTasks>(bucket_, services.router.observer());
  schedule_owner_.error_tasks = bus_owner_.error_tasks;
}

/// While the app stops, nothing of it goes on.
void Instance::task_failed(const async::Label& label, const std::exception_ptr& error) {
  const bool story = running() && label.task == kStory;
  Logger(label.app).error("`{}` {}: {}", label.task, story ? telemetry::kStoryFailed : "failed",
                          async::describe(error));
  if (services_.task_failed) services_.task_failed(label, error);
}

Instance& Instance::under_construction() {
  if (construction) return *construction->instance;
  throw LogicError("an app's object is made by the engine only; see HASSETTE_APP");
}

void Instance::create(const plugin::AppType& type, std::shared_ptr<void> config) {
  bucket_.open();  // it may be the second start, after one that failed
  step_ = "constructor";
  const async::Loop::Naming naming(services_.loop, async::intern_label(name_, step_));
  Construction here{.instance = this, .config = std::move(config)};
  struct Place {
    explicit Place(Construction& given) { construction = &given; }
    ~Place() { construction = nullptr; }
  } const place(here);
  try {
    app_ = type.create();
  } catch (...) {
    bucket_.abandon();  // what the constructor has spawned works on an object that is gone
    throw;
  }
  bus_owner_.self = app_.get();
  schedule_owner_.self = app_.get();
}

std::chrono::nanoseconds Instance::shutdown_limit() const {
  const async::Loop::Naming naming(services_.loop, async::intern_label(name_, "shutdown_limit"));
  return app_->shutdown_limit();
}

/// Told inside the caller, as events of the home are: the own listeners hear `running` and
/// `stopping`, since before and after these there are none.
void Instance::announce(std::string_view status, std::string error) {
  services_.router.dispatch(bus::app_state_event(
      services_.loop.wall(), {.app = app_key_,
                              .instance = name_,
                              .status = std::string(status),
                              .previous = std::string(std::exchange(status_, status)),
                              .error = std::move(error)}));
}

bool Instance::has_lost_home_since(std::uint64_t reconnects) const {
  const ha::Link& link = services_.home.link();
  return link.state != ha::LinkState::kConnected || link.reconnects != reconnects;
}

namespace {

bool is_about_the_connection(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const ConnectionLostError&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

Task<> Instance::start(const plugin::AppType* type, std::shared_ptr<void> config) {
  phase_ = Phase::kStarting;
  lost_its_home_ = false;
  const std::uint64_t reconnects = services_.home.link().reconnects;
  announce("starting");
  std::exception_ptr error;
  bool cancelled = false;
  try {
    create(*type, std::move(config));
    co_await run_hooks(true, services_.start_limit);
    step_ = kStory;
    story_ = bucket_.spawn(async::intern_label(name_, kStory), app_->run());
    phase_ = Phase::kRunning;
    announce("running");
    co_return;
  } catch (const Cancelled&) {
    error = std::current_exception();
    // An app may throw it by itself, or one that it has kept: then nobody stops it, and it fails.
    cancelled = cancel_requested();
    if (!cancelled) {
      why_failed_ =
          fmt::format("`{}` gave up with `Cancelled`, although nobody had asked it to end", step_);
    }
  } catch (const LimitPassed& late) {
    error = std::current_exception();
    why_failed_ = late.what();
  } catch (...) {
    error = std::current_exception();
    why_failed_ = fmt::format("`{}` failed: {}", step_, async::describe(error));
    lost_its_home_ = is_about_the_connection(error) && has_lost_home_since(reconnects);
  }
  co_await end(CancelReason::kOwnerStopped);
  if (cancelled || lost_its_home_) {
    announce("stopped");  // nothing is wrong with it
  } else {
    announce("failed", async::is_cancelled(error) ? why_failed_ : async::describe(error));
  }
  std::rethrow_exception(error);
}

/// Ends when the home has been connected for that long in all: what waits for one that is away is
/// not late.
Task<> Instance::patience(std::chrono::nanoseconds limit) {
  while (limit.count() > 0) {
    co_await services_.home.connected();
    const async::MonoTime since = services_.loop.io_now();
    try {
      co_await io_timeout(services_.home.disconnected(), limit);
    } catch (const TimeoutError&) {
      co_return;
    }
    limit -= services_.loop.io_now() - since;
  }
}

/// All hooks of the start or of the stop, within a limit in real time. A TimeoutError that a hook
/// throws is its own and says so; only the limit's is told as ours.
Task<> Instance::run_hooks(bool initialize, std::chrono::nanoseconds limit) {
  std::exception_ptr own;
  bool late = false;
  try {
    if (initialize) {
      late = (co_await when_any(hooks(initialize, &own), patience(limit))).index() == 1;
    } else {
      co_await io_timeout(hooks(initialize, &own), limit);
    }
  } catch (const TimeoutError&) {
    late = true;
  }
  if (own) std::rethrow_exception(own);
  if (!late) co_return;
  if (!initialize) {
    throw LimitPassed(fmt::format("its shutdown did not end within {}", format_duration(limit)));
  }
  throw LimitPassed(fmt::format(
      "its initialisation did not end within {}: `{}` has not returned{}; what waits for ever "
      "belongs into run()",
      format_duration(limit), step_, waited_for_));
}

/// "", ", and the app waits for light.hall → on [hall.cpp:12]"; sleeps and streams are not known.
std::string Instance::waits() const {
  std::vector<std::string> all;
  for (const auto& [key, listener] : bus_owner_.listeners) {
    const run::Source& source = listener->source();
    if (source.kind != run::Kind::kWait) continue;
    all.push_back(fmt::format("{} [{}]", source.trigger, run::short_place(source.where)));
  }
  if (all.empty()) return {};
  std::ranges::sort(all);  // the order of a map's buckets must not decide what is said
  return fmt::format(", and the app waits for {}", fmt::join(all, ", "));
}

Task<> Instance::hooks(bool initialize, std::exception_ptr* error) {
  try {
    if (initialize) {
      co_await hook("before_initialize", app_->before_initialize());
      co_await hook("on_initialize", app_->on_initialize());
      co_await hook("after_initialize", app_->after_initialize());
    } else {
      co_await hook("before_shutdown", app_->before_shutdown());
      co_await hook("on_shutdown", app_->on_shutdown());
      co_await hook("after_shutdown", app_->after_shutdown());
    }
  } catch (const Cancelled&) {
    throw;
  } catch (...) {
    *error = std::current_exception();
  }
}

struct Instance::HookEnd {
  AsyncEvent ended;
  std::exception_ptr error;
};

namespace {

template <class End>
Task<> note_end(Task<> task, std::shared_ptr<End> end) {
  try {
    co_await std::move(task);
  } catch (...) {
    end->error = std::current_exception();
  }
  end->ended.set();
}

}  // namespace

/// Runs a hook as a fiber of its own, so that it carries the app's name.
Task<> Instance::hook(const char* name, Task<> task) {
  step_ = name;
  // Shared: a hook that does not end although it was cancelled may outlive this frame.
  const auto end = std::make_shared<HookEnd>();
  const std::uint64_t number =
      bucket_.spawn(async::intern_label(name_, name), note_end(std::move(task), end));
  std::exception_ptr cancelled;
  try {
    co_await end->ended.wait();
  } catch (const Cancelled& reason) {
    cancelled = std::current_exception();
    waited_for_ = waits();  // by the next line it does not any more
    // What it loses is the race against our patience: a time limit, as an app sees it.
    const bool late = reason.reason == CancelReason::kLostRace;
    bucket_.cancel(number, late ? CancelReason::kTimeout : reason.reason);
  }
  if (cancelled) {
    try {
      co_await io_shield(end->ended.wait(), kLastWords);
    } catch (const TimeoutError&) {  // what does not end is named when the bucket closes
    }
    std::rethrow_exception(cancelled);
  }
  if (end->error) std::rethrow_exception(end->error);
}

Task<> Instance::stop(CancelReason reason) {
  if (phase_ != Phase::kRunning) co_return;  // `start` undoes what it has begun itself
  phase_ = Phase::kStopping;
  announce("stopping");
  bucket_.cancel(story_, reason);
  try {
    co_await run_hooks(false, shutdown_limit());
  } catch (const LimitPassed& late) {
    Logger(name_).warning("{} and was cut short", late.what());
  } catch (const Cancelled&) {
    Logger(name_).warning("its shutdown was cancelled");
  } catch (...) {
    Logger(name_).error("its shutdown failed: {}", async::describe(std::current_exception()));
  }
  co_await end(reason);
  announce("stopped");
}

std::size_t Instance::listeners() const {
  return services_.router.count(bus_owner_);
}
std::size_t Instance::jobs() const {
  return services_.timetable.count(schedule_owner_);
}

}  // namespace app

std::shared_ptr<void> plugin::take_config() {
  app::Instance::under_construction();
  return std::exchange(construction->config, nullptr);
}

AppBase::AppBase()
    : instance_(&app::Instance::under_construction()),
      bus(instance_->bus_owner_),
      scheduler(instance_->schedule_owner_),
      api(instance_->home_),
      states(instance_->services().cache),
      task_bucket(instance_->bucket_, instance_->services().pool, instance_->threads_,
                  instance_->name()),
      logger(instance_->name()) {}

AppBase::~AppBase() = default;

TimePoint AppBase::now() const {
  const async::Loop& loop = instance_->services().loop;
  loop.assert_thread("now");
  return loop.wall();
}

LocalTime AppBase::local_now() const {
  return local_time(now());
}

LocalTime AppBase::local_time(TimePoint moment) const {
  instance_->services().loop.assert_thread("local_time");
  return instance_->services().timetable.zone().to_local(moment);
}

const std::string& AppBase::app_key() const {
  return instance_->app_key();
}

const std::string& AppBase::instance_name() const {
  return instance_->name();
}

}  // namespace hassette
