// How AppHost starts its apps in turn, and stops them.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <hassette/async.hpp>
#include <hassette/duration.hpp>

#include "async/loop.hpp"
#include "host/hosted_app.hpp"
#include "log/log.hpp"

namespace hassette::host {

using telemetry::AppState;

/// How long the start of an app keeps those behind it in the file waiting, in real time.
constexpr std::chrono::seconds kStartPatience{1};

/// Between two starts of an app that lost the home, after the first: twice as long each time.
constexpr std::chrono::seconds kFirstPause{1};
constexpr std::chrono::seconds kLongestPause{60};

/// The start of one instance. Who comes later in the file waits for its end, but not for long.
struct AppHost::Start {
  App* app;
  App::Copy* copy;
  AsyncEvent turn = {};
  AsyncEvent over = {};
};

Task<> AppHost::start(app::Services services) {
  services.task_failed = [this](const async::Label& label, const std::exception_ptr& error) {
    board_.add_failure({.app = label.app,
                        .task = label.task,
                        .error = async::describe(error),
                        .ends_story = label.task == app::Instance::kStory});
  };
  std::deque<Start> starts;
  std::vector<Task<>> tasks;
  for (const auto& app : apps_) {
    if (!app->ready) continue;
    for (App::Copy& copy : app->copies) {
      tasks.push_back(start_in_turn(&starts.emplace_back(app.get(), &copy), services));
    }
  }
  tasks.push_back(call_up(&starts));
  co_await when_all(std::move(tasks));
}

Task<> AppHost::call_up(std::deque<Start>* starts) {
  for (Start& start : *starts) {
    start.turn.set();
    try {
      co_await io_timeout(start.over.wait(), kStartPatience);
    } catch (const TimeoutError&) {
      log::write(LogLevel::kWarning, start.copy->wanted->name,
                 fmt::format("has been starting for {}; the other apps do not wait for it",
                             format_duration(kStartPatience)));
    }
  }
}

Task<> AppHost::start_in_turn(Start* start, app::Services services) {
  co_await start->turn.wait();
  co_await start_copy(start, services);
  start->over.set();
}

/// What the start of an instance failed with; null if it runs.
Task<std::exception_ptr> AppHost::attempt(Start* start, app::Services services) {
  App* const app = start->app;
  App::Copy* const copy = start->copy;
  board_.set_app_state(copy->wanted->name, AppState::kStarting);
  copy->instance =
      std::make_unique<app::Instance>(services, app->manifest->key, copy->wanted->name);
  std::exception_ptr error;
  try {
    co_await copy->instance->start(app->type, copy->config);
  } catch (const Cancelled&) {
    // Only a start that was asked to end was stopped: an app may throw `Cancelled` itself, or one
    // that it has kept, and that must not pass for the end of all the others.
    if (cancel_requested()) throw;
    error = std::current_exception();
  } catch (...) {
    error = std::current_exception();
  }
  co_return error;
}

Task<> AppHost::start_copy(Start* start, app::Services services) {
  App* const app = start->app;
  App::Copy* const copy = start->copy;
  const std::string& name = copy->wanted->name;
  std::exception_ptr error = co_await attempt(start, services);
  // As often as the home goes away, but not at once each time: what the start asks for may be what
  // makes it go, for all the others, too.
  for (std::chrono::nanoseconds pause{0}; error && copy->instance->lost_its_home();
       pause = std::clamp<std::chrono::nanoseconds>(2 * pause, kFirstPause, kLongestPause)) {
    log::write(
        LogLevel::kWarning, name,
        fmt::format("starts anew when Home Assistant is back: {}", copy->instance->why_failed()));
    co_await io_sleep(pause);
    co_await services.home.connected();
    error = co_await attempt(start, services);
  }
  if (error) {
    copy->failed = true;
    const std::string message = "it did not start: " + copy->instance->why_failed();
    board_.set_app_state(name, AppState::kFailed, message);
    log::write(LogLevel::kError, name, message);
    app->problems.push_back(message);
    co_return;
  }
  board_.set_app_state(name, AppState::kRunning);
  const std::size_t listeners = copy->instance->listeners();
  const std::size_t jobs = copy->instance->jobs();
  log::write(
      LogLevel::kInfo, name,
      fmt::format("runs ({} {}, {} {})", listeners, listeners == 1 ? "listener" : "listeners", jobs,
                  jobs == 1 ? "job" : "jobs"));
}

Task<> AppHost::stop(CancelReason reason) {
  // Asked in the opposite order of their start, and waited for together: one that takes its time
  // does not keep the others.
  std::vector<Task<>> tasks;
  for (auto app = apps_.rbegin(); app != apps_.rend(); ++app) {
    for (auto copy = (*app)->copies.rbegin(); copy != (*app)->copies.rend(); ++copy) {
      if (!copy->instance || !copy->instance->running()) continue;
      tasks.push_back(stop_copy(copy->instance.get(), reason));
    }
  }
  co_await when_all(std::move(tasks));
}

std::chrono::nanoseconds AppHost::shutdown_limit() const {
  std::chrono::nanoseconds longest{0};
  for (const auto& app : apps_) {
    for (const App::Copy& copy : app->copies) {
      if (!copy.instance || !copy.instance->running()) continue;
      try {
        longest = std::max(longest, copy.instance->shutdown_limit());
      } catch (...) {  // the app's own code; its stop asks again, and says what is wrong
      }
    }
  }
  return longest;
}

void AppHost::let_go() {
  for (const auto& app : apps_) {
    for (App::Copy& copy : app->copies) copy.instance.reset();
  }
}

Task<> AppHost::stop_copy(app::Instance* instance, CancelReason reason) {
  co_await instance->stop(reason);
  board_.set_app_state(instance->name(), AppState::kStopped);
}

}  // namespace hassette::host
