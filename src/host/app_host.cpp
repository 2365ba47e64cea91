#include "host/app_host.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "async/loop.hpp"
#include "base/nearest.hpp"
#include "log/log.hpp"

namespace hassette::host {

namespace fs = std::filesystem;
using telemetry::AppState;

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
  std::optional<PluginLibrary> library;
  const plugin::AppType* type = nullptr;
  std::vector<Copy> copies;
  std::vector<std::string> problems;
  bool ready = false;
};

AppHost::AppHost(const config::Settings& settings, build::AppCompiler& compiler,
                 telemetry::Board& board)
    : settings_(settings), compiler_(compiler), board_(board) {
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
  for (const App::Copy& copy : app.copies) {
    board_.add_app({.name = copy.wanted->name,
                    .key = app.manifest->key,
                    .class_name = std::string(class_name),
                    .file = (settings_.apps_dir.filename() / app.manifest->filename).string()});
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
  std::vector<Task<>> tasks;
  tasks.reserve(apps_.size());
  for (const auto& app : apps_) tasks.push_back(prepare_app(app.get()));
  co_await when_all(std::move(tasks));
}

Task<> AppHost::prepare_app(App* app) {
  if (!app->manifest->problems.empty()) {
    fail(*app, AppState::kParked, tell(app->manifest->problems));
    co_return;
  }
  if (std::error_code error; !fs::is_regular_file(app->source, error)) {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(settings_.apps_dir, error)) {
      if (entry.path().extension() == ".cpp") names.push_back(entry.path().filename().string());
    }
    fail(*app, AppState::kParked,
         format_problem(app->manifest->problem(
             fmt::format("there is no file {}{}", app->source.string(),
                         base::did_you_mean(app->manifest->filename, names)))));
    co_return;
  }
  for (const App::Copy& copy : app->copies) {
    board_.set_app_state(copy.wanted->name, AppState::kCompiling);
  }
  const build::AppCompiler::Result result = co_await compiler_.build(app->source);
  if (!result) {
    fail(*app, AppState::kFailed, result.error().text(settings_.root));
    co_return;
  }
  if (!result->was_cached) ++compiled_;
  load(*app, *result);
  if (!app->library) co_return;
  app->type = choose(*app);
  if (!app->type) co_return;
  show(*app, app->type->class_name);
  read_configurations(*app);
}

void AppHost::load(App& app, const build::Built& built) {
  auto library = PluginLibrary::open(built.library);
  if (library) {
    app.library = std::move(*library);
  } else {
    fail(
        app, AppState::kFailed,
        format_problem(app.manifest->problem(fmt::format(
            "{} was compiled but cannot be loaded: {}", app.manifest->filename, library.error()))));
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
    message = fmt::format("{} has no app of class `{}`{}", app.manifest->filename, *wanted,
                          base::did_you_mean(*wanted, names));
  }
  fail(app, AppState::kParked, format_problem(app.manifest->problem(message)));
  return nullptr;
}

void AppHost::read_configurations(App& app) {
  std::vector<ConfigProblem> problems;
  for (App::Copy& copy : app.copies) {
    copy.config = app.type->read_config(
        config::Reader(&copy.wanted->config, copy.wanted->config_path, problems));
  }
  app.ready = problems.empty();
  if (!app.ready) fail(app, AppState::kParked, tell(std::move(problems)));
}

Task<> AppHost::start(app::Services services) {
  for (const auto& app : apps_) co_await start_app(app.get(), services);
}

Task<> AppHost::start_app(App* app, app::Services services) {
  if (!app->ready) co_return;
  for (App::Copy& copy : app->copies) {
    const std::string& name = copy.wanted->name;
    board_.set_app_state(name, AppState::kStarting);
    copy.instance = std::make_unique<app::Instance>(services, app->manifest->key, name);
    std::exception_ptr error;
    try {
      co_await copy.instance->start(app->type, copy.config);
    } catch (const Cancelled&) {
      throw;
    } catch (...) {
      error = std::current_exception();
    }
    if (error) {
      copy.failed = true;
      const std::string message = "it did not start: " + async::describe(error);
      board_.set_app_state(name, AppState::kFailed, message);
      log::write(LogLevel::kError, name, message);
      app->problems.push_back(message);
      continue;
    }
    board_.set_app_state(name, AppState::kRunning);
    const std::size_t listeners = copy.instance->listeners();
    const std::size_t jobs = copy.instance->jobs();
    log::write(
        LogLevel::kInfo, name,
        fmt::format("runs ({} {}, {} {})", listeners, listeners == 1 ? "listener" : "listeners",
                    jobs, jobs == 1 ? "job" : "jobs"));
  }
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

std::vector<std::string> AppHost::failed() const {
  std::vector<std::string> names;
  for (const auto& app : apps_) {
    // A `config` that is no table leaves an app without any copy.
    if (!app->ready && app->copies.empty()) names.push_back(app->manifest->key);
    for (const App::Copy& copy : app->copies) {
      if (!app->ready || copy.failed) names.push_back(copy.wanted->name);
    }
  }
  return names;
}

}  // namespace hassette::host
