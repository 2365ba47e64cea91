#include "host/app_host.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <hassette/api.hpp>
#include <hassette/async.hpp>
#include <hassette/duration.hpp>
#include <map>
#include <string_view>
#include <tuple>

#include "async/loop.hpp"
#include "base/nearest.hpp"
#include "config/secret_listener.hpp"
#include "host/unnamed_apps.hpp"
#include "log/log.hpp"

namespace hassette::host {

namespace fs = std::filesystem;
using telemetry::AppState;

/// How long the start of an app keeps those behind it in the file waiting, in real time.
constexpr std::chrono::seconds kStartPatience{1};

/// One app of the configuration with all its instances.
struct AppHost::App {
  struct Copy {
    const config::AppInstance* wanted;
    std::shared_ptr<void> config;
    std::unique_ptr<app::Instance> instance;
    bool failed = false;
  };
  const config::AppManifest* manifest;
  fs::path source;
  bool has_source = false;
  std::optional<build::AppCompiler::Result> built;  // empty: not yet, or there is no source
  std::optional<PluginLibrary> library;
  const plugin::AppType* type = nullptr;
  std::vector<Copy> copies;
  std::vector<ConfigProblem> wrong;   // found while it is prepared
  std::vector<std::string> problems;  // as they were told
  bool ready = false;
};

AppHost::AppHost(const config::Settings& settings, build::AppCompiler& compiler,
                 telemetry::Board& board)
    : settings_(settings), compiler_(compiler), board_(board) {
  config::set_secret_listener(&log::hide);
  for (const auto& [key, manifest] : settings.apps) {
    if (!manifest.enabled) continue;
    auto app = std::make_unique<App>();
    app->manifest = &manifest;
    app->source = settings.apps_dir / manifest.filename;
    for (const config::AppInstance& wanted : manifest.instances) {
      app->copies.push_back({.wanted = &wanted, .config = nullptr, .instance = nullptr});
    }
    show(*app, manifest.class_name.value_or(""));
    apps_.push_back(std::move(app));
  }
  std::ranges::sort(apps_, {}, [](const auto& app) { return app->manifest->order; });
}

AppHost::~AppHost() = default;

namespace {

/// All problems of one app as one message, in the order of the file.
std::string tell(std::vector<ConfigProblem> problems) {
  std::ranges::sort(problems, {}, [](const ConfigProblem& problem) {
    return std::tie(problem.file, problem.line, problem.column, problem.key);
  });
  std::string text;
  for (const ConfigProblem& problem : problems) {
    text += (text.empty() ? "" : "\n") + format_problem(problem);
  }
  return text;
}

}  // namespace

void AppHost::show(const App& app, std::string_view class_name) {
  const std::string& name = app.manifest->filename;
  for (const App::Copy& copy : app.copies) {
    board_.add_app({.name = copy.wanted->name,
                    .key = app.manifest->key,
                    .class_name = std::string(class_name),
                    .file = name.empty() ? name : (settings_.apps_dir.filename() / name).string()});
  }
}

void AppHost::fail(App& app, AppState state, std::string message) {
  for (const App::Copy& copy : app.copies) {
    board_.set_app_state(copy.wanted->name, state, message);
  }
  log::write(LogLevel::kError, app.manifest->key, message);
  app.problems.push_back(std::move(message));
}

Task<> AppHost::prepare() {
  for (const std::string& sentence : unnamed_apps(settings_)) log::warning("{}", sentence);
  std::vector<Task<>> tasks;
  tasks.reserve(apps_.size());
  for (const auto& app : apps_) tasks.push_back(look_up(app.get()));
  co_await when_all(std::move(tasks));
  const auto compiling =
      std::ranges::count_if(apps_, [](const auto& app) { return app->has_source && !app->built; });
  if (compiling > 0) log::info("compiling {} {}", compiling, compiling == 1 ? "app" : "apps");
  tasks.clear();
  for (const auto& app : apps_) tasks.push_back(prepare_app(app.get()));
  co_await when_all(std::move(tasks));
}

/// Gets the app's plug-in where nothing has to be compiled for it.
Task<> AppHost::look_up(App* app) {
  app->wrong = app->manifest->problems;
  if (app->manifest->filename.empty()) co_return;  // why has been noted
  if (std::error_code error; !fs::is_regular_file(app->source, error)) {
    const std::string near =
        base::did_you_mean(app->manifest->filename, sources_in(settings_.apps_dir));
    app->wrong.push_back(app->manifest->problem(fmt::format(
        "there is no file {}{}", app->source.string(),
        near.empty() ? "; make it, or name the one that holds the app with filename" : near)));
    co_return;
  }
  app->has_source = true;
  app->built = co_await compiler_.find(app->source);
}

/// Goes on where something is wrong already, so that all of it is said at once.
Task<> AppHost::prepare_app(App* app) {
  if (app->has_source && !app->built) {
    for (const App::Copy& copy : app->copies) {
      board_.set_app_state(copy.wanted->name, AppState::kCompiling);
    }
    app->built = co_await compiler_.build(app->source);
  }
  if (app->built && *app->built) {
    if (!(*app->built)->was_cached) ++compiled_;
    load(*app, **app->built);
  }
  app->ready = app->library && app->wrong.empty();
  if (app->ready) co_return;
  std::string message = tell(app->wrong);
  if (app->built && !*app->built) {
    if (!message.empty()) message += '\n';
    message += app->built->error().text(settings_.root);
  }
  fail(*app, app->has_source && !app->library ? AppState::kFailed : AppState::kParked,
       std::move(message));
}

void AppHost::load(App& app, const build::Built& built) {
  // What is static in its file begins here, and its settings are read: code of the app may run.
  const async::Loop::Naming naming(*async::Loop::current(),
                                   async::intern_label(app.manifest->key, "loading"));
  auto library = PluginLibrary::open(built.library);
  if (!library) {
    app.wrong.push_back(app.manifest->problem(fmt::format(
        "{} was compiled but cannot be loaded: {}", app.manifest->filename, library.error())));
    return;
  }
  app.library = std::move(*library);
  app.type = choose(app);
  if (!app.type) return;
  show(app, app.type->class_name);
  try {
    for (App::Copy& copy : app.copies) {
      copy.config = app.type->read_config(
          config::Reader(&copy.wanted->config, copy.wanted->config_path, app.wrong));
    }
  } catch (...) {
    // Its configuration's defaults are code of the app. What was thrown may be its own, so it stays
    // mapped; but no instance is made of it.
    app.wrong.push_back(app.manifest->problem(
        fmt::format("{} was compiled but its configuration cannot be made: {}",
                    app.manifest->filename, async::describe(std::current_exception()))));
    app.library.reset();
  }
}

const plugin::AppType* AppHost::choose(App& app) {
  const std::vector<const plugin::AppType*> types = app.library->apps();
  std::vector<std::string> names;
  names.reserve(types.size());
  for (const plugin::AppType* type : types) names.emplace_back(type->class_name);
  const auto& wanted = app.manifest->class_name;
  if (!wanted && types.size() == 1) return types.front();
  for (const plugin::AppType* type : types) {
    if (wanted && *wanted == type->class_name) return type;
  }
  std::string message;
  if (names.empty()) {
    message =
        fmt::format("{} holds no app: end it with HASSETTE_APP(YourClass)", app.manifest->filename);
  } else if (!wanted) {
    message = fmt::format("{} holds several apps ({}): say which with class_name",
                          app.manifest->filename, fmt::join(names, ", "));
  } else {
    const std::string near = base::did_you_mean(*wanted, names);
    message = fmt::format("{} has no app of class `{}`{}", app.manifest->filename, *wanted,
                          near.empty() ? "; it has " + base::alternatives(names) : near);
  }
  app.wrong.push_back(app.manifest->problem(message));
  return nullptr;
}

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

/// What came of trying to start an instance.
struct AppHost::Attempt {
  std::exception_ptr error = nullptr;
  bool is_for_want_of_home = false;
};

Task<AppHost::Attempt> AppHost::attempt(Start* start, app::Services services) {
  App* const app = start->app;
  App::Copy* const copy = start->copy;
  board_.set_app_state(copy->wanted->name, AppState::kStarting);
  copy->instance =
      std::make_unique<app::Instance>(services, app->manifest->key, copy->wanted->name);
  const std::uint64_t reconnects = services.home.link().reconnects;
  Attempt attempt;
  try {
    co_await copy->instance->start(app->type, copy->config);
  } catch (const Cancelled&) {
    // Only a start that was asked to end was stopped: an app may throw `Cancelled` itself, or one
    // that it has kept, and that must not pass for the end of all the others.
    if (cancel_requested()) throw;
    attempt.error = std::current_exception();
  } catch (const ConnectionLostError&) {
    attempt.error = std::current_exception();
    const ha::Link& link = services.home.link();
    attempt.is_for_want_of_home =
        link.state != ha::LinkState::kConnected || link.reconnects != reconnects;
  } catch (...) {
    attempt.error = std::current_exception();
  }
  co_return attempt;
}

Task<> AppHost::start_copy(Start* start, app::Services services) {
  App* const app = start->app;
  App::Copy* const copy = start->copy;
  const std::string& name = copy->wanted->name;
  Attempt attempted = co_await attempt(start, services);
  // The home went away meanwhile: nothing is wrong with the app.
  while (attempted.is_for_want_of_home) {
    log::write(
        LogLevel::kWarning, name,
        fmt::format("starts anew when Home Assistant is back: {}", copy->instance->why_failed()));
    co_await services.home.connected();
    attempted = co_await attempt(start, services);
  }
  if (attempted.error) {
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

std::vector<std::string> AppHost::problems() const {
  std::vector<std::string> all;
  for (const auto& app : apps_) {
    for (const std::string& problem : app->problems) {
      all.push_back(fmt::format("{}: {}", app->manifest->key, problem));
    }
  }
  return all;
}

std::vector<std::string> AppHost::running() const {
  std::vector<std::string> names;
  for (const auto& app : apps_) {
    for (const App::Copy& copy : app->copies) {
      if (copy.instance && copy.instance->running()) names.push_back(copy.wanted->name);
    }
  }
  return names;
}

std::optional<std::vector<std::string>> AppHost::not_running() const {
  const std::vector<std::string> run = running();
  std::vector<std::string> names;
  for (const auto& [key, manifest] : settings_.apps) {
    if (!manifest.problems.empty()) return std::nullopt;
    for (const config::AppInstance& wanted : manifest.instances) {
      if (std::ranges::find(run, wanted.name) == run.end()) names.push_back(wanted.name);
    }
  }
  return names;
}

std::vector<std::string> AppHost::failed() const {
  std::map<std::string_view, std::size_t> bearers;
  for (const auto& app : apps_) {
    // A `config` that is no table leaves an app without any copy.
    if (app->copies.empty()) ++bearers[app->manifest->key];
    for (const App::Copy& copy : app->copies) ++bearers[copy.wanted->name];
  }
  std::vector<std::string> names;
  for (const auto& app : apps_) {
    const std::string& key = app->manifest->key;
    if (!app->ready && app->copies.empty()) names.push_back(key);
    for (const App::Copy& copy : app->copies) {
      if (app->ready && !copy.failed) continue;
      const std::string& name = copy.wanted->name;
      const bool is_enough = bearers[name] == 1 || name == key;
      names.push_back(is_enough ? name : fmt::format("{}.{}", key, name));
    }
  }
  return names;
}

}  // namespace hassette::host
