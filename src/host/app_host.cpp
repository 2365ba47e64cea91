#include "host/hosted_app.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <hassette/async.hpp>
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
