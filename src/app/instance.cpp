#include "app/instance.hpp"

#include <fmt/format.h>

#include <hassette/error.hpp>

#include "async/loop.hpp"
#include "bus/router.hpp"
#include "schedule/timetable.hpp"

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

Instance::Instance(const Services& services, std::string app_key, std::string name)
    : services_(services),
      app_key_(std::move(app_key)),
      name_(std::move(name)),
      bus_owner_{.app = name_, .self = nullptr, .bucket = &bucket_, .router = &services.router},
      schedule_owner_{
          .app = name_, .self = nullptr, .bucket = &bucket_, .timetable = &services.timetable},
      bucket_(services.loop, [](const async::Label& label, const std::exception_ptr& error) {
        Logger(label.app).error("`{}` failed: {}", label.task, async::describe(error));
      }) {}

Instance::~Instance() = default;

Instance& Instance::under_construction() {
  if (construction) return *construction->instance;
  throw LogicError("an app's object is made by the engine only; see HASSETTE_APP");
}

void Instance::create(const plugin::AppType& type, std::shared_ptr<void> config) {
  const async::Loop::Naming naming(services_.loop, async::intern_label(name_, "constructor"));
  Construction here{.instance = this, .config = std::move(config)};
  struct Place {
    explicit Place(Construction& given) { construction = &given; }
    ~Place() { construction = nullptr; }
  } const place(here);
  app_ = type.create();
  bus_owner_.self = app_.get();
  schedule_owner_.self = app_.get();
}

Task<> Instance::start(const plugin::AppType* type, std::shared_ptr<void> config) {
  std::exception_ptr error;
  try {
    create(*type, std::move(config));
    co_await io_timeout(run_hooks("initialize"), services_.start_limit);
  } catch (const TimeoutError&) {
    error = std::make_exception_ptr(TimeoutError(fmt::format(
        "its initialisation did not end within {}", format_duration(services_.start_limit))));
  } catch (...) {
    error = std::current_exception();
  }
  if (!error) {
    story_ = bucket_.spawn(async::intern_label(name_, "run"), app_->run());
    co_return;
  }
  try {
    co_await shield(clean_up(CancelReason::kOwnerStopped), std::chrono::seconds(5));
  } catch (const TimeoutError&) {  // why it did not start says more
  }
  std::rethrow_exception(error);
}

Task<> Instance::run_hooks(const char* phase) {
  if (std::string_view(phase) == "initialize") {
    co_await hook("before_initialize", app_->before_initialize());
    co_await hook("on_initialize", app_->on_initialize());
    co_await hook("after_initialize", app_->after_initialize());
  } else {
    co_await hook("before_shutdown", app_->before_shutdown());
    co_await hook("on_shutdown", app_->on_shutdown());
    co_await hook("after_shutdown", app_->after_shutdown());
  }
}

namespace {

struct HookEnd {
  AsyncEvent ended;
  std::exception_ptr error;
};

Task<> note_end(Task<> task, std::shared_ptr<HookEnd> end) {
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
  // Shared: a hook that does not end although it was cancelled may outlive this frame.
  const auto end = std::make_shared<HookEnd>();
  const std::uint64_t number =
      bucket_.spawn(async::intern_label(name_, name), note_end(std::move(task), end));
  std::exception_ptr cancelled;
  try {
    co_await end->ended.wait();
  } catch (const Cancelled& reason) {
    bucket_.cancel(number, reason.reason);
    cancelled = std::current_exception();
  }
  if (cancelled) {
    co_await shield(end->ended.wait(), std::chrono::seconds(5));
    std::rethrow_exception(cancelled);
  }
  if (end->error) std::rethrow_exception(end->error);
}

Task<> Instance::stop(CancelReason reason) {
  if (!app_) co_return;
  bucket_.cancel(story_, reason);
  try {
    co_await io_timeout(run_hooks("shutdown"), app_->shutdown_limit());
  } catch (const TimeoutError&) {
    Logger(name_).warning("its shutdown did not end within {} and was cut short",
                          format_duration(app_->shutdown_limit()));
  } catch (const Cancelled&) {
    Logger(name_).warning("its shutdown was cancelled");
  } catch (...) {
    Logger(name_).error("its shutdown failed: {}", async::describe(std::current_exception()));
  }
  co_await clean_up(reason);
}

Task<> Instance::clean_up(CancelReason reason) {
  services_.router.remove_all(bus_owner_, reason);
  services_.timetable.remove_all(schedule_owner_, reason);
  try {
    co_await io_timeout(bucket_.close(reason), milliseconds(500));
  } catch (const TimeoutError&) {
    for (const async::Label* label : bucket_.running()) {
      Logger(name_).error("`{}` does not end although it was cancelled; it is left behind",
                          label->task);
    }
  }
  // A task that was ready when the app was asked to stop still ran to its first wait, and may have
  // registered something; the closed bucket refuses any more.
  services_.router.remove_all(bus_owner_, reason);
  services_.timetable.remove_all(schedule_owner_, reason);
  if (bucket_.size() == 0) {
    bus_owner_.self = nullptr;
    schedule_owner_.self = nullptr;
    app_.reset();
  }
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
      api(instance_->services().client),
      states(instance_->services().cache),
      task_bucket(instance_->bucket_, instance_->services().pool, instance_->name()),
      logger(instance_->name()) {}

AppBase::~AppBase() = default;

TimePoint AppBase::now() const {
  return instance_->services().loop.wall();
}

LocalTime AppBase::local_now() const {
  return instance_->services().timetable.zone().to_local(now());
}

const std::string& AppBase::app_key() const {
  return instance_->app_key();
}

const std::string& AppBase::instance_name() const {
  return instance_->name();
}

}  // namespace hassette
